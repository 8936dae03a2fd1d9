// Images in the memory of this process: sparse, with snapshots and clones that share what has not changed.
import type { CreateRequest } from '../../driver.ts'

const CHUNK_BYTES = 64 * 1024

/** Bytes of one place, written to by the data whose number it bears alone: others that have it copy it first. */
interface Chunk { readonly bytes: Uint8Array; readonly writer: number }

let writers = 0

/** The bytes of an image, or of a snapshot of it. */
export class MemoryData {
  sizeBytes: number
  #writer = ++writers
  readonly #chunks: Map<number, Chunk>

  constructor(sizeBytes: number, chunks = new Map<number, Chunk>()) {
    this.sizeBytes = sizeBytes
    this.#chunks = chunks
  }

  /** The same bytes, from now on changed apart. */
  fork(): MemoryData {
    this.#writer = ++writers
    return new MemoryData(this.sizeBytes, new Map(this.#chunks))
  }

  read(offset: number, into: Uint8Array, length: number): void {
    this.#each(offset, length, (number, from, to, at) => {
      const chunk = this.#chunks.get(number)
      if (chunk === undefined) into.fill(0, at, at + to - from)
      else into.set(from === 0 && to === CHUNK_BYTES ? chunk.bytes : chunk.bytes.subarray(from, to), at)
    })
  }

  write(offset: number, bytes: Uint8Array, length: number): void {
    this.#each(offset, length, (number, from, to, at) => {
      this.#own(number).set(at === 0 && to - from === bytes.length ? bytes : bytes.subarray(at, at + to - from), from)
    })
  }

  zero(offset: number, length: number): void {
    this.#each(offset, length, (number, from, to) => {
      if (to - from === CHUNK_BYTES) this.#chunks.delete(number)
      else if (this.#chunks.has(number)) this.#own(number).fill(0, from, to)
    })
  }

  resize(sizeBytes: number): void {
    if (sizeBytes < this.sizeBytes) this.zero(sizeBytes, this.sizeBytes - sizeBytes)
    this.sizeBytes = sizeBytes
  }

  #own(number: number): Uint8Array {
    const known = this.#chunks.get(number)
    if (known?.writer === this.#writer) return known.bytes
    const bytes = known === undefined ? new Uint8Array(CHUNK_BYTES) : known.bytes.slice()
    this.#chunks.set(number, { bytes, writer: this.#writer })
    return bytes
  }

  #each(offset: number, length: number, visit: (chunk: number, from: number, to: number, at: number) => void): void {
    for (let at = 0; at < length;) {
      const number = Math.floor((offset + at) / CHUNK_BYTES)
      const from = offset + at - number * CHUNK_BYTES
      const to = Math.min(CHUNK_BYTES, from + length - at)
      visit(number, from, to, at)
      at += to - from
    }
  }
}

export interface MemorySnapshot { readonly data: MemoryData; protected: boolean; children: number }

/** An image: its bytes, what they were, and who has it. */
export class MemoryImage {
  data: MemoryData
  readonly request: Omit<CreateRequest, 'name' | 'sizeBytes'>
  readonly snapshots = new Map<string, MemorySnapshot>()
  parent: { readonly image: string; readonly snapshot: string; readonly of: MemorySnapshot } | undefined
  /** Who has the exclusive lock. */
  owner: object | undefined
  open = 0

  constructor(data: MemoryData, request: Omit<CreateRequest, 'name' | 'sizeBytes'>) {
    this.data = data
    this.request = request
  }

  /** It needs its parent no more. */
  orphan(): void {
    if (this.parent !== undefined) this.parent.of.children--
    this.parent = undefined
  }
}

export type MemoryPool = Map<string, MemoryImage>

const pools = new Map<string, MemoryPool>()

/** The pool of this name in this process. */
export function poolOf(name: string): MemoryPool {
  let pool = pools.get(name)
  if (pool === undefined) pools.set(name, pool = new Map<string, MemoryImage>())
  return pool
}
