// A run's record as JSON and back: histograms as pairs of bucket and count, beside the figures people read.
import { bucketMiddle, mean, percentile } from '../metrics/histogram.ts'
import type { RunRecord } from '../metrics/record.ts'
import type { BucketWindow, Series, SeriesData } from '../metrics/snapshot.ts'

/** Percentiles written beside a histogram. */
const PERCENTILES = [50, 90, 95, 99, 99.9] as const

type Pairs = readonly (readonly [bucket: number, count: number])[]
type JsonTrend = Omit<Extract<SeriesData, { type: 'trend' }>, 'histogram'> & {
  readonly histogram: { readonly zero: number; readonly positive: Pairs; readonly negative: Pairs }
}
type JsonData = Exclude<SeriesData, { type: 'trend' }> | JsonTrend
type JsonSeries = Omit<Series, 'data'> & { readonly data: JsonData; readonly figures?: Readonly<Record<string, number>> }

/** A record as it is written. */
export type JsonRecord = Omit<RunRecord, 'series'> & { readonly series: readonly JsonSeries[] }

const pairsOf = ({ first, counts }: BucketWindow): Pairs =>
  [...counts].flatMap((count, at) => count > 0 ? [[first + at, count] as const] : [])

function windowOf(pairs: Pairs): BucketWindow | undefined {
  const first = pairs[0]?.[0]
  const last = pairs.at(-1)?.[0]
  if (first === undefined || last === undefined) return undefined
  // What is beyond the last bucket there is would be memory a damaged file asks for.
  if (!Number.isFinite(bucketMiddle(last)) || last < first) throw new RangeError('a histogram has buckets that do not exist')
  const length = last - first + 1
  const counts = pairs.some(([, count]) => count >= 2 ** 32) ? new Float64Array(length) : new Uint32Array(length)
  for (const [bucket, count] of pairs) counts[bucket - first] = count
  return { first, counts }
}

function seriesToJson({ data, ...name }: Series): JsonSeries {
  if (data.type !== 'trend') return { ...name, data }
  const { zero, positive, negative } = data.histogram
  const figures = {
    avg: mean(data), min: data.min, max: data.max,
    ...Object.fromEntries(PERCENTILES.map((p) => [`p(${p})`, percentile(data, p)])),
  }
  return {
    ...name, figures, data: {
      ...data, histogram: {
        zero, positive: positive === undefined ? [] : pairsOf(positive), negative: negative === undefined ? [] : pairsOf(negative),
      },
    },
  }
}

function seriesFromJson({ metric, contains, tags, data }: JsonSeries): Series {
  if (data.type !== 'trend') return { metric, contains, tags, data }
  const { zero, positive, negative } = data.histogram
  return { metric, contains, tags, data: { ...data, histogram: { zero, positive: windowOf(positive), negative: windowOf(negative) } } }
}

export const recordToJson = (record: RunRecord): JsonRecord => ({ ...record, series: record.series.map(seriesToJson) })

/** Throws RangeError for histograms with buckets that do not exist. */
export function recordFromJson(json: JsonRecord): RunRecord {
  const { cleanup } = json
  // JSON has no undefined: what was so is absent.
  return {
    ...json, series: json.series.map(seriesFromJson), setupData: json.setupData, cleanup: { ...cleanup, remaining: cleanup.remaining },
  }
}
