// What the endpoint is told to do badly: delays, refusals, cut and wrong bodies, lost writes, the same ones for the same seed.
import { mix32 } from '../../sdk/mix.ts'
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
  /** Of GET bodies that are another object's, where there is one as large. Of GETs and HEADs with an ETag that is not the object's. */
  readonly misplaceRate: number
  readonly etagRate: number
  /** Of PUTs that are answered as if they had been carried out, and were not. Of PUTs of which the second half stays what it was. */
  readonly loseRate: number
  readonly tearRate: number
  /** Names of the operations that are done badly (GetObject, PutObject, …); all, where there is none. */
  readonly faultOps: readonly string[]
  readonly seed: number
}

/** What is done to the body of one GET. */
export type BodyFault = 'cut' | 'corrupt' | 'short' | 'long' | 'misplaced'

/** What was done badly so far, by kind: `stale` is a PUT that was not carried out over an object that was there. */
export type PlantedFault = BodyFault | 'etag' | 'lost' | 'stale' | 'torn'

/** What one request is dealt. */
export interface Fault {
  readonly delayMs: number
  readonly refuses: boolean
  readonly cutsUpload: boolean
  /** Undefined: the body is sent as it is. */
  readonly body: BodyFault | undefined
  readonly etag: boolean
  readonly loses: boolean
  readonly tears: boolean
}

/** A Weyl sequence through the 32-bit finaliser of MurmurHash3. */
class Chance {
  #state: number
  constructor(seed: number) { this.#state = seed | 0 }
  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    return mix32(this.#state) / 2 ** 32
  }
  happens(rate: number): boolean { return this.next() < rate }
}

/** Deals faults by a generator of its own. */
export class Faults {
  readonly errorCode: S3Code
  readonly cutBy: 'fin' | 'rst'
  readonly #options: FaultOptions
  readonly #ops: ReadonlySet<string>
  /** False: nothing is ever done badly, and nothing need be dealt. */
  readonly #any: boolean
  readonly #chance: Chance
  /** Of wrong data that is stored or named; a sequence of its own leaves the other one's draws where they are. */
  readonly #dataChance: Chance

  constructor(options: FaultOptions) {
    this.errorCode = options.errorCode
    this.cutBy = options.cutBy
    this.#options = options
    this.#ops = new Set(options.faultOps)
    this.#any = options.delay.maxMs > 0 || Object.entries(options).some(([name, rate]) => name.endsWith('Rate') && rate > 0)
    this.#chance = new Chance(options.seed)
    this.#dataChance = new Chance(mix32(options.seed + 1))
  }

  /** The faults of the next request; undefined for none. `operation` is S3's name for what it asks. */
  deal(operation: string): Fault | undefined {
    if (!this.#any || (this.#ops.size > 0 && !this.#ops.has(operation))) return undefined
    const { delay, errorRate, cutRate, cutUploadRate, corruptRate, shortRate, longRate, misplaceRate, etagRate, loseRate, tearRate } =
      this.#options
    const chance = this.#chance
    const dataChance = this.#dataChance
    // Each is drawn whatever the others are, so that adding one kind of fault leaves the rest where they were.
    const delayMs = delay.minMs + chance.next() * (delay.maxMs - delay.minMs)
    const refuses = chance.happens(errorRate)
    const cutsUpload = chance.happens(cutUploadRate)
    const [cut, corrupt, short, long] = [cutRate, corruptRate, shortRate, longRate].map((rate) => chance.happens(rate))
    const [misplaced, etag = false, loses = false, tears = false] =
      [misplaceRate, etagRate, loseRate, tearRate].map((rate) => dataChance.happens(rate))
    const body = cut === true ? 'cut' : corrupt === true ? 'corrupt' : short === true ? 'short' : long === true ? 'long'
      : misplaced === true ? 'misplaced' : undefined
    return { delayMs, refuses, cutsUpload, body, etag, loses, tears }
  }
}
