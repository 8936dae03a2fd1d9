// Our histograms as exponential ones, which Prometheus (native histograms) and OpenTelemetry have in common.
//
// A bucket of scale s holds the values above base^(i - 1) up to base^i, where base is 2^(2^-s); our buckets, 256 to an octave, are
// counted whole in the one their middle is in. At scale 5, 32 to an octave, a percentile read from it is within 1.3 % of the true one.
import { bucketMiddle } from '../../metrics/histogram.ts'
import type { BucketWindow, HistogramCounts } from '../../metrics/snapshot.ts'

export const SCALE = 5
const PER_OCTAVE = 2 ** SCALE

/** Adjacent buckets: `counts[n]` is that of bucket `first + n`, whose upper bound is base^(first + n). */
export interface ExponentialBuckets { readonly first: number; readonly counts: readonly number[] }

/** Both signs; values are multiplied by `factor` on the way (0.001 makes seconds of ms). */
export const exponential = ({ positive, negative }: HistogramCounts, factor: number) =>
  ({ positive: converted(positive, factor), negative: converted(negative, factor) })

function converted(window: BucketWindow | undefined, factor: number): ExponentialBuckets {
  const counts: number[] = []
  let first = 0
  for (const [at, count] of window?.counts.entries() ?? []) {
    if (count === 0 || window === undefined) continue
    const index = Math.ceil(Math.log2(bucketMiddle(window.first + at) * factor) * PER_OCTAVE)
    if (counts.length === 0) first = index
    while (counts.length <= index - first) counts.push(0)
    counts[index - first] = (counts[index - first] ?? 0) + count
  }
  return { first, counts }
}

/** Runs of buckets that counted something, each with how far it begins after the end of the one before (the first: after 0). */
export function spans({ first, counts }: ExponentialBuckets): readonly { readonly offset: number; readonly counts: readonly number[] }[] {
  const found: { offset: number; counts: number[] }[] = []
  let gap = first
  for (const count of counts) {
    if (count === 0) { gap++; continue }
    const last = found.at(-1)
    if (gap === 0 && last !== undefined) last.counts.push(count)
    else found.push({ offset: gap, counts: [count] })
    gap = 0
  }
  return found
}

/** Each count less the one before it, as Prometheus' messages have them. */
export const deltas = (counts: readonly number[]): readonly number[] => counts.map((count, at) => count - (counts[at - 1] ?? 0))
