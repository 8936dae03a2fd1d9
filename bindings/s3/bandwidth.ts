// Limits on body bytes a second: for each VU and for all VUs of a shard together.
import type { Clock } from '../sdk/index.ts'
import type { BandwidthSettings } from './settings.ts'

/** What a limit that was not used allows at once, in time: timers of 1 ms must not cost rate, and idleness must not be saved up. */
const SLACK_MS = 20

/** One token bucket. It holds when its next byte may go; what is taken puts that off. */
class Bucket {
  readonly #bytesPerMs: number
  #freeAt = -Infinity
  constructor(bytesPerSecond: number) { this.#bytesPerMs = bytesPerSecond / 1000 }
  take(bytes: number, now: number): number {
    this.#freeAt = Math.max(this.#freeAt, now - SLACK_MS) + bytes / this.#bytesPerMs
    return this.#freeAt
  }
}

/** The limits of one session. */
export class Bandwidth {
  readonly #clock: Clock
  readonly #all: Bucket | undefined
  readonly #perVu: number | undefined
  /** By the signal that is the VU's own. */
  readonly #byVu = new WeakMap<AbortSignal, Bucket>()

  private constructor({ perVu, perRun }: BandwidthSettings, shards: number, clock: Clock) {
    this.#clock = clock
    this.#perVu = perVu
    this.#all = perRun === undefined ? undefined : new Bucket(perRun / shards)
  }

  /** Undefined where nothing is limited, so that nothing is spent on it. `shards` have equal parts of what the run may use. */
  static of(settings: BandwidthSettings, shards: number, clock: Clock): Bandwidth | undefined {
    return settings.perVu === undefined && settings.perRun === undefined ? undefined : new Bandwidth(settings, shards, clock)
  }

  /** Takes bytes of a VU's body, sent or received. The moment (ms) at which their time is over: who took them goes on then. */
  take(bytes: number, vu: AbortSignal): number {
    const now = this.#clock.now()
    const shared = this.#all?.take(bytes, now) ?? now
    if (this.#perVu === undefined) return shared
    let own = this.#byVu.get(vu)
    if (own === undefined) {
      own = new Bucket(this.#perVu)
      this.#byVu.set(vu, own)
    }
    return Math.max(shared, own.take(bytes, now))
  }
}
