// What a shard counted since its last report, and how two such reports become one.
import type { Tags } from '../../bindings/sdk/index.ts'
import type { MetricContains } from '../plan/plan.ts'
import type { Availability } from './outage.ts'
import type { SlowOperation } from './slowest.ts'

/** The counts of a histogram, as they travel: a window of adjacent buckets for each sign. See histogram.ts for what a bucket is. */
export interface HistogramCounts {
  readonly zero: number
  readonly positive: BucketWindow | undefined
  readonly negative: BucketWindow | undefined
}
export interface BucketWindow { readonly first: number; readonly counts: Float64Array | Uint32Array }

/** A series' data: merged by adding, but for gauges, where the later value wins. */
export type SeriesData =
  | { readonly type: 'counter'; readonly sum: number; readonly count: number }
  | {
    readonly type: 'gauge'; readonly value: number; readonly atMs: number
    readonly min: number; readonly max: number; readonly count: number
  }
  | { readonly type: 'rate'; readonly trues: number; readonly count: number }
  | {
    readonly type: 'trend'; readonly count: number; readonly sum: number
    readonly min: number; readonly max: number; readonly histogram: HistogramCounts
  }

export interface Series { readonly metric: string; readonly contains: MetricContains; readonly tags: Tags; readonly data: SeriesData }

/** A kind of failure with how often it happened. The stack is the guest's raw one; it is mapped to the script where it is shown. */
export interface ErrorCount {
  readonly message: string
  readonly stack: string
  readonly scenario: string
  readonly count: number
  /** True for errors that ended an iteration; false for failures of operations nobody awaited, late errors. */
  readonly endedIteration: boolean
  /** True when others of its kind name another key, address or amount than `message`, which is the first one's. */
  readonly varies: boolean
}

/** A shard's last second: numbered, so none is counted twice or lost unseen. */
export interface Snapshot {
  readonly sequence: number
  readonly series: readonly Series[]
  readonly errors: readonly ErrorCount[]
  readonly progress: readonly ScenarioProgress[]
  /** When operations had successes since the last report. */
  readonly availability?: readonly Availability[]
  /** Operations of the shard's slowest so far that ended since the last report. */
  readonly slowest?: readonly SlowOperation[]
}

/** How far a shard's part of a scenario is. */
export interface ScenarioProgress {
  readonly scenario: string
  readonly state: 'waiting' | 'running' | 'stopping' | 'interrupted' | 'done'
  /** VUs in their loop or, at an arrival rate, inside an iteration; and VUs the scenario has made. */
  readonly vusActive: number
  readonly vus: number
  /** The most that were active at once so far. */
  readonly vusMost: number
  /** How long the scenario has begun iterations so far, from its planned start to its end at the latest, ms. */
  readonly ranMs: number
  readonly iterationsDone: number
  readonly iterationsInterrupted: number
  readonly iterationsFailed: number
  /** Iterations the scenario is to do in this shard; null when only time limits it. */
  readonly iterationsPlanned: number | null
  /** Begun so far: done, failed, interrupted or under way. */
  readonly iterationsBegun: number
  /** Not begun in time, for want of a VU or of time. */
  readonly iterationsDropped: number
  /** Begun, but only when a VU was free again (`late: 'queue'`). */
  readonly iterationsQueued: number
  /** Due so far at an arrival rate, begun or not; null where VUs loop. */
  readonly iterationsOffered: number | null
}
