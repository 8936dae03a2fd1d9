// A VU that is a plain function: takes as long as it is told, on whatever clock it is given.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { IterationEnd, IterationRequest, Vu } from '../../runtime/schedule/vu.ts'

export interface Ran {
  readonly vu: number
  readonly request: IterationRequest
  readonly startedMs: number
  readonly endedMs: number
  readonly end: IterationEnd
}

export class FakeVu implements Vu {
  readonly #number: number
  readonly #clock: Clock
  readonly #durationMs: (request: IterationRequest) => number
  readonly #ran: Ran[]
  #interrupt: (() => void) | undefined

  constructor(number: number, clock: Clock, durationMs: (request: IterationRequest) => number, ran: Ran[]) {
    this.#number = number
    this.#clock = clock
    this.#durationMs = durationMs
    this.#ran = ran
  }

  run(request: IterationRequest): Promise<IterationEnd> {
    if (this.#interrupt !== undefined) throw new Error(`VU ${String(this.#number)} was given an iteration while it runs one`)
    const startedMs = this.#clock.now()
    return new Promise((resolve) => {
      const finish = (end: IterationEnd): void => {
        timer.cancel()
        this.#interrupt = undefined
        this.#ran.push({ vu: this.#number, request, startedMs, endedMs: this.#clock.now(), end })
        resolve(end)
      }
      this.#interrupt = () => { finish('interrupted') }
      const timer = this.#clock.at(startedMs + this.#durationMs(request), () => { finish('done') })
    })
  }

  interrupt(): void { this.#interrupt?.() }
}
