// The turn of the event loop: answers and results wait for its end and are delivered there, once for all VUs.

/** Something that has deliveries to make. */
export interface Deliverer { deliver(): void }

export class Turn {
  #waiting: Deliverer[] = []
  #delivering: Deliverer[] = []
  #scheduled = false
  #isNow = false
  #isSpent = false

  /** True while deliveries are made. */
  get isNow(): boolean { return this.#isNow }

  /** True once somebody has used up all the time one may have: what can wait should wait for the next turn. */
  get isSpent(): boolean { return this.#isSpent }

  /** Ends the turn early, so that the event loop gets its time between one who takes too long and the next. */
  spend(): void { this.#isSpent = true }

  /** Has `deliver` called at the end of this turn; from within a delivery, of the next. */
  await(deliverer: Deliverer): void {
    this.#waiting.push(deliverer)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#deliver)
  }

  readonly #deliver = (): void => {
    const now = this.#waiting
    this.#waiting = this.#delivering
    this.#delivering = now
    this.#scheduled = false
    this.#isNow = true
    this.#isSpent = false
    let done = 0
    try {
      while (done < now.length && !this.isSpent) now[done++]?.deliver()
    } finally {
      this.#isNow = false
      if (done < now.length) {
        // Before those who came meanwhile.
        this.#waiting = [...now.slice(done), ...this.#waiting]
        this.#schedule()
      }
      now.length = 0
    }
  }
}
