// A histogram of doubles, of either sign, whose buckets are at most 0.39 % wide and which merges by adding counts.
//
// A bucket is named by the upper bits of the double itself: its exponent and the first 8 bits of its mantissa. So finding it needs
// no logarithm, neighbours in value are neighbours in number, and every histogram ever made has the same buckets. The middle of
// a bucket is at most 0.2 % away from what was recorded. Magnitudes from 2^-128 to 2^128 have buckets (the range of a 32-bit
// float; what lies beyond falls into the outermost ones, which bounds the memory of a series at 512 KiB a sign). Counts live in
// a window of adjacent buckets per sign, which grows an octave at a time. Count, sum, least and greatest are exact beside it.
import type { BucketWindow, HistogramCounts, SeriesData } from './snapshot.ts'

/** What a histogram holds, as it travels. */
export type TrendData = Extract<SeriesData, { type: 'trend' }>

const MANTISSA_BITS = 8
const BUCKETS_PER_OCTAVE = 1 << MANTISSA_BITS
/** Of the 20 mantissa bits in a double's upper word, those that are cut off. */
const SHIFT = 20 - MANTISSA_BITS
const EXPONENT_BIAS = 1023
const OCTAVES_EACH_WAY = 128
const LOWEST = (EXPONENT_BIAS - OCTAVES_EACH_WAY) * BUCKETS_PER_OCTAVE
const HIGHEST = (EXPONENT_BIAS + OCTAVES_EACH_WAY) * BUCKETS_PER_OCTAVE - 1

const double = new Float64Array([1])
const words = new Uint32Array(double.buffer)
/** Which word of a double holds sign and exponent here; the lower word of 1 is 0. */
const UPPER = words[0] === 0 ? 1 : 0

/** The bucket of a magnitude (0 < magnitude < Infinity). */
export function bucketOf(magnitude: number): number {
  double[0] = magnitude
  const bucket = (words[UPPER] ?? 0) >>> SHIFT
  return bucket < LOWEST ? LOWEST : bucket > HIGHEST ? HIGHEST : bucket
}

/** The middle of a bucket. */
export function bucketMiddle(bucket: number): number {
  words[1 - UPPER] = 0
  words[UPPER] = ((bucket << SHIFT) | (1 << (SHIFT - 1))) >>> 0
  return double[0] ?? 0
}

/** Counts of adjacent buckets, growing to cover what is added. */
class CountWindow {
  #first = 0
  #counts = new Float64Array(0)

  add(bucket: number, count: number): void {
    let at = bucket - this.#first
    if (at < 0 || at >= this.#counts.length) {
      this.#cover(bucket, bucket)
      at = bucket - this.#first
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + count
  }

  merge({ first, counts }: BucketWindow): void {
    if (counts.length === 0) return
    this.#cover(first, first + counts.length - 1)
    const offset = first - this.#first
    for (let i = 0; i < counts.length; i++) this.#counts[offset + i] = (this.#counts[offset + i] ?? 0) + (counts[i] ?? 0)
  }

  /** A copy of the part that counted something. `small`: no count can exceed 2^32 - 1. */
  copy(small: boolean): BucketWindow | undefined {
    const counts = this.#counts
    let low = 0
    let high = counts.length
    while (low < high && counts[low] === 0) low++
    while (high > low && counts[high - 1] === 0) high--
    if (low === high) return undefined
    const used = counts.subarray(low, high)
    return { first: this.#first + low, counts: small ? new Uint32Array(used) : used.slice() }
  }

  clear(): void { this.#counts.fill(0) }

  #cover(low: number, high: number): void {
    const end = this.#first + this.#counts.length
    const empty = this.#counts.length === 0
    if (!empty && low >= this.#first && high < end) return
    const from = Math.floor((empty ? low : Math.min(low, this.#first)) / BUCKETS_PER_OCTAVE) * BUCKETS_PER_OCTAVE
    const to = Math.ceil((Math.max(high + 1, empty ? 0 : end)) / BUCKETS_PER_OCTAVE) * BUCKETS_PER_OCTAVE
    const grown = new Float64Array(to - from)
    if (!empty) grown.set(this.#counts, this.#first - from)
    this.#first = from
    this.#counts = grown
  }
}

/** A trend being recorded or merged. */
export class Histogram {
  count = 0
  #sum = 0
  #min = Infinity
  #max = -Infinity
  #zero = 0
  readonly #positive = new CountWindow()
  readonly #negative = new CountWindow()

  /** Throws RangeError for NaN and infinities: no average could survive them. */
  record(value: number): void {
    if (value > 0 && value < Infinity) this.#positive.add(bucketOf(value), 1)
    else if (value === 0) this.#zero++
    else if (value < 0 && value > -Infinity) this.#negative.add(bucketOf(-value), 1)
    else throw new RangeError(`a trend takes finite numbers, not ${value}`)
    this.count++
    this.#sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  merge({ count, sum, min, max, histogram: { zero, positive, negative } }: TrendData): void {
    if (count === 0) return
    this.count += count
    this.#sum += sum
    this.#min = Math.min(this.#min, min)
    this.#max = Math.max(this.#max, max)
    this.#zero += zero
    if (positive !== undefined) this.#positive.merge(positive)
    if (negative !== undefined) this.#negative.merge(negative)
  }

  /** A copy of what was counted. Without values least and greatest are 0. */
  data(): TrendData {
    const small = this.count < 2 ** 32
    const histogram: HistogramCounts = { zero: this.#zero, positive: this.#positive.copy(small), negative: this.#negative.copy(small) }
    if (this.count === 0) return { type: 'trend', count: 0, sum: 0, min: 0, max: 0, histogram }
    return { type: 'trend', count: this.count, sum: this.#sum, min: this.#min, max: this.#max, histogram }
  }

  /** Forgets all values; the memory is kept for the next ones. */
  clear(): void {
    this.count = 0
    this.#sum = 0
    this.#min = Infinity
    this.#max = -Infinity
    this.#zero = 0
    this.#positive.clear()
    this.#negative.clear()
  }
}

/** Each bucket that counted something, from the least value to the greatest: its middle and its count. */
export function* buckets({ zero, positive, negative }: HistogramCounts): Generator<readonly [middle: number, count: number]> {
  if (negative !== undefined) {
    for (let i = negative.counts.length - 1; i >= 0; i--) {
      const count = negative.counts[i] ?? 0
      if (count > 0) yield [-bucketMiddle(negative.first + i), count]
    }
  }
  if (zero > 0) yield [0, zero]
  if (positive !== undefined) {
    for (let i = 0; i < positive.counts.length; i++) {
      const count = positive.counts[i] ?? 0
      if (count > 0) yield [bucketMiddle(positive.first + i), count]
    }
  }
}

/** The value at a rank, 0 … count - 1, of all values in order: exact at both ends, a bucket's middle between them. */
function valueAt({ count, min, max, histogram }: TrendData, rank: number): number {
  if (rank <= 0) return min
  if (rank >= count - 1) return max
  let seen = 0
  for (const [middle, inBucket] of buckets(histogram)) {
    seen += inBucket
    if (seen > rank) return Math.min(max, Math.max(min, middle))
  }
  return max
}

/**
 * The p-th percentile, 0 <= p <= 100, as k6 defines it: at rank p/100 · (count - 1), between two ranks by linear interpolation
 * (Hyndman and Fan's type 7). Without values 0.
 */
export function percentile(data: TrendData, p: number): number {
  if (data.count === 0) return 0
  const rank = Math.min(1, Math.max(0, p / 100)) * (data.count - 1)
  const below = Math.floor(rank)
  const fraction = rank - below
  const low = valueAt(data, below)
  const high = fraction === 0 ? low : valueAt(data, below + 1)
  // Not low + (high - low) · fraction: the difference of two huge numbers can be infinite.
  return low === high ? low : low * (1 - fraction) + high * fraction
}

/** The mean; exact but for rounding, and within 0.2 % where the sum is beyond what a double holds. Without values 0. */
export function mean({ count, sum, min, max, histogram }: TrendData): number {
  if (count === 0) return 0
  let average = sum / count
  if (!Number.isFinite(sum)) {
    average = 0
    for (const [middle, inBucket] of buckets(histogram)) average += Math.min(max, Math.max(min, middle)) * (inBucket / count)
  }
  return Math.min(max, Math.max(min, average))
}
