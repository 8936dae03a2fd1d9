// What this process knows of the images it writes to: which write to each sector was confirmed last, and what is under way.
import { SECTOR_BYTES, UNTOLD } from './blocks.ts'

/** UNTOLD, as it is remembered. */
const UNTOLD_MARK = 0xffff_ffff
const CHUNK_SECTORS = 2048
/** What is remembered of one image takes at most 256 MiB: 32 GiB of it. What is beyond is not judged by it. */
const CHUNKS_MAX = 32_768

/** Something under way on sectors `from` up to, not including, `to`. */
export interface Span {
  readonly isWrite: boolean
  readonly from: number
  readonly to: number
  /** True where something else touched the same sectors meanwhile: what a read then finds can't be judged by versions. */
  contended: boolean
}

/** The memory of one image. */
export class ImageLedger {
  readonly #chunks = new Map<number, Uint32Array>()
  readonly #underWay = new Set<Span>()
  #version = 0
  /** True once anything is judged by it: from then on all writes are remembered. */
  active = false

  /** The number of the next write: from 1 on. */
  nextVersion(): number { return ++this.#version }

  /** An I/O begins. Sectors that are partly touched are touched. */
  begin(isWrite: boolean, offset: number, length: number): Span {
    const span: Span = {
      isWrite, from: Math.floor(offset / SECTOR_BYTES), to: Math.ceil((offset + length) / SECTOR_BYTES), contended: false,
    }
    for (const other of this.#underWay) {
      if ((isWrite || other.isWrite) && other.from < span.to && span.from < other.to) span.contended = other.contended = true
    }
    this.#underWay.add(span)
    return span
  }

  /** It has ended. Of a write: `version` is what its sectors hold now, 0 where nobody knows. */
  end(span: Span, version = 0): void {
    this.#underWay.delete(span)
    if (!span.isWrite) return
    // Of two writes at once to one place either may have come last.
    this.#note(span.from, span.to, span.contended ? UNTOLD_MARK : version)
  }

  /** The last write to a sector that was confirmed; 0 where that isn't known, UNTOLD where it can't be. */
  expected(sector: number): number {
    const known = this.#chunks.get(Math.floor(sector / CHUNK_SECTORS))?.[sector % CHUNK_SECTORS] ?? 0
    return known === UNTOLD_MARK ? UNTOLD : known
  }

  /** Nothing is known of what it holds any more: it was rolled back, resized. */
  forget(): void {
    this.#chunks.clear()
    for (const span of this.#underWay) span.contended = true
  }

  #note(from: number, to: number, version: number): void {
    for (let sector = from; sector < to;) {
      const number = Math.floor(sector / CHUNK_SECTORS)
      const end = Math.min(to, (number + 1) * CHUNK_SECTORS)
      let chunk = this.#chunks.get(number)
      if (chunk === undefined && version > 0 && this.#chunks.size < CHUNKS_MAX) {
        chunk = new Uint32Array(CHUNK_SECTORS)
        this.#chunks.set(number, chunk)
      }
      chunk?.fill(version, sector % CHUNK_SECTORS, end - number * CHUNK_SECTORS)
      sector = end
    }
  }
}
