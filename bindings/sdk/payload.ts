// Payload bytes, made and checked from (seed, size, pattern, key): never stored, never copied, never inside a sandbox.
//
// The format, version 1. An object of a patterned payload is a stamp of 16 bytes and then a walk through a ring of 4 MiB, which
// is the same for every object of its pattern. The identity of the object, a 64-bit hash (a, b) of seed and key, gives the stamp
// and where the walk starts; so two objects of different key or seed differ in their first bytes, and a block read from the wrong
// object is found out wherever it comes from. With position p in the object and lap = floor(p / 4 MiB):
//
//   p < 16    stamp[p]: 'random': the words a, b, mix32(a ^ b), mix32(a + b), little-endian; 'text': a and b as 16 hex digits
//   p >= 16   ring[(a + lap * 1_048_573 + p) mod 4 MiB]
//   'random'  ring word i (32 bits, little-endian) is mix32((i + 1) * 0x9e3779b9): incompressible, also within one RADOS object
//   'text'    words of English letters between spaces and new lines: compresses about 3 : 1
//   'zero'    every byte is 0, the stamp too
//
// A longer object of the same seed and key begins with the bytes of a shorter one.
import { StorageError } from './errors.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { mix32 } from './mix.ts'

export const PAYLOAD_PATTERNS = ['random', 'zero', 'text'] as const
export type PayloadPattern = (typeof PAYLOAD_PATTERNS)[number]

/** What a payload is made from, beside the key of the object it is for. */
export interface PayloadSpec {
  readonly sizeBytes: number
  readonly seed: number
  readonly pattern: PayloadPattern
  /** The name the bytes are made for, where it isn't the key they are stored under. */
  readonly key?: string
}

/** Bytes that can be read again and again from any offset: a body a driver can send twice. */
export interface Content {
  readonly sizeBytes: number
  /**
   * A view of the bytes from `offset` on: at least one byte, at most `maxLength`, valid for as long as the content is.
   * It must not be written to. `offset` lies below `sizeBytes`.
   */
  chunk(offset: number, maxLength: number): Uint8Array
}

/** How received bytes differ from the ones expected. */
export interface PayloadDifference {
  /** 'short': the bytes were right but ended early; 'corrupt': wrong, or too many. */
  readonly code: 'corrupt' | 'short'
  /** Position in the object of the first byte that is wrong, missing or too much. */
  readonly offset: number
  readonly message: string
}

const RING_BYTES = 4 * 1024 ** 2
/** The ring's first bytes again behind its end, so that a chunk up to this size is always in one piece. */
const OVERLAP_BYTES = 1024 ** 2
const STAMP_BYTES = 16
/** A prime: laps of one object don't line up with RADOS' 4 MiB objects. */
const LAP_SHIFT_BYTES = 1_048_573
const GOLDEN = 0x9e3779b9

/** Writes 32 bits, little-endian. */
function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word
  bytes[at + 1] = word >>> 8
  bytes[at + 2] = word >>> 16
  bytes[at + 3] = word >>> 24
}

function randomRing(): Uint8Array {
  const ring = new Uint8Array(RING_BYTES + OVERLAP_BYTES)
  for (let i = 0; i < RING_BYTES / 4; i++) {
    putWord(ring, 4 * i, mix32(Math.imul(i + 1, GOLDEN)))
  }
  ring.copyWithin(RING_BYTES, 0, OVERLAP_BYTES)
  return ring
}

const SYLLABLES = ['ba', 'co', 'den', 'el', 'fir', 'gu', 'ham', 'is', 'jo', 'kel', 'lu', 'mon', 'nar', 'op', 'pri', 'qua'] as const

function textRing(): Uint8Array {
  const ring = new Uint8Array(RING_BYTES + OVERLAP_BYTES)
  let at = 0
  for (let word = 1; at < RING_BYTES; word++) {
    let bits = mix32(Math.imul(word, GOLDEN))
    for (let left = 1 + (bits & 3); left > 0; left--) {
      bits >>>= 4
      for (const letter of SYLLABLES[bits & 15] ?? '') ring[at++] = letter.charCodeAt(0)
    }
    ring[at++] = word % 12 === 0 ? 10 : 32
  }
  ring.copyWithin(RING_BYTES, 0, OVERLAP_BYTES)
  return ring
}

/** Made when first asked for: 4 MiB take some milliseconds, and most runs use one pattern. */
const rings = new Map<PayloadPattern, Uint8Array>()
function ringOf(pattern: PayloadPattern): Uint8Array {
  let ring = rings.get(pattern)
  if (ring === undefined) {
    ring = pattern === 'random' ? randomRing() : pattern === 'text' ? textRing() : new Uint8Array(OVERLAP_BYTES)
    rings.set(pattern, ring)
  }
  return ring
}

class ZeroContent implements Content {
  readonly sizeBytes: number
  readonly #zeros = ringOf('zero')
  constructor(sizeBytes: number) { this.sizeBytes = sizeBytes }
  chunk(offset: number, maxLength: number): Uint8Array {
    return this.#zeros.subarray(0, Math.min(maxLength, this.sizeBytes - offset))
  }
}

class RingContent implements Content {
  readonly sizeBytes: number
  readonly #ring: Uint8Array
  readonly #a: number
  readonly #b: number
  readonly #pattern: 'random' | 'text'

  constructor(sizeBytes: number, seed: number, pattern: 'random' | 'text', key: string) {
    this.sizeBytes = sizeBytes
    this.#pattern = pattern
    this.#ring = ringOf(pattern)
    let a = (0x811c9dc5 ^ seed) | 0
    let b = (GOLDEN ^ Math.floor(seed / 2 ** 32)) | 0
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i)
      a = Math.imul(a ^ unit, 0x01000193)
      b = Math.imul(b ^ unit, 0x5bd1e995)
    }
    this.#a = mix32(a ^ key.length)
    this.#b = mix32(b)
  }

  chunk(offset: number, maxLength: number): Uint8Array {
    const length = Math.min(maxLength, this.sizeBytes - offset)
    if (offset < STAMP_BYTES) {
      const stamp = this.#stamp()
      return offset === 0 && length >= STAMP_BYTES ? stamp : stamp.subarray(offset, Math.min(STAMP_BYTES, offset + length))
    }
    const lap = Math.floor(offset / RING_BYTES)
    const start = (this.#a + lap * LAP_SHIFT_BYTES + offset) % RING_BYTES
    return this.#ring.subarray(start, start + Math.min(length, (lap + 1) * RING_BYTES - offset, RING_BYTES + OVERLAP_BYTES - start))
  }

  #stamp(): Uint8Array {
    const stamp = new Uint8Array(STAMP_BYTES)
    if (this.#pattern === 'text') {
      const hex = this.#a.toString(16).padStart(8, '0') + this.#b.toString(16).padStart(8, '0')
      for (let i = 0; i < STAMP_BYTES; i++) stamp[i] = hex.charCodeAt(i)
      return stamp
    }
    putWord(stamp, 0, this.#a)
    putWord(stamp, 4, this.#b)
    putWord(stamp, 8, mix32(this.#a ^ this.#b))
    putWord(stamp, 12, mix32(this.#a + this.#b))
    return stamp
  }
}

/** The bytes of a payload made for the object `key` (the key as the script names it, without the run's prefix). */
export const payloadContent = (spec: PayloadSpec, key: string): Content =>
  spec.pattern === 'zero' ? new ZeroContent(spec.sizeBytes) : new RingContent(spec.sizeBytes, spec.seed, spec.pattern, spec.key ?? key)

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

/**
 * A payload as it crosses the border, `{ payload: true, sizeBytes, seed?, pattern?, key? }`, checked; without a seed of its own it
 * has the run's. Throws StorageError('invalid') naming what is wrong.
 */
export function payloadSpec(value: JsonObject, runSeed: number): PayloadSpec {
  const { sizeBytes, seed = runSeed, pattern: named = 'random', key } = value
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new StorageError('invalid', 'payload: sizeBytes must be a whole number of bytes')
  }
  if (typeof seed !== 'number' || !Number.isSafeInteger(seed)) throw new StorageError('invalid', 'payload: seed must be a whole number')
  const pattern = PAYLOAD_PATTERNS.find((known) => known === named)
  if (pattern === undefined) throw new StorageError('invalid', `payload: the patterns are ${PAYLOAD_PATTERNS.join(', ')}`)
  if (key !== undefined && typeof key !== 'string') throw new StorageError('invalid', 'payload: key must be a string')
  return key === undefined ? { sizeBytes, seed, pattern } : { sizeBytes, seed, pattern, key }
}
