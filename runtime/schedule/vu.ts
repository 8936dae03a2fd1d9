// A VU as the schedule sees it: something that runs one iteration at a time.

/** What the schedule asks of a VU. */
export interface IterationRequest {
  readonly scenario: string
  /** Number over the whole test within the scenario, from 0; no two iterations of a scenario share one. */
  readonly numberInTest: number
  /** The VU's own count within the scenario, from 0: `__ITER`. */
  readonly numberOfVu: number
  /** When it was due and when it was begun: ms on the shard's clock. */
  readonly dueMs: number
}

export type IterationEnd = 'done' | 'failed' | 'interrupted'

/** Implemented by the agent over a sandbox, and by plain functions in simulations. */
export interface Vu {
  /** Runs one iteration; never rejects. Not called again before it has resolved. */
  run(request: IterationRequest): Promise<IterationEnd>
  /** Ends the running iteration, if any, at once: its promise resolves with 'interrupted'. */
  interrupt(): void
}
