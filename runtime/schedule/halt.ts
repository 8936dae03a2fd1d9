// When a scenario begins nothing more, and when what still runs has to end: by its time, or sooner when it is told.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'

export interface HaltOptions {
  readonly clock: Clock
  /** When nothing is begun any more: ms on the clock. */
  readonly endMs: number
  /** How long what runs then may go on. */
  readonly gracefulMs: number
  /** Called once, when nothing is to be begun any more. */
  readonly onEnd: () => void
  /** Called when what still runs is to be interrupted; perhaps more than once. */
  readonly onHardEnd: () => void
}

export class Halt {
  readonly #o: HaltOptions
  readonly #pauses = new Set<() => void>()
  readonly #timers: Timer[] = []
  #closed = false
  #over: () => void = () => { return }
  /** Resolves when nothing is begun any more. */
  readonly over: Promise<void>
  /** True when nothing is begun any more. */
  begun = false
  /** True when it was stopped before its time was over. */
  cutShort = false

  constructor(options: HaltOptions) {
    this.#o = options
    this.over = new Promise((resolve) => { this.#over = resolve })
  }

  /** After this moment nothing runs any more. */
  get hardEndMs(): number { return this.#o.endMs + this.#o.gracefulMs }

  /** From now on its time runs. */
  arm(): void {
    const { clock, endMs } = this.#o
    this.#timers.push(clock.at(endMs, () => { this.#wind() }), clock.at(this.hardEndMs, () => { this.#interrupt() }))
  }

  /** Everything has ended: no time runs any more, and nobody is called. */
  close(): void {
    this.#closed = true
    for (const timer of this.#timers) timer.cancel()
  }

  /** Ends it now: what runs is interrupted at once or, gracefully, has as long as it has at the end. */
  stop(graceful: boolean): void {
    if (this.#closed || (this.begun && graceful)) return
    const { clock, endMs, gracefulMs } = this.#o
    this.cutShort ||= !this.begun && clock.now() < endMs
    this.#wind()
    if (graceful) this.#timers.push(clock.at(clock.now() + gracefulMs, () => { this.#interrupt() }))
    else this.#interrupt()
  }

  /** Sleeps until the moment, or until nothing is begun any more. */
  pauseUntil(moment: number): Promise<void> {
    if (this.begun || this.#o.clock.now() >= moment) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => { timer.cancel(); this.#pauses.delete(wake); resolve() }
      const timer = this.#o.clock.at(moment, wake)
      this.#pauses.add(wake)
    })
  }

  #wind(): void {
    if (this.begun) return
    this.begun = true
    this.#o.onEnd()
    this.#over()
    for (const wake of [...this.#pauses]) wake()
  }

  #interrupt(): void {
    this.#wind()
    this.#o.onHardEnd()
  }
}
