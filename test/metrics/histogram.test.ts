// Histograms keep what they promise: k6's percentiles within 0.4 %, and one answer however the values were split and merged.
import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { bucketMiddle, bucketOf, Histogram, mean, percentile, type TrendData } from '../../runtime/metrics/histogram.ts'

interface Vector {
  readonly Values: readonly number[]
  readonly P: Readonly<Record<string, number>>
  readonly Avg: number
  readonly Min: number
  readonly Max: number
  readonly Sum: number
  readonly Count: number
}
const vectors = (JSON.parse(readFileSync('test/vectors/thresholds_metrics.json', 'utf8')) as { percentiles: readonly Vector[] }).percentiles

const trendOf = (values: readonly number[]): TrendData => {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram.data()
}
const merged = (...parts: readonly TrendData[]): TrendData => {
  const histogram = new Histogram()
  for (const part of parts) histogram.merge(part)
  return histogram.data()
}
/** Windows as plain numbers, whatever type of array they came in. */
const plain = ({ histogram: { zero, positive, negative }, ...rest }: TrendData): unknown =>
  ({ ...rest, zero, windows: [positive, negative].map((window) => window && { first: window.first, counts: [...window.counts] }) })
/** k6's definition on the values themselves. */
const exact = (values: readonly number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const rank = p / 100 * (sorted.length - 1)
  const [low = 0, high = 0] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]]
  return low + (high - low) * (rank - Math.floor(rank))
}
/** Whole numbers, so that sums of them are exact in any order. */
const whole = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 60 })

describe('a histogram', () => {
  for (const [index, { Values, P, Avg, Min, Max, Sum, Count }] of vectors.entries()) {
    it(`agrees with k6 on vector ${String(index)} (${String(Values.length)} values)`, () => {
      const data = trendOf(Values)
      expect(data).to.include({ count: Count, min: Min, max: Max })
      expect(data.sum).to.be.closeTo(Sum, 1e-9 * Math.abs(Sum))
      expect(mean(data)).to.be.closeTo(Avg, 1e-9 * Math.abs(Avg) + 1e-12)
      for (const [name, value] of Object.entries(P)) {
        expect(percentile(data, Number(name.slice(2, -1))), name).to.be.closeTo(value, 0.004 * Math.abs(value) + 1e-12)
      }
    })
  }

  it('names a bucket at most 0.39 % wide, whose middle is at most 0.2 % off', () => {
    fc.assert(fc.property(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), (value) => {
      const middle = bucketMiddle(bucketOf(value))
      expect(Math.abs(middle - value)).to.be.at.most(0.002 * value)
      expect(bucketOf(middle)).to.equal(bucketOf(value))
      expect(bucketMiddle(bucketOf(value) + 1) - middle).to.be.at.most(0.0039063 * middle)
    }))
  })

  it('orders buckets as it orders values', () => {
    const magnitude = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true })
    fc.assert(fc.property(magnitude, magnitude, (a, b) => {
      expect(Math.sign(bucketOf(a) - bucketOf(b)) * Math.sign(a - b)).to.be.at.least(0)
    }))
  })

  it('gives percentiles of any values within 0.4 % of the larger neighbour, exact at both ends', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 80 })
    fc.assert(fc.property(values, fc.double({ min: 0, max: 100, noNaN: true }), (list, p) => {
      const data = trendOf(list)
      expect(percentile(data, 0)).to.equal(Math.min(...list))
      expect(percentile(data, 100)).to.equal(Math.max(...list))
      const rank = p / 100 * (list.length - 1)
      const atRank = (whole: number): number => Math.abs(exact(list, 100 * whole / Math.max(1, list.length - 1)))
      const scale = Math.max(atRank(Math.floor(rank)), atRank(Math.ceil(rank)))
      expect(percentile(data, p)).to.be.closeTo(exact(list, p), 0.004 * scale + 1e-12)
    }))
  })

  it('never lets a higher percentile be smaller', () => {
    const percentage = fc.double({ min: 0, max: 100, noNaN: true })
    fc.assert(fc.property(whole, percentage, percentage, (values, p, q) => {
      const data = trendOf(values)
      expect(percentile(data, Math.min(p, q))).to.be.at.most(percentile(data, Math.max(p, q)) + 1e-9)
    }))
  })

  it('is the same however values are split and in whatever order the parts are merged', () => {
    fc.assert(fc.property(whole, whole, whole, (a, b, c) => {
      const [x, y, z] = [trendOf(a), trendOf(b), trendOf(c)]
      const all = plain(trendOf([...a, ...b, ...c]))
      expect(plain(merged(merged(x, y), z))).to.deep.equal(all)
      expect(plain(merged(x, merged(y, z)))).to.deep.equal(all)
      expect(plain(merged(z, y, x))).to.deep.equal(all)
    }))
  })

  it('is not changed by one without values', () => {
    fc.assert(fc.property(whole, (values) => {
      const data = trendOf(values)
      expect(plain(merged(data, trendOf([])))).to.deep.equal(plain(data))
      expect(plain(merged(trendOf([]), data))).to.deep.equal(plain(data))
    }))
  })

  it('counts exactly beyond 2^32, and travels without losing any', () => {
    const many: TrendData = {
      type: 'trend', count: 2 ** 52, sum: 2 ** 52, min: 1, max: 1,
      histogram: { zero: 0, negative: undefined, positive: { first: bucketOf(1), counts: Float64Array.of(2 ** 52) } },
    }
    const data = merged(many, trendOf([1]))
    expect(data.count).to.equal(2 ** 52 + 1)
    expect(data.histogram.positive?.counts[0]).to.equal(2 ** 52 + 1)
    expect(plain(merged(structuredClone(data)))).to.deep.equal(plain(data))
  })

  it('refuses what is not finite and stays as it was', () => {
    const histogram = new Histogram()
    histogram.record(5)
    for (const value of [NaN, Infinity, -Infinity]) expect(() => { histogram.record(value) }, String(value)).to.throw(RangeError, 'finite')
    expect(histogram.data()).to.include({ count: 1, sum: 5, min: 5, max: 5 })
  })

  it('stays within its least and greatest value and finite for the most extreme doubles', () => {
    const anything = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 30 })
    fc.assert(fc.property(anything, fc.double({ min: 0, max: 100, noNaN: true }), (values, p) => {
      const data = trendOf(values)
      for (const figure of [percentile(data, p), mean(data)]) {
        expect(figure).to.be.within(data.min, data.max)
      }
    }))
  })

  it('bounds its memory whatever the range of its values', () => {
    const { histogram } = trendOf([Number.MIN_VALUE, 1e-300, 1, 1e300, Number.MAX_VALUE])
    expect(histogram.positive?.counts.length).to.be.at.most(65_536)
  })

  it('forgets its values when cleared, but not how to count', () => {
    const histogram = new Histogram()
    for (const value of [-3, 0, 3]) histogram.record(value)
    histogram.clear()
    expect(plain(histogram.data())).to.deep.equal(plain(trendOf([])))
    histogram.record(2)
    expect(histogram.data()).to.include({ count: 1, sum: 2, min: 2, max: 2 })
  })
})
