// Work that must end: a signal for whoever does it, and an end for whoever waits, even when the signal is not heeded.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'

/** How long work has to end by itself once it was told to. */
const HEED_MS = 1000

/** The wait is over, and what was waited for has not ended. */
export class GaveUp extends Error {}

export class Deadline implements Disposable {
  readonly #abort = new AbortController()
  readonly #clock: Clock
  readonly #over: Promise<never>
  #giveUp: (() => void) | undefined
  #timer: Timer
  #passed = false
  #disposed = false

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock
    this.#over = new Promise((_, reject) => { this.#giveUp = () => { reject(new GaveUp('it did not end in time')) } })
    // Nobody may be waiting.
    this.#over.catch(() => { return })
    this.#timer = clock.at(clock.now() + limitMs, () => {
      this.#passed = true
      this.end()
    })
  }

  /** Aborted when the time is over. */
  get signal(): AbortSignal { return this.#abort.signal }
  /** True when the time is over; not when the work was ended sooner. */
  get passed(): boolean { return this.#passed }

  /** Ends the work now; once disposed of there is none to end, and nothing is waited for. */
  end(): void {
    if (this.#disposed || this.signal.aborted) return
    this.#timer.cancel()
    this.#timer = this.#clock.at(this.#clock.now() + HEED_MS, () => { this.#giveUp?.() })
    this.#abort.abort()
  }

  /** What `work` gives; rejects with GaveUp when it has not ended a moment after the time is over. */
  orGiveUp<T>(work: Promise<T>): Promise<T> { return Promise.race([work, this.#over]) }

  [Symbol.dispose](): void {
    this.#disposed = true
    this.#timer.cancel()
  }
}
