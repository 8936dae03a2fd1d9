// Memory that C may keep while an I/O is in flight: allocated outside JavaScript's heap, made once and pooled.
import koffi from 'koffi'
import type { IoBuffer } from '../../driver.ts'

/** Whole pages: what is aligned is copied fastest. */
const ALIGNMENT_BYTES = 4096

/** Memory at a fixed address, lent by a pool. */
export class NativeBuffer implements IoBuffer {
  readonly address: number
  readonly bytes: Buffer
  readonly words: Int32Array
  readonly #pool: MemoryPool
  readonly #pointer: unknown

  constructor(sizeBytes: number, pool: MemoryPool) {
    this.#pool = pool
    this.#pointer = koffi.alloc('uint8_t', sizeBytes + ALIGNMENT_BYTES)
    const start = Number(koffi.address(this.#pointer))
    const skipped = (ALIGNMENT_BYTES - start % ALIGNMENT_BYTES) % ALIGNMENT_BYTES
    const view = koffi.view(this.#pointer, sizeBytes + ALIGNMENT_BYTES)
    this.address = start + skipped
    this.bytes = Buffer.from(view, skipped, sizeBytes)
    this.words = new Int32Array(view, skipped, sizeBytes / 4)
  }

  release(): void { this.#pool.give(this) }
  free(): void { koffi.free(this.#pointer) }
}

/** The smallest power of two that holds so many bytes, a page at least. */
const classOf = (sizeBytes: number): number => 2 ** Math.ceil(Math.log2(Math.max(sizeBytes, ALIGNMENT_BYTES)))

/** Memory by size, lent and given back. What is still lent when the pool is closed is never freed: somebody may be at it. */
export class MemoryPool {
  readonly #kept = new Map<number, NativeBuffer[]>()
  #closed = false

  /** Memory of so many bytes or more, of any content. */
  take(sizeBytes: number): NativeBuffer {
    const size = classOf(sizeBytes)
    return this.#kept.get(size)?.pop() ?? new NativeBuffer(size, this)
  }

  give(buffer: NativeBuffer): void {
    if (this.#closed) {
      buffer.free()
      return
    }
    const kept = this.#kept.get(buffer.bytes.length)
    if (kept === undefined) this.#kept.set(buffer.bytes.length, [buffer])
    else kept.push(buffer)
  }

  close(): void {
    this.#closed = true
    for (const kept of this.#kept.values()) for (const buffer of kept) buffer.free()
    this.#kept.clear()
  }
}

/** A pointer or a 64-bit number of a struct. Those beyond 2^53 lose their last digits: ids of that size are not used here. */
export const numberAt = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32

/** The text a struct points to; empty where it points nowhere. */
export function textAt(bytes: Buffer, at: number): string {
  const address = bytes.readBigUInt64LE(at)
  return address === 0n ? '' : koffi.decode.string(address)
}
