// One operation's time and its ends: stopped with its VU, out of time, or with its driver. What it is made of asks `signal` and `ended`.
import { StorageError, type Call, type Clock } from '../../sdk/index.ts'

export const cancelled = (what: string): StorageError => new StorageError('cancelled', `${what}: stopped before it ended`)

interface LimitParts {
  /** For messages: method and key. */
  readonly what: string
  readonly call: Call
  readonly clock: Clock
  /** Its time where the call has none of its own; 0 = none. */
  readonly timeoutMs: number
  readonly endpoint: string
  /** True once an answer has begun: only the words of a time-out differ by it. */
  readonly answered?: () => boolean
}

export class Limit {
  readonly #p: LimitParts
  readonly #controller = new AbortController()
  readonly #onAbort: () => void
  #cancelTimer: (() => void) | undefined
  #ended: StorageError | undefined

  /** Follows the call's signal from now on; its time runs from `begin` on. */
  constructor(parts: LimitParts) {
    this.#p = parts
    this.#onAbort = () => { this.stop(cancelled(parts.what)) }
    parts.call.signal.addEventListener('abort', this.#onAbort, { once: true })
    if (parts.call.signal.aborted) this.#onAbort()
  }

  get signal(): AbortSignal { return this.#controller.signal }
  /** Why it was stopped. */
  get ended(): StorageError | undefined { return this.#ended }

  begin(): void {
    const { what, call, clock, endpoint, answered } = this.#p
    const timeoutMs = call.timeoutMs || this.#p.timeoutMs
    if (timeoutMs === 0) return
    const timer = clock.at(clock.now() + timeoutMs, () => {
      const so = answered?.() === true ? 'the answer had begun but was not whole' : 'there was no answer'
      this.stop(new StorageError('timeout', `${what}: ${so} when the operation's time was over`, { detail: 'timeout', endpoint }))
    })
    this.#cancelTimer = () => { timer.cancel() }
  }

  /** Ends it with this error: the first reason stays. */
  stop(reason: StorageError): void {
    this.#ended ??= reason
    this.#controller.abort()
  }

  /** Frees timer and listener. */
  close(): void {
    this.#cancelTimer?.()
    this.#p.call.signal.removeEventListener('abort', this.#onAbort)
  }
}
