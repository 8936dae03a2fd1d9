// Charts of a run as data: rates and latencies over time, heat maps, histograms, percentiles.
import { buckets, percentile, type TrendData } from '../../metrics/histogram.ts'
import type { BarChart, HeatMap, LineChart } from './model.ts'
import type { Span } from './over-time.ts'

/** Bins a factor of ten: of histograms, and of heat maps, whose cells must be large enough to see. */
const BARS_PER_DECADE = 20
const ROWS_PER_DECADE = 12
/** Steps of a curve of percentiles from one nine to the next. */
const STEPS_PER_NINE = 12
const NINES_MAX = 6
/** Durations below are drawn as this, ms: zero has no place on a logarithmic axis. */
const LEAST_MS = 1e-4

/** As many digits as a chart can show: the rest would only make the page larger. */
const short = (value: number): number => Number(value.toPrecision(4))
const seconds = (ms: number): number => Number((ms / 1000).toFixed(3))

/** The middle of each span, seconds. */
const middles = (spans: readonly Span[]): readonly number[] => spans.map(({ startMs, endMs }) => seconds((startMs + endMs) / 2))

/** A line over time: undefined where it has a gap. */
interface TimeLine { readonly label: string; readonly of: (span: Span) => number | undefined }

/** Values over time, one line a label. */
export const overTime = (spans: readonly Span[], unit: LineChart['unit'], lines: readonly TimeLine[]): LineChart => ({
  kind: 'lines', x: 'seconds', unit, log: false, xs: middles(spans),
  lines: lines.map(({ label, of }) => ({
    label, values: spans.map((span) => {
      const value = of(span)
      return value === undefined ? null : short(value)
    }),
  })),
})

/** Median, p95, p99 and maximum of an operation over time. */
export function latencyOverTime(spans: readonly Span[], at: number): LineChart {
  const line = (label: string, figure: (data: TrendData) => number) => ({
    label, of: (span: Span) => {
      const data = span.operations[at]?.durations
      return data === undefined ? undefined : Math.max(LEAST_MS, figure(data))
    },
  })
  const percent = (p: number) => (data: TrendData) => percentile(data, p)
  return {
    ...overTime(spans, 'time', [
      line('med', percent(50)), line('p95', percent(95)), line('p99', percent(99)), line('max', ({ max }) => max),
    ]), log: true,
  }
}

/** Counts by bin, a bin's number being floor(log10(ms) · binsPerDecade). */
function binned(data: TrendData, binsPerDecade: number): ReadonlyMap<number, number> {
  const bins = new Map<number, number>()
  for (const [middle, count] of buckets(data.histogram)) {
    const bin = Math.floor(Math.log10(Math.max(LEAST_MS, middle)) * binsPerDecade)
    bins.set(bin, (bins.get(bin) ?? 0) + count)
  }
  return bins
}

/** How often each duration was seen. */
export function histogramChart(data: TrendData): BarChart {
  const bins = binned(data, BARS_PER_DECADE)
  const first = Math.min(...bins.keys())
  const last = Math.max(...bins.keys())
  return {
    kind: 'bars', lowest: first / BARS_PER_DECADE, step: 1 / BARS_PER_DECADE,
    counts: Array.from({ length: last - first + 1 }, (_, at) => bins.get(first + at) ?? 0),
  }
}

/** Durations of an operation over time; undefined when there are none. */
export function heatMap(spans: readonly Span[], at: number): HeatMap | undefined {
  const columns = spans.map(({ operations, startMs, endMs }) => {
    const data = operations[at]?.durations
    const bins = data === undefined ? [] : [...binned(data, ROWS_PER_DECADE)]
    return bins.map(([bin, count]) => [bin, short(count / ((endMs - startMs) / 1000))] as const)
  })
  const all = columns.flat().map(([bin]) => bin)
  if (all.length === 0) return undefined
  const first = all.reduce((a, b) => Math.min(a, b))
  const last = all.reduce((a, b) => Math.max(a, b))
  return {
    kind: 'heat', edges: [...spans.map(({ startMs }) => seconds(startMs)), seconds(spans.at(-1)?.endMs ?? 0)],
    lowest: first / ROWS_PER_DECADE, step: 1 / ROWS_PER_DECADE, rows: last - first + 1,
    columns: columns.map((column) => column.map(([bin, count]) => [bin - first, count] as const)),
  }
}

/** Duration by percentile, a line each; a line ends where its operation was not counted often enough to say more. */
export function percentileChart(all: readonly { readonly label: string; readonly data: TrendData }[]): LineChart {
  const most = Math.min(NINES_MAX, Math.log10(Math.max(10, ...all.map(({ data }) => data.count))))
  const xs = Array.from({ length: Math.ceil(most * STEPS_PER_NINE) + 1 }, (_, at) => at / STEPS_PER_NINE)
  return {
    kind: 'lines', x: 'nines', unit: 'time', log: true, xs: xs.map(short),
    lines: all.map(({ label, data }) => ({
      label,
      values: xs.map((nines) => 10 ** nines > data.count && nines > 0 ? null
        : short(Math.max(LEAST_MS, percentile(data, 100 * (1 - 10 ** -nines))))),
    })),
  }
}
