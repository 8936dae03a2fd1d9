// What the shards have counted, as a whole, over windows and second by second.
import { Aggregate } from '../metrics/aggregate.ts'
import { Seconds } from '../metrics/seconds.ts'
import type { Snapshot } from '../metrics/snapshot.ts'
import { ThresholdWindows } from '../metrics/threshold-windows.ts'
import type { Window } from '../metrics/timeline.ts'
import { UntilJudge } from '../metrics/until.ts'
import type { Plan } from '../plan/plan.ts'

/** All that is made of the snapshots of a run. */
export class Counts {
  readonly whole = new Aggregate()
  /** What thresholds over windows are judged by. */
  readonly windows: ThresholdWindows
  /** What the run goes on for, where it is not time alone. */
  readonly until: UntilJudge | undefined
  readonly #seconds: Seconds | undefined

  /** `onWindow` takes each second as it is over, where somebody wants it. */
  constructor({ thresholds, shards, until, workloads }: Plan, onWindow: ((window: Window) => void) | undefined) {
    this.windows = new ThresholdWindows(thresholds, shards)
    this.until = until === undefined ? undefined : new UntilJudge(until, workloads)
    this.#seconds = onWindow === undefined ? undefined : new Seconds(shards, onWindow)
  }

  /** Counts what a shard reported. Throws when it can't be counted. */
  add(shard: number, snapshot: Snapshot): void {
    this.whole.merge(shard, snapshot)
    this.#seconds?.add(shard, snapshot)
    this.windows.add(shard, snapshot)
  }

  /** The load is over, `atMs` after it began. */
  close(atMs: number): void { this.#seconds?.close(atMs) }
}
