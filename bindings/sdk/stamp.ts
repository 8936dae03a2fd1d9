// Who a payload's bytes are: the 32 bytes at the front of each of its blocks of 4 KiB.
//
// The format, version 2: eight words of 32 bits, little-endian on every machine chopsticks is known to run on (they are the machine's own).
//
//   0  the check: a hash of the words 1 to 7
//   1  2  the key, hashed to 64 bits: the name as a script writes it, without the run's prefix
//   3  4  the seed, 53 bits, or the file's number (filler.ts); above them, 4 bits of what the filler is and 7 of its percentage
//   5  the version: which write of this key it was, 24 bits, and by which shard, 8 bits above; 0 where writes are not counted, and in
//      objects below 32 bytes
//   6  7  the size of the whole object, 40 bits; below their upper 8, in word 7, the number of this block, 24 bits
//
// What stands between the stamps is the filler's ring (filler.ts) at the same position, modulo its 4 MiB. In a dedupable payload some
// units of 64 KiB have stamps of zeros, so that they are the same in every object. A last block below 32 bytes has the front of its stamp.
import { BLOCK_BYTES, RING_BYTES, fileFiller, fillerOf, type Filler, type FillerKind } from './filler.ts'
import { mix32 } from './mix.ts'

export const STAMP_BYTES = 32
const STAMP_WORDS = STAMP_BYTES / 4
export const BLOCK_WORDS = BLOCK_BYTES / 4
const GOLDEN = 0x9e3779b9
const KINDS: readonly FillerKind[] = ['random', 'text', 'compressible', 'dedupable', 'file']
/** Blocks of one unit of a dedupable payload. */
const UNIT_BLOCKS = 16
const NUMBER_MASK = 0xff_ffff
/** Where a stamp is read: the bytes it comes in need not begin at a word. */
const readWords = new Int32Array(STAMP_WORDS)
const readBytes = new Uint8Array(readWords.buffer)
type Words = readonly [check: number, number, number, number, number, number, number, number]

/** The two halves of a key's 64 bits. */
function hashLow(key: string): number {
  let hash = 0x811c9dc5 | 0
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return mix32(hash ^ key.length) | 0
}
function hashHigh(key: string): number {
  let hash = GOLDEN | 0
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x5bd1e995)
  return mix32(hash) | 0
}

/** The version of a shard's write number `count` of a key: shards count by themselves, so that only one's own can be put in order. */
export const writeVersion = (writer: number, count: number): number => ((writer & 0xff) << 24 | count & NUMBER_MASK) >>> 0
/** The count of a version. */
export const writeNumber = (version: number): number => version & NUMBER_MASK
/** True of a write that came before another of the same writer. */
export const isBefore = (version: number, other: number): boolean => version >>> 24 === other >>> 24 && version < other

/** What a stamp is made from. */
export interface StampFacts {
  readonly key: string
  readonly seed: number
  readonly sizeBytes: number
  readonly kind: FillerKind
  readonly percent: number
  readonly version: number
}

/** What all blocks of one object say. */
export class Stamp {
  readonly #w1: number
  readonly #w2: number
  readonly #w3: number
  readonly #w4: number
  readonly #w5: number
  readonly #w6: number
  /** The size's upper bits, where they stand in word 7. */
  readonly #high: number
  /** Words 1 to 6, hashed. */
  readonly #base: number
  /** Of one that was read: the block it says it stands in, modulo 2^24. */
  readonly number: number

  private constructor(w1: number, w2: number, w3: number, w4: number, w5: number, w6: number, w7: number) {
    this.#w1 = w1
    this.#w2 = w2
    this.#w3 = w3
    this.#w4 = w4
    this.#w5 = w5
    this.#w6 = w6
    this.#high = w7 & ~NUMBER_MASK
    this.number = w7 & NUMBER_MASK
    let hash = mix32(w1 ^ 0x63735632)
    hash = mix32(hash + w2)
    hash = mix32(hash + w3)
    hash = mix32(hash + w4)
    hash = mix32(hash + w5)
    this.#base = mix32(hash + w6)
  }

  static of({ key, seed, sizeBytes, kind, percent, version }: StampFacts): Stamp {
    const above = KINDS.indexOf(kind) << 21 | percent << 25
    const counted = sizeBytes < STAMP_BYTES ? 0 : version
    return new Stamp(hashLow(key), hashHigh(key), seed | 0, Math.floor(seed / 2 ** 32) & 0x1f_ffff | above, counted | 0, sizeBytes | 0,
      Math.floor(sizeBytes / 2 ** 32) << 24)
  }

  /** The stamp of a block as its bytes say it; undefined when they are none. */
  static read(bytes: Uint8Array, at: number): Stamp | undefined {
    if (bytes.length < at + STAMP_BYTES) return undefined
    for (let i = 0; i < STAMP_BYTES; i++) readBytes[i] = bytes[at + i] as number
    const [check, w1, w2, w3, w4, w5, w6, w7] = readWords as unknown as Words
    const stamp = new Stamp(w1, w2, w3, w4, w5, w6, w7)
    return stamp.#checkOf(w7) === check && KINDS[w4 >>> 21 & 15] !== undefined ? stamp : undefined
  }

  /** True of bytes that name this key where a stamp does, whatever else they say. */
  static names(bytes: Uint8Array, at: number, key: string): boolean {
    if (bytes.length < at + STAMP_BYTES) return false
    for (let i = 0; i < STAMP_BYTES; i++) readBytes[i] = bytes[at + i] as number
    const [, w1, w2] = readWords as unknown as Words
    return w1 === hashLow(key) && w2 === hashHigh(key)
  }

  /** Modulo 1 TiB. */
  get sizeBytes(): number { return (this.#high >>> 24) * 2 ** 32 + (this.#w6 >>> 0) }
  get version(): number { return this.#w5 >>> 0 }
  /** The seed as it was given, where that was not below 0. */
  get seed(): number { return (this.#w4 & 0x1f_ffff) * 2 ** 32 + (this.#w3 >>> 0) }
  get kind(): FillerKind { return KINDS[this.#w4 >>> 21 & 15] ?? 'random' }
  get percent(): number { return this.#w4 >>> 25 }
  /** Undefined where it is a file that this process doesn't know. */
  get filler(): Filler | undefined {
    const { kind } = this
    return kind === 'file' ? fileFiller(this.seed) : fillerOf(kind, this.percent)
  }

  isOf(key: string): boolean { return this.#w1 === hashLow(key) && this.#w2 === hashHigh(key) }
  sameKey(other: Stamp): boolean { return this.#w1 === other.#w1 && this.#w2 === other.#w2 }
  /** True when both are made from the same seed in the same way; size and version aside. */
  sameMaking(other: Stamp): boolean { return this.#w3 === other.#w3 && this.#w4 === other.#w4 }

  /** Writes the stamps of blocks, from word `at` on. */
  write(words: Int32Array, at: number, firstBlock: number, blocks: number): void {
    const shared = this.kind === 'dedupable'
    for (let block = firstBlock, word = at; block < firstBlock + blocks; block++, word += BLOCK_WORDS) {
      if (shared && this.#isShared(block)) {
        words.fill(0, word, word + STAMP_WORDS)
        continue
      }
      const w7 = this.#high | block & NUMBER_MASK
      words[word] = this.#checkOf(w7)
      words[word + 1] = this.#w1
      words[word + 2] = this.#w2
      words[word + 3] = this.#w3
      words[word + 4] = this.#w4
      words[word + 5] = this.#w5
      words[word + 6] = this.#w6
      words[word + 7] = w7
    }
  }

  /** True when bytes from a position of the object are as they should be: at most up to the ring's end, none behind the object's. */
  matches(at: number, bytes: Uint8Array): boolean { return Buffer.compare(this.expected(at, bytes.length), bytes) === 0 }

  /** What the bytes from a position are; valid until anyone asks for any, as they stand in memory that is used again. */
  expected(at: number, length: number): Uint8Array {
    const inRing = at % RING_BYTES
    const { filler } = this
    if (filler === undefined) throw new TypeError('what an unknown file holds is not to be expected')
    const { bytes, words } = filler.scratch
    const skipped = Math.floor(inRing / BLOCK_BYTES)
    this.write(words, skipped * BLOCK_WORDS, Math.floor(at / BLOCK_BYTES), Math.ceil((inRing + length) / BLOCK_BYTES) - skipped)
    return bytes.subarray(inRing, inRing + length)
  }

  #checkOf(w7: number): number { return mix32(this.#base ^ Math.imul(w7, GOLDEN)) | 0 }

  /** The first unit says who the object is, whatever the others do. */
  #isShared(block: number): boolean {
    const unit = Math.floor(block / UNIT_BLOCKS)
    return unit > 0 && mix32(Math.imul(unit, GOLDEN)) % 100 < this.percent
  }
}
