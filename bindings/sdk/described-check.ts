// Checks bytes that say who they are, as they come and without keeping them: nobody need know beforehand what was written, or by whom.
import type { PayloadDifference } from './content.ts'
import { BLOCK_BYTES, RING_BYTES } from './filler.ts'
import { STAMP_BYTES, Stamp, isBefore, writeNumber } from './stamp.ts'

/** What is known beforehand. */
export interface Known {
  /** Names the object may go by: the key, and what it would be with less of a prefix. */
  readonly names: readonly string[]
  /** Where the bytes are from and up to, this one not included; without, to the object's end. */
  readonly from?: number
  readonly to?: number
  /** What they must be made from: of the same seed, kind and size, whichever write it was. */
  readonly made?: Stamp
  /** The write they must be of, or a later one; 0 = any. */
  readonly version?: number
  /** False: bytes that say nothing of themselves are not judged. */
  readonly strict: boolean
  /** False: neither are those that name another object, nor those behind the end they say: a copy, or what was put together from parts. */
  readonly whole: boolean
}

const hexByte = (value: number | undefined): string => (value ?? 0).toString(16).padStart(2, '0')
/** Bytes that are held until they can be told: the rest of a block and the stamp behind it. */
const HELD_BYTES_MAX = BLOCK_BYTES + STAMP_BYTES

export class DescribedCheck {
  readonly #known: Known
  /** Position in the object of the next byte to compare. */
  #at: number
  /** Where the bytes end. */
  #limit: number
  #stamp: Stamp | undefined
  #held: Buffer | undefined
  #heldBytes = 0
  #judged = true
  #difference: PayloadDifference | undefined

  constructor(known: Known) {
    this.#known = known
    this.#at = known.from ?? 0
    this.#limit = known.to ?? Infinity
  }

  /** False when there was nothing to hold the bytes against. Known once all have come. */
  get judged(): boolean { return this.#judged }
  /** What is known to be wrong so far. */
  get wrong(): PayloadDifference | undefined { return this.#difference }
  /** What the bytes said of themselves. */
  get stamp(): Stamp | undefined { return this.#stamp }

  push(chunk: Uint8Array): void {
    if (this.#difference !== undefined || !this.#judged) return
    const rest = this.#stamp === undefined ? this.#findStamp(chunk) : this.#heldBytes > 0 ? this.#completeStamp(chunk) : chunk
    if (rest !== undefined && rest.length > 0) this.#compare(rest)
  }

  /** Undefined when all bytes came and were right, or can't be judged. */
  finish(): PayloadDifference | undefined {
    if (this.#difference !== undefined || !this.#judged) return this.#difference
    if (this.#stamp === undefined) return this.#finishUnstamped()
    if (this.#heldBytes > 0) this.#compareHeld()
    return this.wrong ?? this.#shortOf()
  }

  #shortOf(): PayloadDifference | undefined {
    if (this.#at >= this.#limit || this.#limit === Infinity) return undefined
    return { code: 'short', offset: this.#at, message: `the bytes end at ${this.#at} instead of ${this.#limit}` }
  }

  /** So few bytes that none of them says anything. */
  #finishUnstamped(): PayloadDifference | undefined {
    const { made } = this.#known
    if (made === undefined) {
      this.#judged = false
      return undefined
    }
    this.#begin(made)
    if (this.#heldBytes > 0) this.#compareHeld()
    return this.wrong ?? this.#shortOf()
  }

  #begin(stamp: Stamp): void {
    if (stamp.filler === undefined) {
      this.#judged = false
      return
    }
    this.#stamp = stamp
    this.#limit = Math.min(this.#limit, stamp.sizeBytes)
  }

  /** Holds bytes back until a stamp has come; gives those behind what it held, or undefined when more are needed. */
  #findStamp(chunk: Uint8Array): Uint8Array | undefined {
    const before = (BLOCK_BYTES - this.#at % BLOCK_BYTES) % BLOCK_BYTES
    const needed = before + STAMP_BYTES
    if (this.#heldBytes === 0 && chunk.length >= needed) {
      this.#identify(chunk, before)
      return this.#stamp === undefined ? undefined : chunk
    }
    const taken = this.#hold(chunk, needed)
    if (this.#heldBytes < needed || this.#held === undefined) return undefined
    this.#identify(this.#held, before)
    if (this.#stamp === undefined) return undefined
    this.#compareHeld()
    return chunk.subarray(taken)
  }

  /** A stamp of which the front came with the chunk before. */
  #completeStamp(chunk: Uint8Array): Uint8Array | undefined {
    const taken = this.#hold(chunk, STAMP_BYTES)
    if (this.#heldBytes < STAMP_BYTES && this.#at + this.#heldBytes < this.#limit) return undefined
    this.#compareHeld()
    return chunk.subarray(taken)
  }

  #hold(chunk: Uint8Array, upTo: number): number {
    this.#held ??= Buffer.allocUnsafe(HELD_BYTES_MAX)
    const taken = Math.min(chunk.length, upTo - this.#heldBytes)
    this.#held.set(chunk.subarray(0, taken), this.#heldBytes)
    this.#heldBytes += taken
    return taken
  }

  #compareHeld(): void {
    const held = this.#held?.subarray(0, this.#heldBytes)
    this.#heldBytes = 0
    if (held !== undefined) this.#compareAll(held)
  }

  /** Decides by the first stamp what all others must say. */
  #identify(bytes: Uint8Array, offset: number): void {
    const known = this.#known
    const { made, strict, whole, version = 0 } = known
    const at = this.#at + offset
    const stamp = Stamp.read(bytes, offset)
    if (stamp === undefined) {
      if (made !== undefined) this.#begin(made)
      else if (strict ? !isBlank(bytes, offset) : known.names.some((name) => Stamp.names(bytes, offset, name))) {
        this.#differ('corrupt', at, `the bytes at ${at} don't say what they are`)
      } else this.#judged = false
      return
    }
    const { number } = stamp
    if (!known.names.some((name) => stamp.isOf(name))) {
      if (!whole) this.#judged = false
      else this.#differ('misplaced', at, `the block at ${at} belongs to an object of another name`)
    } else if (number !== blockNumber(at)) this.#differ('misplaced', at, wrongPlace(at, number))
    else if (isBefore(stamp.version, version)) {
      this.#differ('stale', at, `write ${writeNumber(stamp.version)} of it came, though write ${writeNumber(version)} was confirmed before`)
    } else if (made !== undefined && !stamp.sameMaking(made)) {
      this.#differ('corrupt', at, `it was made from seed ${stamp.seed} as ${nameOf(stamp)}, not from seed ${made.seed} as ${nameOf(made)}`)
    } else if (made !== undefined && stamp.sizeBytes !== made.sizeBytes) {
      const [code, end] = stamp.sizeBytes < made.sizeBytes ? ['short', stamp.sizeBytes] as const : ['corrupt', made.sizeBytes] as const
      this.#differ(code, end, `it was written with ${stamp.sizeBytes} bytes instead of ${made.sizeBytes}`)
    } else this.#begin(stamp)
  }

  /** Compares but for a stamp that isn't all there yet. */
  #compare(bytes: Uint8Array): void {
    const end = this.#at + bytes.length
    const front = end % BLOCK_BYTES
    const kept = front > 0 && front < STAMP_BYTES && end < this.#limit && front < bytes.length ? front : 0
    this.#compareAll(kept === 0 ? bytes : bytes.subarray(0, bytes.length - kept))
    if (kept > 0 && this.#difference === undefined) this.#hold(bytes.subarray(bytes.length - kept), STAMP_BYTES)
  }

  #compareAll(bytes: Uint8Array): void {
    const stamp = this.#stamp
    let done = 0
    while (stamp !== undefined && done < bytes.length && this.#difference === undefined) {
      if (this.#at >= this.#limit) {
        if (this.#known.whole) this.#differ('corrupt', this.#limit, `more bytes came than the ${this.#limit} expected`)
        return
      }
      const inRing = this.#at % RING_BYTES
      const length = Math.min(bytes.length - done, this.#limit - this.#at, RING_BYTES - inRing)
      const got = done === 0 && length === bytes.length ? bytes : bytes.subarray(done, done + length)
      // One comparison tells for all of it; where they differ is looked for only once it is known that they do.
      if (!stamp.matches(this.#at, got)) this.#locate(stamp, got)
      this.#at += length
      done += length
    }
  }

  /** Where they differ, and in what way. */
  #locate(stamp: Stamp, got: Uint8Array): void {
    const want = stamp.expected(this.#at, got.length)
    let i = 0
    while (want[i] === got[i]) i++
    const at = this.#at + i
    const block = at - at % BLOCK_BYTES
    const found = at - block < STAMP_BYTES && block >= this.#at ? Stamp.read(got, block - this.#at) : undefined
    if (found === undefined || (found.number === blockNumber(block) && found.sameKey(stamp) && sameAll(found, stamp))) {
      this.#differ('corrupt', at, `byte ${at} is 0x${hexByte(got[i])} instead of 0x${hexByte(want[i])}`)
    } else if (!found.sameKey(stamp)) {
      this.#differ('misplaced', block, `the block at ${block} belongs to an object of another name`)
    } else if (found.number !== blockNumber(block)) this.#differ('misplaced', block, wrongPlace(block, found.number))
    else {
      const [one, other] = [stamp, found].map(({ version, seed, sizeBytes }) =>
        `write ${writeNumber(version)} (seed ${seed}, ${sizeBytes} bytes)`)
      this.#differ('torn', block, `the block at ${block} is of ${other ?? ''}, those before it of ${one ?? ''}`)
    }
  }

  #differ(code: PayloadDifference['code'], offset: number, message: string): void { this.#difference = { code, offset, message } }
}

const blockNumber = (at: number): number => at / BLOCK_BYTES & 0xff_ffff
const wrongPlace = (at: number, number: number): string => `the block at ${at} belongs to ${number * BLOCK_BYTES}`
const nameOf = ({ kind, percent }: Stamp): string => kind !== 'compressible' && kind !== 'dedupable' ? kind : `${percent} % ${kind}`
const sameAll = (one: Stamp, other: Stamp): boolean =>
  one.sameMaking(other) && one.version === other.version && one.sizeBytes === other.sizeBytes
/** A stamp of zeros: what a dedupable payload has in the units it shares. */
const isBlank = (bytes: Uint8Array, at: number): boolean => bytes.subarray(at, at + STAMP_BYTES).every((byte) => byte === 0)
