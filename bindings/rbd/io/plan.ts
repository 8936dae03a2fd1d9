// What `image.io({ … })` is asked to do, checked: all it needs to know before its first I/O.
import { DurationError, parseDuration, type Json, type JsonObject } from '../../sdk/index.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import { bytesOf, optionalBytes, wholeOf, yesOf, IO_BYTES_MAX } from '../arguments.ts'
import { BlockSizeError, blockSizesOf, type BlockSizes } from './block-sizes.ts'
import { PatternError, patternOf, type Pattern } from './pattern.ts'
import type { PaceOptions } from './pace.ts'

const QUEUE_DEPTH_MAX = 1024
const MIX_KINDS = ['read', 'write', 'discard', 'writeZeroes'] as const
type MixKind = (typeof MIX_KINDS)[number]
type Ends = Readonly<Record<'count' | 'bytes' | 'durationMs', number>>

export interface IoPlan {
  readonly pattern: Pattern
  readonly sizes: BlockSizes
  readonly alignBytes: number
  /** Shares of all I/Os up to and with each kind: the last is 1. */
  readonly mix: readonly { readonly kind: MixKind; readonly until: number }[]
  readonly queueDepth: number
  /** A flush after so many writes; 0 = none. */
  readonly syncEvery: number
  /** A flush when all else is done. */
  readonly syncAtEnd: boolean
  readonly pace: PaceOptions
  readonly randomMap: boolean
  readonly region: { readonly offset: number; readonly length: number }
  /** Infinity where it does not end by that. */
  readonly ends: Ends
  readonly verify: boolean
  readonly holes: 'refuse' | 'count'
  readonly continueOnError: boolean
  readonly seed: number
}

const IO_OPTIONS = [
  'pattern', 'blockSize', 'align', 'mix', 'queueDepth', 'syncEvery', 'syncAtEnd', 'iops', 'bytesPerSecond', 'arrival', 'randomMap',
  'region', 'count', 'bytes', 'duration', 'verify', 'holes', 'continueOnError', 'seed',
] as const

/** What of the image and the run matters to it. */
export interface IoPlanContext {
  readonly sizeBytes: number
  readonly alignmentBytes: number
  /** The run's own image: what was never written to it is refused to be read. */
  readonly own: boolean
  readonly verify: boolean
}

function durationOf(value: Json | undefined): number {
  if (value === undefined || value === null) return Infinity
  try {
    const ms = Number(parseDuration(value)) / 1e6
    if (ms > 0) return ms
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    throw invalid(`io: duration: ${error.message}`)
  }
  throw invalid('io: duration must be above 0')
}

const countOf = (name: string, value: Json | undefined): number => {
  if (value === undefined || value === null) return Infinity
  return wholeOf('io', name, value, 1, Number.MAX_SAFE_INTEGER)
}

function rateOf(name: string, value: Json | undefined, read: (value: Json) => number): number {
  if (value === undefined || value === null) return 0
  const rate = read(value)
  if (!(rate > 0 && rate < Infinity)) throw invalid(`io: ${name} must be a number a second above 0`)
  return rate
}

/** `'read'`, or weights by kind: `{ read: 70, write: 30 }`. */
function mixOf(value: Json | undefined): IoPlan['mix'] {
  const weights: Json = typeof value === 'string' ? { [value]: 1 } : value ?? { read: 1 }
  const known = optionsOf('io: mix', weights, MIX_KINDS)
  const shares = MIX_KINDS.map((kind) => {
    const weight = known[kind] ?? 0
    if (typeof weight !== 'number' || !(weight >= 0 && weight < Infinity)) throw invalid(`io: mix: ${kind} must be a number from 0`)
    return { kind, weight }
  }).filter(({ weight }) => weight > 0)
  const total = shares.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) throw invalid(`io: mix: no kind has a share above 0; there are ${MIX_KINDS.join(', ')}`)
  let sum = 0
  return shares.map(({ kind, weight }, index) => ({ kind, until: index === shares.length - 1 ? 1 : (sum += weight) / total }))
}

/** A part of the image: `{ offset, length }`, or `{ part, of }`, one of so many equal ones. Whole blocks. */
export function regionOf(op: string, value: Json | undefined, sizeBytes: number, alignBytes: number): IoPlan['region'] {
  const { offset, length, part, of } = optionsOf(op, value, ['offset', 'length', 'part', 'of'])
  if (part !== undefined || of !== undefined) {
    if (offset !== undefined || length !== undefined) throw invalid(`${op}: region is { offset, length } or { part, of }, not both`)
    const parts = wholeOf(op, 'region.of', of, 1, 1_000_000)
    const index = wholeOf(op, 'region.part', part, 0, parts - 1)
    const blocks = Math.floor(sizeBytes / alignBytes)
    const from = Math.floor(blocks * index / parts)
    return { offset: from * alignBytes, length: (Math.floor(blocks * (index + 1) / parts) - from) * alignBytes }
  }
  const from = optionalBytes(op, 'region.offset', offset) ?? 0
  const bytes = optionalBytes(op, 'region.length', length) ?? sizeBytes - from
  if (from + bytes > sizeBytes) throw invalid(`${op}: region ${from} + ${bytes} is beyond the image's end at ${sizeBytes}`)
  return { offset: from, length: bytes }
}

const readBy = <T>(error: abstract new (...args: never[]) => Error, name: string, read: () => T): T => {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof error) throw invalid(`io: ${name}: ${thrown.message}`)
    throw thrown
  }
}

function sizesOf(value: Json | undefined, alignmentBytes: number): BlockSizes {
  if (value !== undefined && typeof value !== 'string' && typeof value !== 'number') throw invalid('io: blockSize must be a size')
  const sizes = readBy(BlockSizeError, 'blockSize', () => blockSizesOf(value ?? 4096))
  if (sizes.largest > IO_BYTES_MAX) throw invalid(`io: blockSize: one I/O has at most ${IO_BYTES_MAX} bytes`)
  if (sizes.smallest % alignmentBytes !== 0) throw invalid(`io: blockSize must be a multiple of ${alignmentBytes} here`)
  return sizes
}

/** Reads the options of `image.io()`. Throws StorageError('invalid') naming what is wrong. */
export function ioPlan(given: Json | undefined, { sizeBytes, alignmentBytes, own, verify }: IoPlanContext): IoPlan {
  const options: JsonObject = optionsOf('io', given, IO_OPTIONS)
  const sizes = sizesOf(options['blockSize'], alignmentBytes)
  const alignBytes = optionalBytes('io', 'align', options['align']) ?? sizes.smallest
  if (alignBytes < 1 || alignBytes % alignmentBytes !== 0) throw invalid(`io: align must be a multiple of ${alignmentBytes} here`)
  const named = options['pattern'] ?? 'random'
  if (typeof named !== 'string') throw invalid('io: pattern must be a text, such as random or zipf(1.1)')
  const pattern = readBy(PatternError, 'pattern', () => patternOf(named, (text) => bytesOf('io', 'pattern', text)))
  const region = regionOf('io', options['region'], sizeBytes, alignBytes)
  if (region.length < sizes.largest) throw invalid(`io: the region has ${region.length} bytes, and a block ${sizes.largest}`)
  const randomMap = yesOf('io', 'randomMap', options['randomMap'])
  if (randomMap && (pattern.kind !== 'random' || sizes.smallest !== sizes.largest || alignBytes !== sizes.smallest)) {
    throw invalid('io: randomMap (no block twice) is for pattern random and one block size, which align is')
  }
  const ends: Ends = {
    count: countOf('count', options['count']), bytes: optionalBytes('io', 'bytes', options['bytes']) ?? Infinity,
    durationMs: durationOf(options['duration']),
  }
  if (Object.values(ends).every((end) => end === Infinity)) throw invalid('io: say when it ends: count, bytes or duration')
  const mix = mixOf(options['mix'])
  const discards = mix.some(({ kind }) => kind === 'discard' || kind === 'writeZeroes')
  const { arrival = 'closed', holes = own && !discards ? 'refuse' : 'count', queueDepth = 1, syncEvery = 0, seed } = options
  if (arrival !== 'open' && arrival !== 'closed') throw invalid('io: arrival must be open or closed')
  if (holes !== 'refuse' && holes !== 'count') throw invalid('io: holes must be refuse or count')
  const pace: PaceOptions = {
    iops: rateOf('iops', options['iops'], (value) => typeof value === 'number' ? value : NaN),
    bytesPerSecond: rateOf('bytesPerSecond', options['bytesPerSecond'], (value) => bytesOf('io', 'bytesPerSecond', value)),
    open: arrival === 'open',
  }
  if (pace.open && pace.iops === 0 && pace.bytesPerSecond === 0) throw invalid('io: arrival open needs a rate: iops or bytesPerSecond')
  return {
    pattern, sizes, alignBytes, mix, region, randomMap, ends, pace, holes,
    queueDepth: wholeOf('io', 'queueDepth', queueDepth, 1, QUEUE_DEPTH_MAX),
    syncEvery: wholeOf('io', 'syncEvery', syncEvery, 0, Number.MAX_SAFE_INTEGER),
    syncAtEnd: yesOf('io', 'syncAtEnd', options['syncAtEnd']), verify: yesOf('io', 'verify', options['verify'], verify),
    continueOnError: yesOf('io', 'continueOnError', options['continueOnError']),
    seed: seed === undefined ? 0 : wholeOf('io', 'seed', seed, 0, Number.MAX_SAFE_INTEGER),
  }
}
