// Windows of a second over all shards, made from their snapshots as these come in.
import { shardGauges, type ShardGauges } from './gauges.ts'
import { tagsKey } from './series.ts'
import { sinkFor, type Sink } from './sinks.ts'
import type { Series, Snapshot } from './snapshot.ts'
import type { Window } from './timeline.ts'

const SECOND_MS = 1000
/** A second is given out without a shard that is so many seconds behind another; what that tells later is a window of its own. */
const BEHIND_MAX = 3

/** One second, until it is given out. */
class OpenSecond {
  readonly shards = new Set<number>()
  /** True when a shard that told of it goes on. */
  goesOn = false
  readonly #series = new Map<string, { readonly name: Omit<Series, 'data'>; readonly sum: Sink; readonly gauges: ShardGauges }>()

  add(shard: number, { sequence, series, progress }: Snapshot): void {
    this.shards.add(shard)
    this.goesOn ||= progress.some(({ state }) => state !== 'done')
    for (const { metric, contains, tags, data } of series) {
      const key = `${metric}\n${tagsKey(tags)}`
      let entry = this.#series.get(key)
      if (entry === undefined) {
        entry = { name: { metric, contains, tags }, sum: sinkFor(data.type), gauges: shardGauges(metric) }
        this.#series.set(key, entry)
      }
      if (data.type === 'gauge') entry.gauges.merge(shard, sequence, data)
      else entry.sum.merge(data)
    }
  }

  series(): readonly Series[] {
    return [...this.#series.values()].map(({ name, sum, gauges }) => ({ ...name, data: sum.count > 0 ? sum.data() : gauges.data() }))
  }
}

/** Gathers snapshots by second: the same number is the same second in every shard. */
export class Seconds {
  readonly #shards: number
  readonly #give: (window: Window) => void
  readonly #open = new Map<number, OpenSecond>()
  readonly #next = new Map<number, number>()

  /** `give` takes each second once all `shards` have told of it and one of them goes on, or when it can't be waited for. */
  constructor(shards: number, give: (window: Window) => void) {
    this.#shards = shards
    this.#give = give
  }

  /** Takes a shard's snapshot; one that was taken before changes nothing. */
  add(shard: number, snapshot: Snapshot): void {
    const { sequence } = snapshot
    if (sequence < (this.#next.get(shard) ?? 0)) return
    this.#next.set(shard, sequence + 1)
    const second = this.#open.get(sequence) ?? new OpenSecond()
    this.#open.set(sequence, second)
    second.add(shard, snapshot)
    for (const [number, { shards, goesOn }] of this.#inOrder()) {
      const whole = shards.size === this.#shards && goesOn
      if (!whole && number > sequence - BEHIND_MAX) break
      this.#giveOut(number, SECOND_MS)
    }
  }

  /** Gives out the rest: the load has ended, so long after its start. */
  close(elapsedMs: number): void {
    for (const [number] of this.#inOrder()) {
      this.#giveOut(number, Math.max(0, Math.min(SECOND_MS, elapsedMs - number * SECOND_MS)))
    }
  }

  #inOrder(): readonly (readonly [number, OpenSecond])[] { return [...this.#open].sort(([a], [b]) => a - b) }

  #giveOut(number: number, lengthMs: number): void {
    const series = this.#open.get(number)?.series() ?? []
    this.#open.delete(number)
    this.#give({ startMs: number * SECOND_MS, lengthMs, series })
  }
}
