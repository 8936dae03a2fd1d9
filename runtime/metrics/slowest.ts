// The slowest operations of a run, a hundred of them: kept by each shard, and merged.

/** One of the slowest operations. */
export interface SlowOperation {
  /** `s3`, `get`. */
  readonly workload: string
  readonly op: string
  /** When it began: ms since the start of the load. */
  readonly startMs: number
  /** Service time, ms: from its start to its end. */
  readonly durationMs: number
  readonly code: string
  readonly target: string
  readonly driver: string
  /** The whole name in the store, prefix included; of a listing its prefix. */
  readonly key?: string
  readonly endpoint?: string
  /** What the store called the request. */
  readonly requestId?: string
  readonly scenario?: string
  readonly vu?: number
  readonly iteration?: number
}

/** How many are kept. */
const SLOWEST_MAX = 100

const bySlowness = (a: SlowOperation, b: SlowOperation): number => b.durationMs - a.durationMs || a.startMs - b.startMs

/**
 * Keeps the slowest. Every operation is held against `floorMs` before anything about it is gathered: one that is not above it
 * costs one comparison.
 */
export class Slowest {
  /** Slower ones are wanted; -1 while there is room. */
  floorMs = -1
  /** How many are kept. */
  readonly max: number
  #kept: SlowOperation[] = []
  /** Added since `take`. */
  #fresh = new Set<SlowOperation>()

  constructor(max = SLOWEST_MAX) { this.max = max }

  add(operation: SlowOperation): void {
    this.#kept.push(operation)
    this.#fresh.add(operation)
    // Room for as many again: sorting once for all of them is cheaper than keeping order all the time.
    if (this.#kept.length >= 2 * this.max) this.#drop()
  }

  /** All that are kept, the slowest first. */
  all(): readonly SlowOperation[] {
    this.#drop()
    return this.#kept
  }

  /** Those that came since the last call and are still among the slowest. */
  take(): readonly SlowOperation[] {
    if (this.#fresh.size === 0) return []
    this.#drop()
    const fresh = this.#kept.filter((operation) => this.#fresh.has(operation))
    this.#fresh = new Set()
    return fresh
  }

  #drop(): void {
    this.#kept = this.#kept.sort(bySlowness).slice(0, this.max)
    if (this.#kept.length === this.max) this.floorMs = this.#kept.at(-1)?.durationMs ?? -1
  }
}
