// The report is the truth: percentiles, counts and responses of whole runs against stores whose truth is known.
import { expect } from 'chai'
import { percentile } from '../../runtime/metrics/histogram.ts'
import { casesOf, closedLoop, exactPercentile, isFaithful, MODELS, openLoop, play, SHARDS, trendIn, worstError } from './cases.ts'
import { fateOf, SHAPES } from './shapes.ts'

/** Half a bucket of a histogram: in virtual time nothing else is between truth and report. */
const HISTOGRAM_ERROR = 0.002

describe('the report of a run', function () {
  this.timeout(120_000)

  for (const model of MODELS) {
    for (const shards of SHARDS) {
      it(`is the truth, ${model}, over ${String(shards)} shards`, async () => {
        for (const shape of SHAPES) {
          for (const one of await casesOf(shape, model, shards)) {
            expect(isFaithful(one), JSON.stringify(one)).to.equal(true)
            expect(worstError(one), JSON.stringify(one)).to.be.at.most(HISTOGRAM_ERROR + 1e-6)
          }
        }
      })
    }
  }

  it('counts every planted failure once', async () => {
    const { record, seen } = await play(openLoop(100, 10_000, 40), 4, (number) => fateOf('exponential', number))
    const failed = record.series.filter(({ metric }) => metric === 'iterations_failed')
      .map(({ data }) => data.type === 'rate' ? data.trues : 0)
    expect(failed.reduce((sum, count) => sum + count, 0)).to.equal(seen.filter(({ end }) => end === 'failed').length).and.to.equal(20)
  })

  it('has no average of percentiles: where one shard of four is slow, p99 is that of all', async () => {
    const fate = (number: number) => ({ ms: number % 4 === 0 ? 400 + number % 100 : 5, fails: false })
    const { record, seen } = await play(openLoop(200, 20_000, 400), 4, fate)
    const of = (shard?: number): readonly number[] => seen.filter((one) => shard === undefined || one.shard === shard)
      .map(({ beganMs, endedMs }) => endedMs - beganMs).sort((a, b) => a - b)
    const truth = exactPercentile(of(), 99)
    const averaged = [0, 1, 2, 3].reduce((sum, shard) => sum + exactPercentile(of(shard), 99) / 4, 0)
    expect(averaged).to.be.below(0.5 * truth)
    expect(percentile(trendIn(record, 'iteration_duration'), 99)).to.be.closeTo(truth, HISTOGRAM_ERROR * truth)
  })

  it('invents no samples: 10 a second for 5 s against 50 ms are 50 of 50 ms', async () => {
    const { record } = await play(openLoop(10, 5000, 4), 1, () => ({ ms: 50, fails: false }))
    for (const metric of ['iteration_duration', 'iteration_response']) {
      const data = trendIn(record, metric)
      expect(data.count).to.equal(50)
      expect(data.min).to.be.closeTo(50, 1e-6)
      expect(data.max).to.be.closeTo(50, 1e-6)
    }
  })

  it('divides a rate among shards: 20 a second for 5 s over 4 are 100', async () => {
    const { seen } = await play(openLoop(20, 5000, 8), 4, () => ({ ms: 50, fails: false }))
    expect(seen).to.have.length(100)
  })

  it('loses no remainder: 10 iterations over 4 shards are 10', async () => {
    const scenario = { ...closedLoop(10, 1), executor: 'shared-iterations', vus: 10, iterations: 10, maxDurationNs: 60e9 } as const
    const { record, seen } = await play(scenario, 4, () => ({ ms: 50, fails: false }))
    expect(seen).to.have.length(10)
    expect(trendIn(record, 'iteration_duration').count).to.equal(10)
  })
})
