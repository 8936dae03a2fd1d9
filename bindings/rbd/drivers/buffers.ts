// Memory for I/Os of drivers that need none of the storage's own: pages of WebAssembly memories, which are aligned, used again.
import { StorageError } from '../../sdk/index.ts'
import type { IoBuffer } from '../driver.ts'

/** The part of WebAssembly that is used here: types of browsers, which have the rest, are not for this side. */
interface WasmMemories {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => { readonly buffer: ArrayBuffer }
}
const { Memory } = (globalThis as unknown as { readonly WebAssembly: WasmMemories }).WebAssembly

const WASM_PAGE_BYTES = 64 * 1024
/** Small buffers are cut from pages of this many bytes together. */
const SLAB_BYTES = 1024 ** 2
const SMALLEST_BYTES = 4096
const LARGEST_BYTES = 1024 ** 3

class PooledBuffer implements IoBuffer {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  readonly #pool: PooledBuffer[]
  constructor(memory: ArrayBuffer, at: number, sizeBytes: number, pool: PooledBuffer[]) {
    this.bytes = new Uint8Array(memory, at, sizeBytes)
    this.words = new Int32Array(memory, at, sizeBytes / 4)
    this.#pool = pool
  }
  release(): void { this.#pool.push(this) }
}

/** Buffers of a driver, by size: powers of two from 4 KiB on. What was needed at once stays. */
export class BufferPool {
  readonly #free = new Map<number, PooledBuffer[]>()

  /** At least so many bytes, at a multiple of 4096. Throws StorageError('invalid') beyond 1 GiB. */
  take(sizeBytes: number): IoBuffer {
    if (sizeBytes > LARGEST_BYTES) throw new StorageError('invalid', `an I/O has at most ${LARGEST_BYTES} bytes, not ${sizeBytes}`)
    let size = SMALLEST_BYTES
    while (size < sizeBytes) size *= 2
    let free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, free = [])
    return free.pop() ?? this.#make(size, free)
  }

  #make(size: number, free: PooledBuffer[]): IoBuffer {
    const slab = Math.max(size, SLAB_BYTES)
    const { buffer } = new Memory({ initial: slab / WASM_PAGE_BYTES, maximum: slab / WASM_PAGE_BYTES })
    for (let at = size; at < slab; at += size) free.push(new PooledBuffer(buffer, at, size, free))
    return new PooledBuffer(buffer, 0, size, free)
  }
}
