// Promises that were rejected and that nobody looked at: QuickJS calls a function for each, which its build lets nobody set. It is set
// here in the runtime's own struct, so that a failure that would be lost in silence is told.
import type { JSContextPointer, JSRuntimePointer, JSValuePointer } from 'quickjs-emscripten'
import type { Engine } from './engine.ts'
import { tableOf } from './allocator.ts'
import { wasm, type Exports } from './webassembly.ts'

/** What a run keeps of them: one that rejects without end must not fill the VU's memory. */
const KEPT_MAX = 100

/** `JSHostPromiseRejectionTracker` of quickjs.h; a JSValue is 64 bits in builds for 32-bit machines. */
export type OnRejection = (context: number, promise: bigint, reason: bigint, isHandled: number, opaque: number) => void

// A module that imports `r.track` and exports it: WebAssembly's tables take nothing but functions that came out of a module.
const I32 = 0x7f, I64 = 0x7e, FUNCTION = 0x60
const passing = new wasm.Module(Uint8Array.from([
  0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 9, 1, FUNCTION, 5, I32, I64, I64, I32, I32, 0,
  2, 11, 1, 1, 0x72, 5, 0x74, 0x72, 0x61, 0x63, 0x6b, 0, 0,
  7, 9, 1, 5, 0x74, 0x72, 0x61, 0x63, 0x6b, 0, 0,
]))

/** Makes the function callable by the engine; its place in the engine's function table. */
export function installTracker(exports: Exports, track: OnRejection): number {
  const table = tableOf(exports)
  const place = table.grow(1)
  table.set(place, new wasm.Instance(passing, { r: { track } }).exports['track'])
  return place
}

interface Kept { readonly promise: JSValuePointer; readonly reason: JSValuePointer }

/** Those of one VU. */
export class Rejections {
  readonly #engine: Engine
  readonly #context: JSContextPointer
  readonly #kept = new Map<bigint, Kept>()

  constructor(engine: Engine, runtime: JSRuntimePointer, context: JSContextPointer) {
    this.#engine = engine
    this.#context = context
    engine.trackRejections(runtime)
  }

  get any(): boolean { return this.#kept.size > 0 }

  /** A promise was rejected with nobody looking, or is looked at after all. Called while the guest runs: runs none of its code. */
  tell(promise: bigint, reason: bigint, isHandled: boolean): void {
    if (!isHandled) {
      if (this.#kept.size >= KEPT_MAX || this.#kept.has(promise)) return
      // Both are kept alive: else another promise could come to lie where this one was.
      this.#kept.set(promise, { promise: this.#engine.owned(this.#context, promise), reason: this.#engine.owned(this.#context, reason) })
      return
    }
    const kept = this.#kept.get(promise)
    if (kept === undefined) return
    this.#kept.delete(promise)
    this.#free(kept)
  }

  /**
   * Takes what they were rejected with, each value once: not what one promise was rejected with, whose failure others see, nor what
   * was told already. The caller owns the values.
   */
  take(seen: bigint | undefined, told: ReadonlySet<bigint>): readonly JSValuePointer[] {
    const known = new Set(told)
    const seenReason = seen === undefined ? undefined : this.#kept.get(seen)?.reason
    if (seenReason !== undefined) known.add(this.#engine.bitsOf(seenReason))
    const reasons: JSValuePointer[] = []
    for (const { promise, reason } of this.#kept.values()) {
      const bits = this.#engine.bitsOf(reason)
      this.#engine.ffi.QTS_FreeValuePointer(this.#context, promise)
      if (known.has(bits)) this.#engine.ffi.QTS_FreeValuePointer(this.#context, reason)
      else reasons.push(reason)
      known.add(bits)
    }
    this.#kept.clear()
    return reasons
  }

  /** Forgets all. Before the context is freed. */
  clear(): void {
    for (const kept of this.#kept.values()) this.#free(kept)
    this.#kept.clear()
  }

  #free({ promise, reason }: Kept): void {
    this.#engine.ffi.QTS_FreeValuePointer(this.#context, promise)
    this.#engine.ffi.QTS_FreeValuePointer(this.#context, reason)
  }
}
