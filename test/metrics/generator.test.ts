// When a run was limited by its own generator: tables of seconds as shards report them, and what is said of them.
import { expect } from 'chai'
import { GeneratorLog, judgeGenerator } from '../../runtime/metrics/generator.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'

/** A second of a shard: the share of its core it used, and how late each of its probes ran, ms. */
type Second = readonly [cpu: number, ...lagMs: number[]]

function judged(...shards: readonly (readonly Second[])[]) {
  const log = new GeneratorLog()
  for (const [shard, seconds] of shards.entries()) {
    let nowMs = 0
    const recorder = new Recorder({ run: 'x' }, () => nowMs)
    for (const [cpu, ...lag] of seconds) {
      nowMs += 1000
      for (const lagMs of lag) recorder.add('generator_lag', lagMs, {})
      recorder.add('generator_cpu', cpu, { shard: String(shard) })
      log.add(shard, recorder.take().series)
    }
  }
  return judgeGenerator(log.shards())
}

const times = (count: number, second: Second): readonly Second[] => Array.from({ length: count }, () => second)
const IDLE: Second = [0.4, 0.2, 0.3]
const BUSY: Second = [0.93, 3, 4]
const FULL: Second = [1.01, 0.1, 0.1]
const LATE: Second = [0.4, 60, 80]

describe('a run is limited by its generator', () => {
  const CASES: readonly (readonly [what: string, shards: readonly (readonly Second[])[], kinds: readonly string[]])[] = [
    ['not when it is idle', [times(10, IDLE)], []],
    ['when it used all of its core', [times(10, FULL)], ['busy']],
    ['when it used nearly all of it and ran late', [times(10, BUSY)], ['busy']],
    ['not when it used nearly all of it and ran in time', [times(10, [0.93, 0.1])], []],
    ['not when it ran a little late with core to spare', [times(10, [0.5, 5, 20])], []],
    ['when it ran very late with core to spare', [times(10, LATE)], ['late']],
    ['for one reason a second, the core before the lateness', [times(10, [1, 200])], ['busy']],
    ['for both, where some of its time was this and some that', [[...times(5, BUSY), ...times(5, LATE)]], ['busy', 'late']],
    ['not for one second of eleven', [[FULL, ...times(10, IDLE)]], []],
    ['for one second of ten', [[...times(9, IDLE), FULL]], ['busy']],
    ['when one of two shards was', [times(10, IDLE), times(10, FULL)], ['busy']],
    ['not when it never said anything', [[]], []],
    ['not by what nobody probed', [times(10, [1])], []],
  ]
  for (const [what, shards, kinds] of CASES) {
    it(what, () => {
      const { limited, reasons } = judged(...shards)
      expect(reasons.map(({ kind }) => kind)).to.deep.equal(kinds)
      expect(limited).to.equal(kinds.length > 0)
    })
  }

  it('and says how much, of how many shards, and what to change', () => {
    const [one] = judged(times(10, FULL)).reasons
    expect(one?.message).to.equal('its one shard used all of its core for 100 % of the run (event loop p99: 0.1 ms late)')
    expect(one?.change).to.match(/^Give it more cores \(--shards N/)
    const [some] = judged(times(10, IDLE), [...times(5, IDLE), ...times(5, LATE)], times(10, LATE)).reasons
    expect(some?.message).to.equal(
      '2 of its 3 shards ran 50 ms or more late, with core to spare, for up to 100 % of the run (event loop p99: 80.0 ms late)')
    expect(some?.change).to.match(/^Stop what else runs on this machine/)
  })

  it('and keeps what each shard said', () => {
    expect(judged([...times(3, IDLE), FULL]).shards).to.deep.equal([
      { shard: 0, reportedMs: 4000, busyMs: 1000, lateMs: 0, cpuMean: (3 * 0.4 + 1.01) / 4, cpuMax: 1.01, lagP99Ms: 0.3 },
    ])
  })
})
