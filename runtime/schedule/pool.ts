// The VUs of an arrival rate: those that are idle, and those that are not made yet.
import type { ScenarioSeat, Worker } from './iterations.ts'

export class Pool {
  readonly #seats: readonly ScenarioSeat[]
  readonly #idle: Worker[] = []
  #made: number

  /** Seats in the order in which they are made; the first `prepared` of them are. */
  constructor(seats: readonly ScenarioSeat[], prepared: number) {
    this.#seats = seats
    this.#made = Math.min(prepared, seats.length)
    for (let at = this.#made - 1; at >= 0; at--) this.#idle.push(this.#worker(at))
  }

  /** VUs made so far. */
  get made(): number { return this.#made }

  /** VUs that can still be made. */
  get unmade(): number { return this.#seats.length - this.#made }

  /** An idle VU, the one used last before others; undefined when all are busy. */
  take(): Worker | undefined { return this.#idle.pop() }

  /** One that is made for the work it is given; undefined when there are as many as there may be. */
  make(): Worker | undefined { return this.#made < this.#seats.length ? this.#worker(this.#made++) : undefined }

  give(worker: Worker): void { this.#idle.push(worker) }

  #worker(at: number): Worker {
    const seat = this.#seats[at]
    if (seat === undefined) throw new RangeError(`a pool of ${this.#seats.length} VUs has none at ${at}`)
    return { seat, begun: 0 }
  }
}
