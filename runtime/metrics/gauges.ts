// Gauges of several shards as one: which value stands, and what adds up.
import type { GaugeData } from './sinks.ts'

/** A gauge over all shards; what a shard reports later replaces what it reported before. */
export interface ShardGauges {
  merge(shard: number, sequence: number, data: GaugeData): void
  data(): GaugeData
}

/** Metrics of which each shard has a part: their gauges add up. Of all others the latest value stands. */
const ADDED_UP: ReadonlySet<string> = new Set(['vus', 'vus_max'])

export const shardGauges = (metric: string): ShardGauges => ADDED_UP.has(metric) ? new AddedUp() : new LatestOf()

/** The value set last in any shard stands: by moment, then by report, then by shard. */
class LatestOf implements ShardGauges {
  readonly #latest = new Map<number, { readonly sequence: number; readonly data: GaugeData }>()
  #min = Infinity
  #max = -Infinity
  #count = 0

  merge(shard: number, sequence: number, data: GaugeData): void {
    if (data.count === 0) return
    this.#latest.set(shard, { sequence, data })
    this.#min = Math.min(this.#min, data.min)
    this.#max = Math.max(this.#max, data.max)
    this.#count += data.count
  }

  data(): GaugeData {
    const [last] = [...this.#latest].sort(([shardA, a], [shardB, b]) =>
      b.data.atMs - a.data.atMs || b.sequence - a.sequence || shardB - shardA)
    if (last === undefined) return { type: 'gauge', value: 0, atMs: 0, min: 0, max: 0, count: 0 }
    const { value, atMs } = last[1].data
    return { type: 'gauge', value, atMs, min: this.#min, max: this.#max, count: this.#count }
  }
}

/** Ticks kept open for shards that report late; one that is silent for 5 s fails the run, so this is ample. */
const OPEN_TICKS = 60

/**
 * The sum of what each shard said last, and the least and greatest sum of any tick. Shards report in step: the same sequence
 * number is the same second. A shard that did not report in a tick counts with what it said before.
 */
class AddedUp implements ShardGauges {
  readonly #open = new Map<number, Map<number, GaugeData>>()
  #closed: Sums = { latest: new Map(), atMs: 0, min: Infinity, max: -Infinity, ticks: 0 }

  merge(shard: number, sequence: number, data: GaugeData): void {
    if (data.count === 0) return
    let tick = this.#open.get(sequence)
    if (tick === undefined) this.#open.set(sequence, tick = new Map<number, GaugeData>())
    tick.set(shard, data)
    while (this.#open.size > OPEN_TICKS) {
      const oldest = Math.min(...this.#open.keys())
      this.#closed = after(this.#closed, this.#open.get(oldest) ?? new Map())
      this.#open.delete(oldest)
    }
  }

  data(): GaugeData {
    const ticks = [...this.#open].sort(([a], [b]) => a - b)
    const { latest, atMs, min, max, ticks: count } = ticks.reduce((sums, [, tick]) => after(sums, tick), this.#closed)
    if (count === 0) return { type: 'gauge', value: 0, atMs: 0, min: 0, max: 0, count: 0 }
    return { type: 'gauge', value: total(latest), atMs, min, max, count }
  }
}

interface Sums {
  readonly latest: ReadonlyMap<number, number>
  readonly atMs: number
  readonly min: number
  readonly max: number
  readonly ticks: number
}

const total = (latest: ReadonlyMap<number, number>): number => [...latest.values()].reduce((sum, value) => sum + value, 0)

function after(sums: Sums, tick: ReadonlyMap<number, GaugeData>): Sums {
  const latest = new Map(sums.latest)
  let { atMs } = sums
  for (const [shard, data] of tick) {
    latest.set(shard, data.value)
    atMs = Math.max(atMs, data.atMs)
  }
  const sum = total(latest)
  return { latest, atMs, min: Math.min(sums.min, sum), max: Math.max(sums.max, sum), ticks: sums.ticks + 1 }
}
