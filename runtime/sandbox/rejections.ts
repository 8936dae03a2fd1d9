// Promises that were rejected and that nobody looked at: QuickJS calls a function for each, which its build lets nobody set. It is set
// here in the runtime's own struct, so that a failure that would be lost in silence is told.
import type { JSContextPointer, JSRuntimePointer, JSValuePointer } from 'quickjs-emscripten'
import type { Engine } from './engine.ts'

/** What a run keeps of them: one that rejects without end must not fill the VU's memory. */
const KEPT_MAX = 100

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
