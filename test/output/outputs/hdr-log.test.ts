// The HdrHistogram log, read back by an implementation that is not ours.
import { expect } from 'chai'
import fc from 'fast-check'
import { decodeFromCompressedBase64, HistogramLogReader, type Histogram as HdrHistogram } from 'hdr-histogram-js'
import { Histogram, percentile } from '../../../runtime/metrics/histogram.ts'
import { countsIndex, hdrBase64, hdrHead, hdrLine } from '../../../runtime/output/formats/hdr-log.ts'

const NS_PER_MS = 1e6

function trendOf(values: readonly number[]) {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram.data()
}

/** Half a bucket of ours and half of theirs. */
const RELATIVE = 0.002 + 0.0005 + 1e-9

describe('the HdrHistogram log', () => {
  it('counts a value where HdrHistogram does', () => {
    const table: readonly (readonly [value: number, index: number])[] = [
      [0, 0], [1, 1], [1023, 1023], [2047, 2047], [2048, 2048], [2049, 2048], [4095, 3071], [4096, 3072],
      [2 ** 40, 31 * 1024],
    ]
    for (const [value, index] of table) expect(countsIndex(value), String(value)).to.equal(index)
  })

  it('is read back with every count, and with percentiles within 0.25 %', () => {
    const time = fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 100, noNaN: true }), fc.double({ min: 100, max: 9e6, noNaN: true }))
    fc.assert(fc.property(fc.array(time, { minLength: 1, maxLength: 200 }), (values) => {
      const read = decodeFromCompressedBase64(hdrBase64(trendOf(values)))
      expect(read.totalCount).to.equal(values.length)
      const sorted = [...values].sort((a, b) => a - b)
      for (const p of [50, 90, 99, 100]) {
        const truth = (sorted[Math.max(0, Math.ceil(p / 100 * values.length) - 1)] ?? 0) * NS_PER_MS
        expect(read.getValueAtPercentile(p)).to.be.closeTo(truth, Math.max(1, 2 * RELATIVE * truth))
      }
    }), { numRuns: 100 })
  })

  it('takes counts beyond 32 bits', () => {
    const one = trendOf([5])
    const many = new Histogram()
    for (let doublings = 0, data = one; doublings < 34; doublings++, data = many.data()) {
      many.merge(data)
    }
    const { count } = many.data()
    expect(count).to.be.above(2 ** 32)
    expect(decodeFromCompressedBase64(hdrBase64(many.data()), 64).totalCount).to.equal(count)
  })

  it('has intervals with their moments and tags, each by itself', () => {
    const startEpochMs = Date.UTC(2026, 10, 24, 3)
    const trend = trendOf([10, 20, 30])
    const reader = new HistogramLogReader([
      hdrHead('1.2.3', startEpochMs), hdrLine('s3_req_duration{op:get}', 0, 1000, trend), hdrLine('my, own', 1000, 500, trendOf([7])),
    ].join(''))
    const first = reader.nextIntervalHistogram() as HdrHistogram
    expect([first.startTimeStampMsec, first.endTimeStampMsec, first.tag])
      .to.deep.equal([startEpochMs, startEpochMs + 1000, 's3_req_duration{op:get}'])
    expect(first.getValueAtPercentile(50) / NS_PER_MS).to.be.closeTo(percentile(trend, 50), 0.1)
    expect(first.maxValue / NS_PER_MS).to.be.closeTo(30, 0.03)
    const second = reader.nextIntervalHistogram() as HdrHistogram
    expect([second.startTimeStampMsec, second.endTimeStampMsec, second.tag, second.totalCount])
      .to.deep.equal([startEpochMs + 1000, startEpochMs + 1500, 'my_own', 1])
    expect(reader.nextIntervalHistogram()).to.equal(null)
  })
})
