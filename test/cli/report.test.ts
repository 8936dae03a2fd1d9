// Lines of a script's console: stacks in them point into the script, and their order is kept.
import { expect } from 'chai'
import { systemClock } from '../../bindings/sdk/index.ts'
import type { Locate } from '../../runtime/cli/ending.ts'
import { Logger } from '../../runtime/cli/log.ts'
import { AgentLog } from '../../runtime/cli/report.ts'
import { memorySink } from '../kit/memory-sink.ts'

const locate: Locate = (stack) => stack.includes(':7:') ? { file: 'script.js', line: 2, column: 3 } : undefined

describe('what agents say', () => {
  it('has the script\'s places in its stacks, without frames of ours, and keeps its order', async () => {
    const sink = memorySink()
    const logger = new Logger({
      sink, errorSink: sink, clock: systemClock, level: 'info', style: { format: 'raw', terminal: false, colors: false },
    })
    const log = new AgentLog(() => logger, () => new Promise((resolve) => { setImmediate(() => { resolve(locate) }) }))
    const say = (text: string): void => { log.say({ kind: 'log', level: 'info', source: 'console', text }) }
    say('first')
    say('Error: it\n    at a (bundle.js:7:1)\n    at bundle.js:9:1\n    at home, bundle.js is a file')
    say('last')
    expect(sink.text()).to.equal('first\n')
    await log.said()
    say('afterwards')
    expect(sink.text()).to.equal('first\nError: it\n    at script.js:2:3\n    at home, bundle.js is a file\nlast\nafterwards\n')
  })
})
