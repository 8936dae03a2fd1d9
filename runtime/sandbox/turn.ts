// The turn of the event loop: answers and results wait for its end and are delivered there, once for all VUs.

/** Something that has deliveries to make. */
export interface Deliverer { deliver(): void }

export class Turn {
  #waiting: Deliverer[] = []
  #delivering: Deliverer[] = []
  #scheduled = false
  #isNow = false

  /** True while deliveries are made. */
  get isNow(): boolean { return this.#isNow }

  /** Has `deliver` called at the end of this turn; from within a delivery, of the next. */
  await(deliverer: Deliverer): void {
    this.#waiting.push(deliverer)
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
    try {
      for (const deliverer of now) deliverer.deliver()
    } finally {
      this.#isNow = false
      now.length = 0
    }
  }
}
