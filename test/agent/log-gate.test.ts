// What scripts print leaves an agent bounded, and what is left out is told.
import { expect } from 'chai'
import type { LogEntry } from '../../runtime/agent/context.ts'
import { LENGTH_MAX, LINES_MAX, LogGate } from '../../runtime/agent/log-gate.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'

const line = (text: string, source: LogEntry['source'] = 'console'): LogEntry => ({ level: 'info', source, vu: 1, text })

const gate = (waiting = { count: 0 }) => {
  const clock = new VirtualClock()
  const sent: LogEntry[] = []
  const { log } = new LogGate({ clock, send: (entry) => { sent.push(entry) }, waiting: () => waiting.count })
  const second = async (): Promise<void> => { await clock.until(new Promise<void>((resolve) => { clock.at(clock.now() + 1000, resolve) })) }
  return { log, sent, second }
}

describe('what scripts print', () => {
  it('goes out up to so many lines a second; what is beyond is counted and told once a second', async () => {
    const { log, sent, second } = gate()
    for (let n = 0; n < LINES_MAX * 3; n++) log(line(String(n)))
    expect(sent).to.have.length(LINES_MAX + 1)
    expect(sent.at(-1)).to.include({ level: 'warn', source: 'chopsticks' })
    await second()
    for (let n = 0; n < LINES_MAX + 5; n++) log(line(String(n)))
    expect(sent).to.have.length(2 * LINES_MAX + 2)
    expect(sent.at(-1)?.text).to.include(`(${String(2 * LINES_MAX + 1)} so far)`)
  })

  it('goes out up to so many characters a second', () => {
    const { log, sent } = gate()
    for (let n = 0; n < 100; n++) log(line('x'.repeat(65_536)))
    expect(sent).to.have.length(LENGTH_MAX / 65_536 + 1)
  })

  it('stays in while the link takes nothing, and what we say ourselves goes out all the same', () => {
    const { log, sent } = gate({ count: 100_000 })
    log(line('lost'))
    log(line('kept', 'chopsticks'))
    expect(sent.map(({ source }) => source)).to.deep.equal(['chopsticks', 'chopsticks'])
    expect(sent.at(-1)?.text).to.equal('kept')
  })
})
