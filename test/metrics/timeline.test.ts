// A timeline loses nothing it merges, keeps to its limits, and reads back what series were encoded.
import { expect } from 'chai'
import fc from 'fast-check'
import { Histogram } from '../../runtime/metrics/histogram.ts'
import { decodeOne, decodeSeries, encodeOne, encodeSeries, SeriesNames } from '../../runtime/metrics/series-codec.ts'
import type { Series, SeriesData } from '../../runtime/metrics/snapshot.ts'
import { mergedSeries, mergedWindow, Timeline, type Window } from '../../runtime/metrics/timeline.ts'

const trend = (values: readonly number[]): SeriesData => {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram.data()
}

const whole = fc.nat({ max: 2 ** 40 })
const figure = fc.double({ noNaN: true, noDefaultInfinity: true })
const data: fc.Arbitrary<SeriesData> = fc.oneof(
  fc.record({ type: fc.constant('counter' as const), sum: fc.nat(), count: whole }),
  fc.record({ type: fc.constant('rate' as const), trues: whole, count: whole }),
  fc.record({ type: fc.constant('gauge' as const), value: figure, atMs: figure, min: figure, max: figure, count: whole }),
  // Whole numbers: sums of fractions depend on the order they are added in.
  fc.array(fc.integer(), { minLength: 1 }).map(trend),
)
const METRICS = { counter: 's3_reqs', rate: 's3_req_failed', gauge: 'vus', trend: 's3_req_duration' } as const
const series: fc.Arbitrary<Series> = fc.tuple(data, fc.constantFrom('get', 'put', 'lïst')).map(([one, op]) =>
  ({ metric: METRICS[one.type], contains: 'default', tags: { op }, data: one }))
const window = (startMs: number): fc.Arbitrary<Window> => fc.array(series, { maxLength: 8 }).map((all) =>
  ({ startMs, lengthMs: 1000, series: mergedSeries([all]) }))
const run = fc.nat({ max: 40 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, n) => window(n * 1000))))

/** A second in which `count` operations took `tookMs`. */
const second = (n: number, count: number, tookMs: number): Window => ({
  startMs: n * 1000, lengthMs: 1000,
  series: [
    { metric: 's3_reqs', contains: 'default', tags: { op: 'get' }, data: { type: 'counter', sum: count, count } },
    { metric: 's3_req_duration', contains: 'time', tags: { op: 'get' }, data: trend(Array<number>(count).fill(tookMs)) },
  ],
})
const total = (windows: Iterable<Window>): number => {
  let sum = 0
  for (const one of windows) for (const { data: counted } of one.series) if (counted.type === 'counter') sum += counted.sum
  return sum
}

describe('series as bytes', () => {
  it('come back as they were', () => {
    fc.assert(fc.property(fc.array(series), (all) => {
      const names = new SeriesNames()
      expect(decodeSeries(encodeSeries(all, names), names.all)).to.deep.equal(all)
      for (const one of all) expect(decodeOne(encodeOne(one.data))).to.deep.equal(one.data)
    }))
  })

  it('are refused, and nothing else happens, when they are damaged', () => {
    fc.assert(fc.property(fc.array(series, { minLength: 1 }), fc.nat(), fc.nat(255), (all, at, byte) => {
      const names = new SeriesNames()
      const bytes = encodeSeries(all, names)
      bytes[at % bytes.length] = byte
      try {
        decodeSeries(bytes.subarray(0, Math.max(1, at % bytes.length)), names.all)
        decodeSeries(bytes, names.all)
      } catch (error) {
        expect(error).to.be.instanceOf(RangeError)
      }
    }))
  })
})

describe('a timeline', () => {
  it('holds, all windows merged, what all that was added merges to', () => {
    fc.assert(fc.property(run, fc.constantFrom(0, 2000, Infinity), (added, bytesMax) => {
      const timeline = new Timeline(bytesMax)
      for (const one of added) timeline.add(one)
      expect(mergedWindow([...timeline.windows()])).to.deep.equal(mergedWindow(added))
    }))
  })

  it('keeps seconds for an hour, then ten seconds, then minutes, without a gap', () => {
    const timeline = new Timeline()
    const hours = 12
    for (let n = 0; n < hours * 3600; n++) timeline.add(second(n, 1, 5))
    const windows = [...timeline.windows()]
    const lengths = [60_000, 10_000, 1000].map((length) => windows.filter(({ lengthMs }) => lengthMs === length).length)
    expect(lengths).to.deep.equal([2 * 60, 9 * 360, 3600])
    const gap = windows.find(({ startMs, lengthMs }, at) => (windows[at + 1]?.startMs ?? hours * 3_600_000) !== startMs + lengthMs)
    expect(gap).to.equal(undefined)
    expect(total(windows)).to.equal(hours * 3600)
  }).timeout(60_000)

  it('merges its oldest windows rather than hold more bytes than it may', () => {
    const bytesMax = 20_000
    const timeline = new Timeline(bytesMax)
    for (let n = 0; n < 3000; n++) {
      timeline.add(second(n, 1 + n % 7, 1 + n % 50))
      expect(timeline.sizeBytes).to.be.at.most(bytesMax)
    }
    const windows = [...timeline.windows()]
    expect(total(windows)).to.equal(Array.from({ length: 3000 }, (_, n) => 1 + n % 7).reduce((a, b) => a + b))
    expect(windows.at(-1)).to.deep.equal(second(2999, 1 + 2999 % 7, 1 + 2999 % 50))
  })

  it('takes what comes late into the window it belongs to', () => {
    const timeline = new Timeline()
    for (let n = 0; n < 10; n++) timeline.add(second(n, 2, 5))
    timeline.add(second(4, 3, 9))
    expect([...timeline.windows()].map((one) => [one.startMs, total([one])])).to.deep.equal(
      Array.from({ length: 10 }, (_, n) => [n * 1000, n === 4 ? 5 : 2]))
  })
})
