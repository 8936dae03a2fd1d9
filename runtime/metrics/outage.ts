// Outages: the longest time an operation had no success, by operation, target and endpoint, over all shards.
//
// The time without a success counts only while an operation was asked for: it begins with the last success, or with the first
// operation begun after it, whichever is later, and ends with the next success, or with the last failure when there was none. So a
// script that pauses makes no outage, and a store that hangs for 30 s or refuses everything for 30 s makes one of 30 s. An answer
// the script said it expects is a success.
//
// Each shard tells of each second the moments of its first and last success and the longest time between two within it. Over several
// shards what lies between two seconds' successes is exact, and what lies within one second is the least any of them saw: a bound.

/** The longest time one operation had no success at one endpoint. */
export interface Outage {
  readonly workload: string
  readonly op: string
  readonly target: string
  /** Only of a target with several. */
  readonly endpoint?: string
  /** When it began: ms since the start of the load. */
  readonly fromMs: number
  readonly durationMs: number
  /** False when no success followed it. */
  readonly ended: boolean
}
