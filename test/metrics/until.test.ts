// When a store is called steady, and when enough was moved: against figures worked out by hand, and against laws.
import { expect } from 'chai'
import fc from 'fast-check'
import { steadinessOf } from '../../runtime/metrics/steadiness.ts'
import { UntilJudge } from '../../runtime/metrics/until.ts'
import type { SeriesSource } from '../../runtime/metrics/verdict.ts'
import { STEADY_DEFAULTS, type Until } from '../../runtime/plan/until.ts'

describe('the steadiness of values', () => {
  // mean, (largest - smallest) / mean, and the line's excursion / mean.
  const WORKED: readonly (readonly [values: readonly number[], mean: number, range: number, slope: number])[] = [
    [[100, 100, 100], 100, 0, 0],
    [[90, 100, 110], 100, 0.2, 0.2],
    [[110, 100, 90], 100, 0.2, 0.2],
    [[80, 120, 80, 120, 80], 96, 40 / 96, 0],
    // Deviations from the mean of 3: -2 -1 0 1 2; the sum of products 10 over the sum of squares 10 is 1 a round, over 4 rounds.
    [[1, 2, 3, 4, 5], 3, 4 / 3, 4 / 3],
    // (-2)(95) + (-1)(105) + 0 + 105 + 2 * 100 = 10; over 10 it is 1 a round, over 4 rounds 4; the mean is 101.
    [[95, 105, 100, 105, 100], 101, 10 / 101, 4 / 101],
  ]
  for (const [values, mean, range, slope] of WORKED) {
    it(`is worked out of ${values.join(', ')}`, () => {
      const seen = steadinessOf(values)
      expect(seen?.mean).to.be.closeTo(mean, 1e-9)
      expect(seen?.range).to.be.closeTo(range, 1e-9)
      expect(seen?.slope).to.be.closeTo(slope, 1e-9)
    })
  }

  it('is nothing where there are too few values, or nothing was done', () => {
    expect([steadinessOf([]), steadinessOf([1]), steadinessOf([0, 0, 0])]).to.deep.equal([undefined, undefined, undefined])
  })

  const positive = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 2, maxLength: 50 })
  it('is the same in other units, and of values in the opposite order', () => {
    fc.assert(fc.property(positive, fc.integer({ min: 1, max: 1000 }), (values, unit) => {
      const seen = steadinessOf(values)
      for (const other of [steadinessOf(values.map((value) => value * unit)), steadinessOf([...values].reverse())]) {
        expect(other?.range).to.be.closeTo(seen?.range ?? -1, 1e-6)
        expect(other?.slope).to.be.closeTo(seen?.slope ?? -1, 1e-6)
      }
    }))
  })
  it('has a slope of no more than half again the range', () => {
    // The line of least squares can't leave the values' span by more: for n values its excursion is at most 3/2 (n-1)n/(n²-1) of it.
    fc.assert(fc.property(positive, (values) => {
      const seen = steadinessOf(values)
      expect(seen?.slope).to.be.at.most((seen?.range ?? 0) * 1.5 + 1e-9)
    }))
  })
})

/** A store as the judge sees it, once a second a moment after it: so many operations of a size and a time in each. */
function judged(until: Until, perSecond: readonly number[], sizeBytes = 1000, opMs = 5) {
  const judge = new UntilJudge(until, ['s3', 'rbd'])
  let operations = 0
  const source: SeriesSource = { select: ({ name }) => {
    switch (name) {
      case 's3_reqs': return { type: 'counter', sum: operations, count: operations }
      case 's3_bytes': return { type: 'counter', sum: operations * sizeBytes, count: operations }
      case 's3_req_duration': return {
        type: 'trend', sum: operations * opMs, count: operations, min: opMs, max: opMs,
        histogram: { zero: 0, positive: undefined, negative: undefined },
      }
      default: return undefined
    }
  } }
  let endedS: number | undefined
  perSecond.forEach((count, at) => {
    operations += count
    if (judge.look((at + 1) * 1000 + 100, source)) endedS ??= at + 1
  })
  return { endedS, ...judge.outcome() }
}
const rounds = (more: object = {}): Until => ({ steady: { ...STEADY_DEFAULTS, rounds: 3, roundNs: 2e9, ...more } })
const of = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value)

describe('a run that goes on until something', () => {
  it('ends with the last round of a steady store, and says so', () => {
    // The first round is 2.1 s long: 200 operations in it are 95.2 a second, the others 100.
    const { endedS, reached, messages } = judged(rounds(), of(100, 20))
    expect({ endedS, reached }).to.deep.equal({ endedS: 6, reached: 'steady' })
    expect(messages).to.deep.equal([
      'steady after 6s: over the last 3 rounds of 2s, operations a second lay within 4.8 %, with a slope of 4.8 %',
    ])
  })
  it('goes on while the store still warms up', () => {
    const warming = [10, 20, 40, 60, 80, 90, 100, 100, 101, 99, 100, 100, 100, 100]
    // Rounds of 170, 200 and 200 rise by 16 % of their mean, which is more than a tenth.
    expect(judged(rounds(), warming).endedS).to.equal(12)
  })
  it('leaves out what comes before `after`', () => {
    expect(judged(rounds({ afterNs: 4e9 }), of(100, 20)).endedS).to.equal(10)
  })
  it('never calls steady what swings, and says by how much', () => {
    const swinging = Array.from({ length: 30 }, (_, at) => at % 4 < 2 ? 50 : 150)
    const { endedS, reached, messages } = judged(rounds(), swinging)
    expect({ endedS, reached }).to.deep.equal({ endedS: undefined, reached: null })
    expect(messages[0]).to.match(/^not steady: over the last 3 rounds of 2s, operations a second lay within \d+\.\d % \(at most 20\.0 %\)/)
  })
  it('never calls steady a store that answers nothing, or a run that was too short', () => {
    expect(judged(rounds(), of(0, 20)).messages).to.deep.equal(['not steady: over the last 3 rounds of 2s nothing was done'])
    expect(judged(rounds(), of(9, 5)).messages).to.deep.equal(['not steady: 2 of 3 rounds of 2s were run'])
  })
  it('looks at bytes or at times where it is told to', () => {
    expect(judged(rounds({ of: 'bytes' }), of(100, 20)).endedS).to.equal(6)
    // Fewer and fewer operations, each as long as the others.
    const falling = Array.from({ length: 20 }, (_, at) => 1000 - at * 50)
    const [times] = judged(rounds({ of: 'latency', rangeMax: 0.01 }), falling).messages
    expect(times).to.include('the mean time of an operation lay within 0.0 %')
    expect(judged(rounds({ rangeMax: 0.1 }), falling).reached).to.equal(null)
  })
  it('ends when enough was moved, up and down together', () => {
    const { endedS, reached, messages } = judged({ maxDataBytes: 512_000 }, of(100, 20))
    expect({ endedS, reached }).to.deep.equal({ endedS: 6, reached: 'maxData' })
    expect(messages).to.deep.equal(['maxData 500KiB reached after 6s: 0.6 MB were moved'])
  })
  it('ends by the first of several, and tells only of that', () => {
    expect(judged({ ...rounds(), maxDataBytes: 100_000 }, of(100, 20))).to.deep.include({ endedS: 1, reached: 'maxData' })
    expect(judged({ ...rounds(), maxDataBytes: 1e9 }, of(100, 20))).to.deep.include({ endedS: 6, reached: 'steady' })
    expect(judged({ ...rounds(), maxDataBytes: 1e9 }, of(100, 3)).messages).to.deep.equal([
      'not steady: 1 of 3 rounds of 2s were run', 'maxData 1000000000B not reached: 0.3 MB were moved',
    ])
  })
})
