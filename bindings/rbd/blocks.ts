// What is written to images, and how it is told again: every sector of 512 bytes says who it is.
//
// The format, version 1: a sector begins with eight words of 32 bits, little-endian on every machine chopsticks is known to run on:
//
//   0  the check: a hash of the words 1 to 7
//   1  2  the image's name as a script writes it, hashed to 64 bits
//   3  the sector's number in the image, its lower 32 bits
//   4  the run's seed, hashed
//   5  the version: which write of this writer to this image it was, from 1 on
//   6  the writer (its shard), 12 bits above; which sector of its write it was, 20 bits
//   7  how many sectors its write had, 20 bits above; where in the ring its filler is from, 12 bits
//
// The rest of the sector, 480 bytes, is the filler's ring (sdk/filler.ts) at that place: 2 MiB of it, in steps of a sector.
import { fillerOf } from '../sdk/filler.ts'
import { mix32 } from '../sdk/mix.ts'

export const SECTOR_BYTES = 512
const SECTOR_WORDS = SECTOR_BYTES / 4
const STAMP_BYTES = 32
const RING_SECTORS = 4096
const RING_BYTES = RING_SECTORS * SECTOR_BYTES
const COUNT_MASK = 0xf_ffff
const PLACE_MASK = RING_SECTORS - 1
const GOLDEN = 0x9e3779b9

/** A name as sectors bear it. */
export interface NameHash { readonly low: number; readonly high: number }

export function hashName(name: string): NameHash {
  let low = 0x811c9dc5 | 0
  let high = GOLDEN | 0
  for (let i = 0; i < name.length; i++) {
    low = Math.imul(low ^ name.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ name.charCodeAt(i), 0x5bd1e995)
  }
  return { low: mix32(low ^ name.length) | 0, high: mix32(high) | 0 }
}

let ring: Buffer | undefined
/** The filler, made when it is first needed. */
const fillerRing = (): Buffer => ring ??= Buffer.from(fillerOf('random', 0).ring.buffer, 0, RING_BYTES)

/** Fills a buffer with what its sectors hold beside their stamps, the ring from `place` (in sectors) on. */
export function fillSectors(bytes: Uint8Array, lengthBytes: number, place: number): void {
  const from = fillerRing()
  let at = 0
  let inRing = (place & PLACE_MASK) * SECTOR_BYTES
  while (at < lengthBytes) {
    const length = Math.min(lengthBytes - at, RING_BYTES - inRing)
    from.copy(bytes, at, inRing, inRing + length)
    at += length
    inRing = 0
  }
}

/** Stamps what one writer of one image writes. */
export class SectorWriter {
  readonly #name: NameHash
  readonly #seed: number
  readonly #writer: number

  constructor(name: NameHash, seed: number, writer: number) {
    this.#name = name
    this.#seed = mix32(seed ^ mix32(Math.floor(seed / 2 ** 32))) | 0
    this.#writer = (writer & 0xfff) << 20
  }

  /** Makes the first `sectors` sectors of a buffer that was filled from `place` on those of one write to the image. */
  stamp(words: Int32Array, firstSector: number, sectors: number, version: number, place: number): void {
    const { low, high } = this.#name
    const base = baseOf(low, high, this.#seed, version)
    const count = Math.min(sectors, COUNT_MASK) << 12
    for (let index = 0, word = 0; index < sectors; index++, word += SECTOR_WORDS) {
      const number = (firstSector + index) | 0
      const whose = this.#writer | Math.min(index, COUNT_MASK)
      const where = count | (place + index) & PLACE_MASK
      words[word] = checkOf(base, number, whose, where)
      words[word + 1] = low
      words[word + 2] = high
      words[word + 3] = number
      words[word + 4] = this.#seed
      words[word + 5] = version | 0
      words[word + 6] = whose
      words[word + 7] = where
    }
  }
}

const baseOf = (low: number, high: number, seed: number, version: number): number =>
  mix32(mix32(mix32(mix32(low ^ 0x63736231) + high) + seed) + version)
const checkOf = (base: number, number: number, whose: number, where: number): number =>
  mix32(mix32(mix32(base ^ Math.imul(number, GOLDEN)) + whose) + where) | 0

/** How what was read differs from what it should be. */
interface SectorProblem {
  readonly code: 'corrupt' | 'misplaced' | 'torn' | 'stale' | 'lost'
  /** Position in the image. */
  readonly offset: number
  readonly message: string
}

/** Two writes at once touched it: either may have come last, in part. */
export const UNTOLD = -1

/** What is known of an image beforehand. */
export interface KnownImage {
  /** Names its sectors may bear: its own, and that of what it was cloned or copied from. */
  readonly names: readonly NameHash[]
  /** Of whom the versions expected are. */
  readonly writer: number
  /** The last write to a sector that was confirmed before it was read; 0: not known; UNTOLD: it can't be judged by versions. */
  expected(sector: number): number
  /** True: what says nothing of itself is corrupt, not merely unknown. */
  readonly strict: boolean
}

export interface SectorReport {
  readonly problem: SectorProblem | undefined
  /** Sectors that hold zeros where a stamp would be. */
  readonly holes: number
  /** False where nothing of it said what it is. */
  readonly judged: boolean
}

const isZero = (words: Int32Array, at: number): boolean =>
  words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0 && words[at + 5] === 0 && words[at + 7] === 0

/** True where a sector begins with zeros: nothing was written there, or it was discarded. */
export const isHole = (words: Int32Array): boolean => isZero(words, 0)

const wordsOf = (words: Int32Array, at: number, index: number): number => words[at + index] ?? 0

/** What a sector says of itself is right: by its check, and as it stands in the ring. */
const isWhole = (words: Int32Array, at: number): boolean =>
  checkOf(baseOf(wordsOf(words, at, 1), wordsOf(words, at, 2), wordsOf(words, at, 4), wordsOf(words, at, 5)), wordsOf(words, at, 3),
    wordsOf(words, at, 6), wordsOf(words, at, 7)) === words[at]

/**
 * Judges sectors that were read: `words` and `bytes` are the same memory, which begins with sector `first` of the image. The first thing
 * that is wrong ends it.
 */
export function judgeSectors(
  words: Int32Array, bytes: Uint8Array, first: number, sectors: number, known: KnownImage,
): SectorReport {
  const filler = fillerRing()
  let holes = 0
  let judged = false
  for (let index = 0; index < sectors; index++) {
    const at = index * SECTOR_WORDS
    const sector = first + index
    const expected = known.expected(sector)
    if (isZero(words, at)) {
      holes++
      if (expected > 0) return wrong('lost', sector, `nothing is at ${sector * SECTOR_BYTES}, though write ${expected} to it was confirmed`)
      continue
    }
    if (!isWhole(words, at)) {
      if (expected > 0 || known.strict || bearsName(words, at, known)) {
        return wrong('corrupt', sector, `the sector at ${sector * SECTOR_BYTES} doesn't say what it is`)
      }
      continue
    }
    judged = true
    const problem = misplacedOf(words, at, sector, known) ?? staleOf(words, at, sector, expected, known.writer) ??
      tornOf(words, index, first, sectors, known) ?? fillerOfSector(words, bytes, index, sector, filler)
    if (problem !== undefined) return { problem, holes, judged: true }
  }
  return { problem: undefined, holes, judged }

  function wrong(code: SectorProblem['code'], sector: number, message: string): SectorReport {
    return { problem: { code, offset: sector * SECTOR_BYTES, message }, holes, judged: true }
  }
}

const bearsName = (words: Int32Array, at: number, { names }: KnownImage): boolean =>
  names.some(({ low, high }) => words[at + 1] === low && words[at + 2] === high)

function misplacedOf(words: Int32Array, at: number, sector: number, known: KnownImage): SectorProblem | undefined {
  const offset = sector * SECTOR_BYTES
  if (!bearsName(words, at, known)) return { code: 'misplaced', offset, message: `the sector at ${offset} belongs to another image` }
  const number = wordsOf(words, at, 3)
  if (number === (sector | 0)) return undefined
  return { code: 'misplaced', offset, message: `the sector at ${offset} belongs to ${(number >>> 0) * SECTOR_BYTES}` }
}

function staleOf(words: Int32Array, at: number, sector: number, expected: number, writer: number): SectorProblem | undefined {
  const version = wordsOf(words, at, 5) >>> 0
  if (expected <= 0 || wordsOf(words, at, 6) >>> 20 !== (writer & 0xfff) || version >= expected) return undefined
  const offset = sector * SECTOR_BYTES
  return { code: 'stale', offset, message: `write ${version} is at ${offset}, though write ${expected} to it was confirmed` }
}

/**
 * A write leaves none of its sectors as an earlier one of the same writer left them: neighbours that say so are of a write that was cut.
 * Each is held against the one before it alone: a cut between them shows there.
 */
function tornOf(words: Int32Array, index: number, first: number, sectors: number, known: KnownImage): SectorProblem | undefined {
  if (known.expected(first + index) === UNTOLD) return undefined
  const at = index * SECTOR_WORDS
  const [version, whose, count] = [wordsOf(words, at, 5) >>> 0, wordsOf(words, at, 6), wordsOf(words, at, 7) >>> 12]
  const inWrite = whose & COUNT_MASK
  for (const step of [-1, 1]) {
    const other = index + step
    const isInWrite = inWrite + step >= 0 && inWrite + step < count
    if (other < 0 || other >= sectors || !isInWrite) continue
    const beside = other * SECTOR_WORDS
    const sameWriter = wordsOf(words, beside, 6) >>> 20 === whose >>> 20
    const earlier = wordsOf(words, beside, 5) >>> 0
    if (!sameWriter || earlier >= version || isZero(words, beside) || !isWhole(words, beside)) continue
    if (known.expected(first + other) === UNTOLD) continue
    const offset = (first + other) * SECTOR_BYTES
    return {
      code: 'torn', offset,
      message: `the sector at ${offset} is of write ${earlier}, the one beside it of write ${version}, which had both`,
    }
  }
  return undefined
}

function fillerOfSector(
  words: Int32Array, bytes: Uint8Array, index: number, sector: number, filler: Buffer,
): SectorProblem | undefined {
  const place = (wordsOf(words, index * SECTOR_WORDS, 7) & PLACE_MASK) * SECTOR_BYTES
  const from = index * SECTOR_BYTES
  if (filler.compare(bytes, from + STAMP_BYTES, from + SECTOR_BYTES, place + STAMP_BYTES, place + SECTOR_BYTES) === 0) return undefined
  let at = STAMP_BYTES
  while (bytes[from + at] === filler[place + at]) at++
  const offset = sector * SECTOR_BYTES + at
  return { code: 'corrupt', offset, message: `byte ${offset} is 0x${hex(bytes[from + at])} instead of 0x${hex(filler[place + at])}` }
}
const hex = (value: number | undefined): string => (value ?? 0).toString(16).padStart(2, '0')
