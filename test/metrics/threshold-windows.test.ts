// Thresholds over windows: every window must hold, whatever the shards' order of reporting, and the rest of a load is in none by itself.
import { expect } from 'chai'
import fc from 'fast-check'
import { sinkFor } from '../../runtime/metrics/sinks.ts'
import type { Series, SeriesData } from '../../runtime/metrics/snapshot.ts'
import { ThresholdWindows } from '../../runtime/metrics/threshold-windows.ts'
import { judge, type Verdict } from '../../runtime/metrics/verdict.ts'
import type { MetricType } from '../../runtime/plan/plan.ts'
import { threshold } from '../output/sample-record.ts'

const dataOf = (type: MetricType, values: readonly number[]): SeriesData => {
  const sink = sinkFor(type)
  for (const value of values) sink.record(value, 0)
  return sink.data()
}
const seriesOf = (type: MetricType, values: readonly number[]): readonly Series[] =>
  values.length === 0 ? [] : [{ metric: 'm', contains: 'default', tags: {}, data: dataOf(type, values) }]

interface Load {
  readonly type: MetricType
  readonly source: string
  readonly seconds: readonly (readonly number[])[]
  readonly endMs?: number
  readonly final?: boolean
}

/** One shard that counted so in each of its seconds. */
function verdictOf({ type, source, seconds, endMs = seconds.length * 1000, final = true }: Load): Verdict | undefined {
  const one = threshold('m', source)
  const windows = new ThresholdWindows([one], 1)
  seconds.forEach((values, sequence) => { windows.add(0, { sequence, series: seriesOf(type, values), errors: [], progress: [] }) })
  return judge([one], { select: () => undefined }, endMs, { final, windows })[0]
}

describe('a threshold over windows', () => {
  it('fails for one window that does not hold, and says which was the worst', () => {
    const seconds = [[10], [10], [10], [900], [10], [300], [10], [10]]
    expect(verdictOf({ type: 'trend', source: 'max<200 over 2s', seconds })).to.deep.include({
      ok: false, observed: 900, empty: false, windows: { count: 4, crossed: 2, worst: { fromMs: 2000, value: 900 } },
    })
    expect(verdictOf({ type: 'trend', source: 'max<=900 over 2s', seconds })).to.include({ ok: true, observed: 900 })
  })

  it('takes the least for the worst where much is wanted', () => {
    const verdict = verdictOf({ type: 'counter', source: 'rate>3 over 2s', seconds: [[5, 5], [], [4], [], [8], [8]] })
    expect(verdict).to.deep.include({ ok: false, observed: 2, windows: { count: 3, crossed: 1, worst: { fromMs: 2000, value: 2 } } })
  })

  it('takes a counter that stood still for 0, and a trend without samples for nothing', () => {
    expect(verdictOf({ type: 'counter', source: 'count>0 over 1s', seconds: [[1], [], [1]] })).to.include({ ok: false, observed: 0 })
    expect(verdictOf({ type: 'trend', source: 'avg<5 over 1s', seconds: [[1], [], [2]] })?.windows).to.include({ count: 2, crossed: 0 })
  })

  it('has measured nothing where no window had samples', () => {
    expect(verdictOf({ type: 'trend', source: 'avg<5 over 1s', seconds: [[], []] })).to.include({ ok: false, empty: true })
    expect(verdictOf({ type: 'trend', source: 'avg<5 over 1s', seconds: [[], []], final: false })).to.include({ ok: true, empty: true })
  })

  it('counts a rest that is shorter than a window to the window before it', () => {
    const seconds = [[1], [1], [1], [1], [7]]
    expect(verdictOf({ type: 'trend', source: 'max<5 over 2s', seconds })?.windows)
      .to.deep.equal({ count: 2, crossed: 1, worst: { fromMs: 2000, value: 7 } })
    expect(verdictOf({ type: 'trend', source: 'max<5 over 60s', seconds })?.windows).to.include({ count: 1, crossed: 1 })
    expect(verdictOf({ type: 'counter', source: 'rate<=1 over 2s', seconds: [[1], [1], [1], [1], [1]] }))
      .to.include({ ok: true, observed: 1 })
  })

  it('judges only windows that are over while the load goes on', () => {
    const seconds = [[1], [1], [9]]
    expect(verdictOf({ type: 'trend', source: 'max<5 over 2s', seconds, final: false })?.windows).to.include({ count: 1, crossed: 0 })
    expect(verdictOf({ type: 'trend', source: 'max<5 over 2s', seconds: [...seconds, [1]], final: false })?.windows)
      .to.include({ count: 2, crossed: 1 })
  })

  it('waits for the slowest shard, and counts no report twice', () => {
    const one = threshold('m', 'count<=2 over 1s')
    const windows = new ThresholdWindows([one], 2)
    const report = (shard: number, sequence: number): void => {
      windows.add(shard, { sequence, series: seriesOf('counter', [1]), errors: [], progress: [] })
    }
    report(0, 0); report(0, 1); report(0, 1)
    expect(windows.seen(one, 2000, false)).to.include({ count: 0 })
    report(1, 0)
    expect(windows.seen(one, 2000, false)).to.deep.equal({ count: 1, crossed: 0, worst: { fromMs: 0, value: 2 } })
    report(1, 1)
    expect(windows.seen(one, 2000, true)).to.include({ count: 2, crossed: 0 })
  })

  it('says of any load and window what judging each window by itself says', () => {
    const second = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 4 })
    fc.assert(fc.property(fc.array(second, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (seconds, length) => {
      const windows = new Map<number, number[]>()
      const count = Math.max(1, Math.floor(seconds.length / length))
      seconds.forEach((values, at) => {
        const index = Math.min(count - 1, Math.floor(at / length))
        windows.set(index, [...windows.get(index) ?? [], ...values])
      })
      const maxima = [...windows.values()].filter((values) => values.length > 0).map((values) => Math.max(...values))
      const verdict = verdictOf({ type: 'trend', source: `max<50 over ${String(length)}s`, seconds })
      expect(verdict?.windows?.count ?? 0).to.equal(maxima.length)
      expect(verdict?.windows?.crossed ?? 0).to.equal(maxima.filter((most) => most >= 50).length)
      expect(verdict?.observed).to.equal(maxima.length === 0 ? undefined : Math.max(...maxima))
    }))
  })
})
