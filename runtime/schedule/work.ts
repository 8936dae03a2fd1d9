// What a scenario does between its start and its end, whichever way its iterations come.

export interface Work {
  /** VUs it has made so far. */
  readonly vus: number
  /** VUs that loop, or are inside an iteration. */
  readonly active: number
  /** The most that were active at once so far. */
  readonly most: number
  /** Iterations begun that had to wait for a VU that was free. */
  readonly queued: number
  /** Iterations it is to do in this shard; null when only time limits it. */
  readonly planned: number | null
  /** Iterations that were due so far; null where they follow one another in a loop. */
  readonly offered: number | null
  /** Begins; resolves when nothing runs and nothing will. Called once. */
  run(): Promise<void>
  /** Nothing is begun any more; where time is what ended it, what was due is seen to first. */
  end(): void
}
