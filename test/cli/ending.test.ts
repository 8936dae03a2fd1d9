// How a run that did not pass is told.
import { expect } from 'chai'
import { failureOf } from '../../runtime/cli/ending.ts'
import type { Ending } from '../../runtime/metrics/record.ts'

const place = { file: 's.ts', line: 3, column: 5, text: '    throw new Error("x")' }
const ENDINGS: Readonly<Record<Ending['kind'], readonly [Ending, number]>> = {
  passed: [{ kind: 'passed' }, 0],
  thresholds: [{ kind: 'thresholds', message: 'crossed', aborted: false }, 99],
  'nothing-measured': [{ kind: 'nothing-measured', message: 'nothing' }, 99],
  aborted: [{ kind: 'aborted', message: 'enough', stack: 'raw' }, 108],
  'marked-failed': [{ kind: 'marked-failed', message: 'bad', stack: 'raw' }, 110],
  'setup-timeout': [{ kind: 'setup-timeout', message: 'setup' }, 100],
  'teardown-timeout': [{ kind: 'teardown-timeout', message: 'teardown' }, 101],
  'other-timeout': [{ kind: 'other-timeout', message: 'other' }, 102],
  script: [{ kind: 'script', step: 'setup', message: 'Error: x', stack: 'raw' }, 107],
  signal: [{ kind: 'signal', signal: 'SIGINT' }, 105],
  target: [{ kind: 'target', workload: 's3', target: 'default', code: 'denied', message: 'refused' }, 111],
  config: [{ kind: 'config', message: 'wrong' }, 104],
  'shard-lost': [{ kind: 'shard-lost', message: 'lost' }, 112],
  bug: [{ kind: 'bug', message: 'oops', stack: 'raw' }, 113],
}

describe('an ending', () => {
  for (const [kind, [ending, code]] of Object.entries(ENDINGS)) {
    it(`'${kind}' is told with exit code ${code}`, () => {
      expect(failureOf(ending, () => place)?.exitCode ?? 0).to.equal(code)
    })
  }

  it('that the script caused names the place in the script and the step', () => {
    const failure = failureOf(ENDINGS.script[0], (stack) => (stack === 'raw' ? place : undefined))
    expect(failure?.place).to.equal(place)
    expect(failure?.message).to.equal('setup: Error: x')
  })

  it('that is a bug of ours says so', () => {
    expect(failureOf(ENDINGS.bug[0], () => undefined)?.hint).to.include('bug in chopsticks')
  })
})
