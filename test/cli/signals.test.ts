// How a command is stopped: what it waits for is given up, or what can end well by itself is told.
import { expect } from 'chai'
import { onSignals, Stopped, Stopper } from '../../runtime/cli/signals.ts'

/** A signal to this very process, as the terminal sends it. */
const raise = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void => { process.emit(signal, signal) }
const never = new Promise<never>(() => { return })

describe('the stopper', () => {
  it('gives what is waited for when no signal comes', async () => {
    using stopper = new Stopper(() => { return })
    expect(await stopper.orStop(Promise.resolve(5))).to.equal(5)
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`gives up what is waited for on ${signal}`, async () => {
      using stopper = new Stopper(() => { return })
      const waiting = stopper.orStop(never)
      raise(signal)
      const reason: unknown = await waiting.catch((error: unknown) => error)
      expect(reason).to.be.instanceOf(Stopped).with.property('signal', signal)
    })
  }

  it('gives up at once when the signal came before', async () => {
    using stopper = new Stopper(() => { return })
    raise('SIGINT')
    expect(await stopper.orStop(never).catch((error: unknown) => error)).to.be.instanceOf(Stopped)
  })

  it('tells who took over, even of a signal that came before', () => {
    using stopper = new Stopper(() => { return })
    raise('SIGTERM')
    const told: string[] = []
    stopper.handOver((signal) => { told.push(signal) })
    expect(told).to.deep.equal(['SIGTERM'])
  })

  it('treats another signal after the first as a second one, and an echo of the first as the first', () => {
    const again: string[] = []
    using stopper = new Stopper((signal) => { again.push(signal) })
    const told: string[] = []
    stopper.handOver((signal) => { told.push(signal) })
    raise('SIGINT')
    raise('SIGINT')
    raise('SIGTERM')
    expect(told).to.deep.equal(['SIGINT'])
    expect(again).to.deep.equal(['SIGTERM'])
  })

  it('treats the same signal as a second one once half a second has passed', () => {
    const heard: string[] = []
    let nowMs = 0
    const first = (signal: string): void => { heard.push(`first ${signal}`) }
    const again = (signal: string): void => { heard.push(`again ${signal}`) }
    using _handlers = onSignals({ first, again }, () => nowMs)
    for (nowMs of [0, 400, 600]) raise('SIGINT')
    expect(heard).to.deep.equal(['first SIGINT', 'again SIGINT'])
  })

  it('hears nothing once it is disposed of', () => {
    const heard: string[] = []
    const before = process.listenerCount('SIGINT')
    {
      using stopper = new Stopper(() => { return })
      stopper.handOver((signal) => { heard.push(signal) })
      expect(process.listenerCount('SIGINT')).to.equal(before + 1)
    }
    expect(process.listenerCount('SIGINT')).to.equal(before)
    expect(heard).to.deep.equal([])
  })
})
