// Payload bytes, made and checked from (seed, size, pattern, key): never stored, never inside a sandbox.
//
// 'zero' is zeros and no more. All else says in each 4 KiB who it is (stamp.ts): whoever reads it can check it (described-check.ts).
import type { Content, PayloadDifference } from './content.ts'
import { DescribedContent } from './described.ts'
import { StorageError } from './errors.ts'
import type { FillerKind } from './filler.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { Stamp } from './stamp.ts'

export const PAYLOAD_PATTERNS = ['random', 'zero', 'text'] as const
export type PayloadPattern = (typeof PAYLOAD_PATTERNS)[number]

/** What a payload is made from, beside the key of the object it is for. */
export interface PayloadSpec {
  readonly sizeBytes: number
  readonly seed: number
  readonly pattern: PayloadPattern
  /** The name the bytes are made for, where it isn't the key they are stored under. */
  readonly key?: string
  /** Of random bytes: how many percent compress away, or are the same in every object. */
  readonly compressible?: number
  readonly dedupable?: number
  /** A file's number: instead of pattern and seed. */
  readonly file?: number
  /** Which write of this key it is, where they are counted. */
  readonly version?: number
}

const ZEROS = new Uint8Array(1024 ** 2)

class ZeroContent implements Content {
  readonly sizeBytes: number
  constructor(sizeBytes: number) { this.sizeBytes = sizeBytes }
  chunk(offset: number, maxLength: number): Uint8Array {
    return ZEROS.subarray(0, Math.min(maxLength, this.sizeBytes - offset))
  }
}

const kindOf = ({ pattern, compressible, dedupable, file }: PayloadSpec): FillerKind =>
  file !== undefined ? 'file' : pattern === 'text' ? 'text' : compressible !== undefined ? 'compressible'
    : dedupable !== undefined ? 'dedupable' : 'random'

/** What each block of a payload says; of any pattern but zero. */
export const stampOf = (spec: PayloadSpec, key: string): Stamp => Stamp.of({
  key: spec.key ?? key, seed: spec.file ?? spec.seed, sizeBytes: spec.sizeBytes, kind: kindOf(spec),
  percent: spec.compressible ?? spec.dedupable ?? 0, version: spec.version ?? 0,
})

/** The bytes of a payload made for the object `key` (the key as the script names it, without the run's prefix). */
export const payloadContent = (spec: PayloadSpec, key: string): Content =>
  spec.pattern === 'zero' && spec.file === undefined ? new ZeroContent(spec.sizeBytes)
    : new DescribedContent(spec.sizeBytes, stampOf(spec, key))

/** Bytes at hand as a content. They must not change while it is used. */
export const bytesContent = (bytes: Uint8Array): Content => ({
  sizeBytes: bytes.length,
  chunk: (offset, maxLength) =>
    offset === 0 && maxLength >= bytes.length ? bytes : bytes.subarray(offset, Math.min(bytes.length, offset + maxLength)),
})

/** Compares bytes that come in chunks with a content, or a part of it, without keeping any. */
export class PayloadCheck {
  readonly #expected: Content
  readonly #end: number
  #at: number
  #difference: PayloadDifference | undefined

  /** Expects the bytes from `offset` (default 0) up to `end` (default the content's size). */
  constructor(expected: Content, offset = 0, end = expected.sizeBytes) {
    this.#expected = expected
    this.#at = offset
    this.#end = Math.min(end, expected.sizeBytes)
  }

  push(chunk: Uint8Array): void {
    let done = 0
    while (done < chunk.length && this.#difference === undefined) {
      if (this.#at >= this.#end) {
        this.#difference = { code: 'corrupt', offset: this.#at, message: `more bytes came than the ${this.#end} expected` }
        return
      }
      const want = this.#expected.chunk(this.#at, Math.min(chunk.length - done, this.#end - this.#at))
      const got = done === 0 && want.length === chunk.length ? chunk : chunk.subarray(done, done + want.length)
      // memcmp, at the speed of memory; where they differ is looked for only once it is known that they do.
      if (Buffer.compare(want, got) !== 0) this.#locate(want, got)
      this.#at += want.length
      done += want.length
    }
  }

  /** Undefined when all bytes came and were right. */
  finish(): PayloadDifference | undefined {
    if (this.#difference === undefined && this.#at < this.#end) {
      return { code: 'short', offset: this.#at, message: `the bytes end at ${this.#at} instead of ${this.#end}` }
    }
    return this.#difference
  }

  #locate(want: Uint8Array, got: Uint8Array): void {
    let i = 0
    while (want[i] === got[i]) i++
    this.#difference = {
      code: 'corrupt', offset: this.#at + i,
      message: `byte ${this.#at + i} is 0x${hexByte(got[i])} instead of 0x${hexByte(want[i])}`,
    }
  }
}
const hexByte = (value: number | undefined): string => (value ?? 0).toString(16).padStart(2, '0')

/** True for a payload as `payload()` gives it to a script and the border carries it. */
export const isPayload = (value: Json | undefined): value is JsonObject => isJsonObject(value) && value['payload'] === true

function percentOf(name: string, value: Json | undefined, pattern: PayloadPattern): number | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 100) {
    throw new StorageError('invalid', `payload: ${name} must be a whole number of percent, 0 to 100`)
  }
  if (pattern !== 'random') throw new StorageError('invalid', `payload: ${name} is for random bytes, not for ${pattern}`)
  return value
}

/**
 * A payload as it crosses the border, `{ payload: true, sizeBytes, seed?, pattern?, compressible?, dedupable?, file?, key? }`, checked;
 * without a seed of its own it has the run's. Throws StorageError('invalid') naming what is wrong.
 */
export function payloadSpec(value: JsonObject, runSeed: number): PayloadSpec {
  const { sizeBytes, seed = runSeed, pattern: named = 'random', key, version, file } = value
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new StorageError('invalid', 'payload: sizeBytes must be a whole number of bytes')
  }
  if (typeof seed !== 'number' || !Number.isSafeInteger(seed)) throw new StorageError('invalid', 'payload: seed must be a whole number')
  const pattern = PAYLOAD_PATTERNS.find((known) => known === named)
  if (pattern === undefined) throw new StorageError('invalid', `payload: the patterns are ${PAYLOAD_PATTERNS.join(', ')}`)
  if (key !== undefined && typeof key !== 'string') throw new StorageError('invalid', 'payload: key must be a string')
  if (version !== undefined && !(typeof version === 'number' && Number.isInteger(version) && version >= 0 && version < 2 ** 32)) {
    throw new StorageError('invalid', 'payload: version must be a whole number of 32 bits')
  }
  const compressible = percentOf('compressible', value['compressible'], pattern)
  const dedupable = percentOf('dedupable', value['dedupable'], pattern)
  if (file !== undefined && !(typeof file === 'number' && Number.isSafeInteger(file))) {
    throw new StorageError('invalid', 'payload: file must be what fromFile() gave')
  }
  if ([compressible, dedupable, file].filter((one) => one !== undefined).length > 1) {
    throw new StorageError('invalid', 'payload: it can be one of compressible, dedupable and from a file')
  }
  if (key === undefined && compressible === undefined && dedupable === undefined && version === undefined && file === undefined) {
    return { sizeBytes, seed, pattern }
  }
  return {
    sizeBytes, seed, pattern, ...(key === undefined ? {} : { key }), ...(compressible === undefined ? {} : { compressible }),
    ...(dedupable === undefined ? {} : { dedupable }), ...(version === undefined ? {} : { version }),
    ...(file === undefined ? {} : { file }),
  }
}
