// Series as bytes: what timelines keep in memory and run logs write. Names are written once, in a dictionary beside the bytes.
//
// A series is its number in the dictionary, its type, and its figures; a histogram is the buckets that counted something, each as
// the distance from the one before and its count: 2 to 3 bytes a bucket instead of 4 for every bucket in its range.
import { ByteReader, ByteWriter } from './byte-writer.ts'
import { tagsKey } from './series.ts'
import type { BucketWindow, HistogramCounts, Series, SeriesData } from './snapshot.ts'

/** What tells a series from another, and what its values are. */
export type SeriesName = Omit<Series, 'data'>

/** Names of series by number, in the order of their first appearance. */
export class SeriesNames {
  readonly #all: SeriesName[] = []
  readonly #numbers = new Map<string, number>()

  get all(): readonly SeriesName[] { return this.#all }

  /** The number of a series; a new one for a series not seen before. */
  numberOf({ metric, contains, tags }: SeriesName): number {
    const key = `${metric}\n${tagsKey(tags)}`
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#all.push({ metric, contains, tags }) - 1
      this.#numbers.set(key, number)
    }
    return number
  }
}

const TYPES = ['counter', 'gauge', 'rate', 'trend'] as const satisfies readonly SeriesData['type'][]
/** Most buckets a histogram has on one side: bytes that say more are damaged. */
const BUCKETS_MAX = 256 * 256
const COUNT_32_MAX = 2 ** 32

/** The series as bytes; names that are new are added to `names`. */
export function encodeSeries(series: readonly Series[], names: SeriesNames): Uint8Array {
  const out = new ByteWriter()
  for (const one of series) {
    out.whole(names.numberOf(one))
    out.byte(TYPES.indexOf(one.data.type))
    encodeData(one.data, out)
  }
  return out.bytes()
}

/** What `encodeSeries` was given; `names` as it was then, or longer. Throws RangeError for bytes that are not of that kind. */
export function decodeSeries(bytes: Uint8Array, names: readonly SeriesName[]): readonly Series[] {
  const from = new ByteReader(bytes)
  const series: Series[] = []
  while (!from.done) {
    const number = from.whole()
    const name = names[number]
    if (name === undefined) throw new RangeError(`there is no series ${number}`)
    series.push({ ...name, data: decodeData(from) })
  }
  return series
}

/** One series' figures as bytes, its type included. */
export function encodeOne(data: SeriesData): Uint8Array {
  const out = new ByteWriter()
  out.byte(TYPES.indexOf(data.type))
  encodeData(data, out)
  return out.bytes()
}

/** What `encodeOne` was given. Throws RangeError for bytes that are not of that kind. */
export const decodeOne = (bytes: Uint8Array): SeriesData => decodeData(new ByteReader(bytes))

function encodeData(data: SeriesData, out: ByteWriter): void {
  switch (data.type) {
    case 'counter': out.double(data.sum); break
    case 'gauge': for (const value of [data.value, data.atMs, data.min, data.max]) out.double(value); break
    case 'rate': out.whole(data.trues); break
    case 'trend':
      for (const value of [data.sum, data.min, data.max]) out.double(value)
      out.whole(data.histogram.zero)
      encodeBuckets(data.histogram.positive, out)
      encodeBuckets(data.histogram.negative, out)
      break
    default: data satisfies never
  }
  out.whole(data.count)
}

function decodeData(from: ByteReader): SeriesData {
  const type = TYPES[from.byte()]
  switch (type) {
    case 'counter': {
      const sum = from.double()
      return { type, sum, count: from.whole() }
    }
    case 'gauge': {
      const [value, atMs, min, max] = [from.double(), from.double(), from.double(), from.double()]
      return { type, value, atMs, min, max, count: from.whole() }
    }
    case 'rate': {
      const trues = from.whole()
      return { type, trues, count: from.whole() }
    }
    case 'trend': {
      const [sum, min, max] = [from.double(), from.double(), from.double()]
      const histogram: HistogramCounts = { zero: from.whole(), positive: decodeBuckets(from), negative: decodeBuckets(from) }
      return { type, sum, min, max, histogram, count: from.whole() }
    }
    case undefined: throw new RangeError('there is no such type of series')
    default: return type satisfies never
  }
}

function encodeBuckets(window: BucketWindow | undefined, out: ByteWriter): void {
  const { first = 0, counts = [] } = window ?? {}
  let used = 0
  for (const count of counts) if (count > 0) used++
  out.whole(used)
  let before = 0
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at] ?? 0
    if (count === 0) continue
    out.whole(first + at - before)
    out.whole(count)
    before = first + at
  }
}

function decodeBuckets(from: ByteReader): BucketWindow | undefined {
  const used = from.whole()
  if (used === 0) return undefined
  if (used > BUCKETS_MAX) throw new RangeError('a histogram has too many buckets')
  const buckets: number[] = []
  const values: number[] = []
  let before = 0
  for (let n = 0; n < used; n++) {
    before += from.whole()
    buckets.push(before)
    values.push(from.whole())
  }
  const first = buckets[0] ?? 0
  const length = before - first + 1
  if (length > BUCKETS_MAX) throw new RangeError('a histogram has too wide a range')
  const counts = values.some((count) => count >= COUNT_32_MAX) ? new Float64Array(length) : new Uint32Array(length)
  for (const [at, bucket] of buckets.entries()) counts[bucket - first] = values[at] ?? 0
  return { first, counts }
}
