// Contents that say in each block of 4 KiB who they are: made while they are read, from a ring that is never copied where that can be.
import type { Content } from './content.ts'
import { StorageError } from './errors.ts'
import { BLOCK_BYTES, RING_BYTES, WINDOW_BYTES, type Filler, type Window } from './filler.ts'
import { BLOCK_WORDS, STAMP_BYTES, type Stamp } from './stamp.ts'

/** Pieces up to this are handed out stamp by stamp and filler by filler; of larger ones a stamped copy costs less than many pieces. */
const PIECES_BYTES = 8 * 1024

interface Lent { readonly place: number; readonly window: Window }

export class DescribedContent implements Content {
  readonly sizeBytes: number
  readonly #stamp: Stamp
  readonly #filler: Filler
  readonly #lent: Lent[] = []

  constructor(sizeBytes: number, stamp: Stamp) {
    this.sizeBytes = sizeBytes
    this.#stamp = stamp
    const { filler } = stamp
    if (filler === undefined) throw new StorageError('invalid', 'payload: its file is not known here: name it by fromFile() in init code')
    this.#filler = filler
  }

  chunk(offset: number, maxLength: number): Uint8Array {
    const length = Math.min(maxLength, this.sizeBytes - offset)
    return length <= PIECES_BYTES ? this.#piece(offset, length) : this.#copy(offset, Math.min(length, WINDOW_BYTES))
  }

  lend(offset: number, maxLength: number): Uint8Array {
    const place = Math.floor(offset % RING_BYTES / WINDOW_BYTES)
    const from = offset % WINDOW_BYTES
    const length = Math.min(maxLength, this.sizeBytes - offset, WINDOW_BYTES - from)
    const window = this.#filler.take(place)
    this.#lent.push({ place, window })
    const skipped = Math.floor(from / BLOCK_BYTES)
    const first = Math.floor(offset / BLOCK_BYTES)
    this.#stamp.write(window.words, skipped * BLOCK_WORDS, first, Math.ceil((from + length) / BLOCK_BYTES) - skipped)
    return window.bytes.subarray(from, from + length)
  }

  returned(): void {
    for (const { place, window } of this.#lent) this.#filler.keep(place, window)
    this.#lent.length = 0
  }

  #piece(offset: number, length: number): Uint8Array {
    const within = offset % BLOCK_BYTES
    if (within < STAMP_BYTES) {
      const words = new Int32Array(STAMP_BYTES / 4)
      this.#stamp.write(words, 0, (offset - within) / BLOCK_BYTES, 1)
      return new Uint8Array(words.buffer, within, Math.min(length, STAMP_BYTES - within))
    }
    const at = offset % RING_BYTES
    return this.#filler.ring.subarray(at, at + Math.min(length, BLOCK_BYTES - within))
  }

  /** A copy of its own, from this offset to the ring's end at most. */
  #copy(offset: number, maxLength: number): Uint8Array {
    const at = offset % RING_BYTES
    const length = Math.min(maxLength, RING_BYTES - at)
    const within = offset % BLOCK_BYTES
    // Whole blocks, so that stamps are written as words.
    const blocks = Math.ceil((within + length) / BLOCK_BYTES)
    const bytes = Buffer.allocUnsafeSlow(blocks * BLOCK_BYTES)
    bytes.set(this.#filler.ring.subarray(at - within, at - within + blocks * BLOCK_BYTES))
    this.#stamp.write(new Int32Array(bytes.buffer), 0, (offset - within) / BLOCK_BYTES, blocks)
    return bytes.subarray(within, within + length)
  }
}
