// What the endpoint is told to do badly: delays, refusals, cut and wrong bodies, the same ones for the same seed.
import type { S3Code } from './errors.ts'

/** From shortest to longest; both the same for a fixed one. */
export interface Delay { readonly minMs: number; readonly maxMs: number }

export interface FaultOptions {
  /** Every request waits so long before it is handled. */
  readonly delay: Delay
  /** Shares, 0 to 1. Of requests refused, and with which code. */
  readonly errorRate: number
  readonly errorCode: S3Code
  /** Of GET bodies, and of bodies sent here, that end half-way with the connection. */
  readonly cutRate: number
  readonly cutUploadRate: number
  /** How a connection is cut: ended in order (FIN), or reset (RST). */
  readonly cutBy: 'fin' | 'rst'
  /** Of GET bodies with one byte flipped; of half the length, and 16 bytes too long, with a Content-Length that agrees. */
  readonly corruptRate: number
  readonly shortRate: number
  readonly longRate: number
  /** Names of the operations that are done badly (GetObject, PutObject, …); all, where there is none. */
  readonly faultOps: readonly string[]
  readonly seed: number
}

/** What is done to the body of one GET. */
export type BodyFault = 'cut' | 'corrupt' | 'short' | 'long'

/** What one request is dealt. */
export interface Fault {
  readonly delayMs: number
  readonly refuses: boolean
  readonly cutsUpload: boolean
  /** Undefined: the body is sent as it is. */
  readonly body: BodyFault | undefined
}

/** Deals faults by a generator of its own. */
export class Faults {
  readonly errorCode: S3Code
  readonly cutBy: 'fin' | 'rst'
  readonly #options: FaultOptions
  readonly #ops: ReadonlySet<string>
  /** False: nothing is ever done badly, and nothing need be dealt. */
  readonly #any: boolean
  #state: number

  constructor(options: FaultOptions) {
    this.errorCode = options.errorCode
    this.cutBy = options.cutBy
    this.#options = options
    this.#ops = new Set(options.faultOps)
    const { delay, errorRate, cutRate, cutUploadRate, corruptRate, shortRate, longRate } = options
    this.#any = delay.maxMs > 0 || [errorRate, cutRate, cutUploadRate, corruptRate, shortRate, longRate].some((rate) => rate > 0)
    this.#state = options.seed | 0
  }

  /** The faults of the next request; undefined for none. `operation` is S3's name for what it asks. */
  deal(operation: string): Fault | undefined {
    if (!this.#any || (this.#ops.size > 0 && !this.#ops.has(operation))) return undefined
    const { delay, errorRate, cutRate, cutUploadRate, corruptRate, shortRate, longRate } = this.#options
    // Each is drawn whatever the others are, so that adding one kind of fault leaves the rest where they were.
    const delayMs = delay.minMs + this.#next() * (delay.maxMs - delay.minMs)
    const refuses = this.#happens(errorRate)
    const cutsUpload = this.#happens(cutUploadRate)
    const [cut, corrupt, short, long] = [cutRate, corruptRate, shortRate, longRate].map((rate) => this.#happens(rate))
    const body = cut === true ? 'cut' : corrupt === true ? 'corrupt' : short === true ? 'short' : long === true ? 'long' : undefined
    return { delayMs, refuses, cutsUpload, body }
  }

  #happens(rate: number): boolean { return this.#next() < rate }

  /** A number in [0, 1): a Weyl sequence through the 32-bit finaliser of MurmurHash3. */
  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}
