// Things to do at moments, done in order: one timer however many there are, and everything that is due in one wake-up.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'

export interface Appointment { readonly atMs: number; act(): void }

export class Agenda {
  readonly #clock: Clock
  readonly #appointments: readonly Appointment[]
  #next = 0
  #timer: Timer | undefined

  constructor(clock: Clock, appointments: readonly Appointment[]) {
    this.#clock = clock
    this.#appointments = [...appointments].sort((a, b) => a.atMs - b.atMs)
  }

  /** Does what is due now, and the rest as it comes. */
  follow(): void {
    const nowMs = this.#clock.now()
    for (let next = this.#appointments[this.#next]; next !== undefined; next = this.#appointments[this.#next]) {
      if (next.atMs > nowMs) {
        this.#timer = this.#clock.at(next.atMs, () => { this.follow() })
        return
      }
      this.#next++
      next.act()
    }
  }

  get done(): boolean { return this.#next >= this.#appointments.length }

  cancel(): void {
    this.#next = this.#appointments.length
    this.#timer?.cancel()
  }
}
