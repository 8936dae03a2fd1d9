// What ends a run before its time, as options give it: read from every layer, and refused where it makes no sense.
import { expect } from 'chai'
import { makePlan, type Layers } from '../../runtime/plan/make-plan.ts'
import type { Until } from '../../runtime/plan/until.ts'

const planned = (layers: Layers) => makePlan(layers, {
  runId: 'test', seedDefault: 1, shardsDefault: 1, script: { name: 's.js', digest: 'd' },
  functions: ['default'], metrics: [], workloads: ['s3'],
})
const untilOf = (layers: Layers): Until | undefined | readonly string[] => {
  const result = planned(layers)
  return 'plan' in result ? result.plan.until : result.problems.map(({ exit, where, message }) => `${exit} ${where}: ${message}`)
}
const MINUTE = { duration: '1m' }
const STEADY = { of: 'operations', rounds: 5, roundNs: 10e9, rangeMax: 0.2, slopeMax: 0.1, afterNs: 0 }

describe('until', () => {
  it('is read from a script, as an object', () => {
    expect(untilOf({ script: { ...MINUTE, until: { steady: true } } })).to.deep.equal({ steady: STEADY })
    expect(untilOf({ script: { ...MINUTE, until: { maxData: '10GiB' } } })).to.deep.equal({ maxDataBytes: 10 * 1024 ** 3 })
    const all = { of: 'latency', rounds: 4, round: '2s', range: '5%', slope: '2.5 %', after: '1500ms' }
    expect(untilOf({ script: { ...MINUTE, until: { steady: all, maxData: 1 } } })).to.deep.equal({
      steady: { of: 'latency', rounds: 4, roundNs: 2e9, rangeMax: 0.05, slopeMax: 0.025, afterNs: 1.5e9 }, maxDataBytes: 1,
    })
  })

  it('is read from flags and the environment, as a text', () => {
    expect(untilOf({ script: MINUTE, flags: { until: ['steady'] } })).to.deep.equal({ steady: STEADY })
    expect(untilOf({ script: MINUTE, flags: { until: ['steady=bytes', 'maxData=1MB'] } }))
      .to.deep.equal({ steady: { ...STEADY, of: 'bytes' }, maxDataBytes: 1e6 })
    expect(untilOf({ script: MINUTE, env: { CHOPSTICKS_UNTIL: 'maxData=2KiB, steady=latency' } }))
      .to.deep.equal({ steady: { ...STEADY, of: 'latency' }, maxDataBytes: 2048 })
  })

  it('is no part of a plan where nobody asks for it', () => { expect(untilOf({ script: MINUTE })).to.equal(undefined) })

  const REFUSED: readonly (readonly [until: unknown, line: RegExp])[] = [
    [{}, /^104 s\.js: options\.until: needs steady or maxData/],
    [7, /options\.until: 7 must be an object/],
    [{ stedy: true }, /options\.until\.stedy: unknown key.*did you mean 'steady'/],
    [{ steady: 'yes' }, /options\.until\.steady: "yes" must be true, or an object/],
    [{ steady: { of: 'iops' } }, /options\.until\.steady\.of: "iops" is unknown/],
    [{ steady: { rounds: 2 } }, /options\.until\.steady\.rounds: 2 must be a whole number from 3 to 1000/],
    [{ steady: { round: '1500ms' } }, /options\.until\.steady\.round: must be whole seconds/],
    [{ steady: { round: '500ms' } }, /options\.until\.steady\.round: must be 1s or more/],
    [{ steady: { range: 0.2 } }, /options\.until\.steady\.range: 0\.2 must be a part of the mean, like '20%'/],
    [{ steady: { slope: '0%' } }, /options\.until\.steady\.slope: "0%" must be/],
    [{ steady: { after: '-1s' } }, /options\.until\.steady\.after: must be 0s or more/],
    [{ maxData: '64k' }, /options\.until\.maxData: "64k" can be read in two ways/],
    [{ maxData: 0 }, /options\.until\.maxData: must be 1 bytes or more/],
    [{ steady: { rounds: 7 } }, /options\.until\.steady: 7 rounds of 10s take 70s at least, but the run is over after 60s/],
  ]
  for (const [until, line] of REFUSED) {
    it(`refuses ${JSON.stringify(until)}`, () => {
      const problems = untilOf({ script: { ...MINUTE, until: until as never } })
      expect(problems).to.be.an('array').with.length(1)
      expect((problems as readonly string[])[0]).to.match(line)
    })
  }
  for (const flag of ['', 'steady=iops', 'steady=bytes=1', 'maxData', 'maxdata=1', 'maxData=1=2']) {
    it(`refuses --until '${flag}'`, () => {
      const problems = untilOf({ script: MINUTE, flags: { until: [flag] } })
      expect(problems).to.be.an('array').with.length(1)
      expect((problems as readonly string[])[0]).to.match(/^(255|104) --until/)
    })
  }
})
