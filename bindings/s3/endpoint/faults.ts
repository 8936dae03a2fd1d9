// What the endpoint is told to do badly: delays, refusals, cut and corrupted bodies, the same ones for the same seed.

interface FaultOptions {
  /** Every request waits so long before it is handled. */
  readonly delayMs: number
  /** Share of requests answered 503 SlowDown, 0 to 1. */
  readonly errorRate: number
  /** Share of GET bodies whose connection ends half-way. */
  readonly cutRate: number
  /** Share of GET bodies with one byte flipped. */
  readonly corruptRate: number
  readonly seed: number
}

/** Deals faults by a generator of its own. */
export class Faults {
  readonly delayMs: number
  readonly #options: FaultOptions
  #state: number

  constructor(options: FaultOptions) {
    this.delayMs = options.delayMs
    this.#options = options
    this.#state = options.seed | 0
  }

  refuses(): boolean { return this.#happens(this.#options.errorRate) }
  cuts(): boolean { return this.#happens(this.#options.cutRate) }
  corrupts(): boolean { return this.#happens(this.#options.corruptRate) }

  #happens(rate: number): boolean { return rate > 0 && this.#next() < rate }

  /** A number in [0, 1): a Weyl sequence through the 32-bit finaliser of MurmurHash3. */
  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}
