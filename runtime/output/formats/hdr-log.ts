// HdrHistogram's interval log, format version 1.3: a line an interval, its histogram in the V2 encoding, compressed, as base64.
//
// The encoding is Gil Tene's (HdrHistogram: AbstractHistogram.encodeIntoByteBuffer, HistogramLogWriter): a head of 40 bytes, big-endian,
// then counts from the least value on as ZigZag LEB128 numbers, where a negative one stands for so many zeros. Values are whole
// nanoseconds with 3 significant digits; what we hold is known within 0.2 %, which is theirs too, but for the greatest, which is exact.
import { deflateSync } from 'node:zlib'
import { buckets, type TrendData } from '../../metrics/histogram.ts'

const COOKIE_V2 = 0x1c849313
const COOKIE_V2_COMPRESSED = 0x1c849314
const SIGNIFICANT_DIGITS = 3
/** Half of the sub-buckets that 3 digits need (2048), as a power of 2. */
const HALF_COUNT_BITS = 10
const HALF_COUNT = 1 << HALF_COUNT_BITS
const NS_PER_MS = 1e6
const HOUR_NS = 3.6e12
const HEAD_BYTES = 40
/** Values beyond are counted there: 104 days. */
const HIGHEST_NS = Number.MAX_SAFE_INTEGER

/** The number of the highest bit of a whole number below 2^53. */
const highestBit = (value: number): number => value >= 2 ** 32 ? 63 - Math.clz32(value / 2 ** 32) : 31 - Math.clz32(value)

/** Where HdrHistogram counts a whole number. */
export function countsIndex(value: number): number {
  const bucket = highestBit(Math.max(value, 2 * HALF_COUNT - 1)) - HALF_COUNT_BITS
  return (bucket + 1) * HALF_COUNT + Math.floor(value / 2 ** bucket) - HALF_COUNT
}

/** Appends ZigZag LEB128; BigInt, since a count may be beyond 32 bits. */
function pushNumber(bytes: number[], value: number): void {
  let rest = value < 0 ? BigInt(-value) * 2n - 1n : BigInt(value) * 2n
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
}

/** Counts by index, ascending. */
function countsOf({ histogram, min, max }: TrendData): readonly (readonly [index: number, count: number])[] {
  const counts = new Map<number, number>()
  for (const [middle, count] of buckets(histogram)) {
    const ns = Math.round(Math.min(max, Math.max(min, middle)) * NS_PER_MS)
    const index = countsIndex(Math.min(HIGHEST_NS, Math.max(0, ns)))
    counts.set(index, (counts.get(index) ?? 0) + count)
  }
  return [...counts].sort(([a], [b]) => a - b)
}

/** A trend of times (ms) as HdrHistogram's compressed V2 encoding in base64. */
export function hdrBase64(data: TrendData): string {
  const body: number[] = []
  let next = 0
  for (const [index, count] of countsOf(data)) {
    if (index > next) pushNumber(body, next - index)
    pushNumber(body, count)
    next = index + 1
  }
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeInt32BE(COOKIE_V2, 0)
  head.writeInt32BE(body.length, 4)
  head.writeInt32BE(0, 8)
  head.writeInt32BE(SIGNIFICANT_DIGITS, 12)
  head.writeBigInt64BE(1n, 16)
  head.writeBigInt64BE(BigInt(Math.min(HIGHEST_NS, Math.max(HOUR_NS, 2 * Math.ceil(data.max * NS_PER_MS)))), 24)
  head.writeDoubleBE(1, 32)
  const packed = deflateSync(Buffer.concat([head, Buffer.from(body)]))
  const front = Buffer.alloc(8)
  front.writeInt32BE(COOKIE_V2_COMPRESSED, 0)
  front.writeInt32BE(packed.length, 4)
  return Buffer.concat([front, packed]).toString('base64')
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3)

/** The lines before the first interval; moments of intervals count from `startEpochMs`. */
export const hdrHead = (version: string, startEpochMs: number): string => [
  `#[Logged with chopsticks ${version}; values in nanoseconds, Interval_Max in milliseconds]`,
  '#[Histogram log format version 1.3]',
  `#[StartTime: ${seconds(startEpochMs)} (seconds since epoch), ${new Date(startEpochMs).toISOString()}]`,
  `#[BaseTime: ${seconds(startEpochMs)} (seconds since epoch)]`,
  '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
].map((line) => `${line}\n`).join('')
export const HEAD_LINES = 5

/** What may not be in the log's tags, whose fields commas, spaces and line ends part. */
const UNTAGGABLE = /[,\s]+/g

/** One interval's line. */
export const hdrLine = (name: string, startMs: number, lengthMs: number, data: TrendData): string =>
  `Tag=${name.replaceAll(UNTAGGABLE, '_')},${seconds(startMs)},${seconds(lengthMs)},${data.max.toFixed(3)},${hdrBase64(data)}\n`
