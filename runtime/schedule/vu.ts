// A VU as the schedule sees it: something that runs one iteration at a time.

/** What the schedule asks of a VU. */
export interface IterationRequest {
  readonly scenario: string
  /** The exported function to run. */
  readonly exec: string
  /** The task it is, where the scenario has tasks. */
  readonly task: string | undefined
  /** The step of a staircase it belongs to, by its level. */
  readonly step: string | undefined
  /** False while a staircase settles: then nothing it does is in any statistics. */
  readonly measured: boolean
  /** True when it was due at a moment of its own, which its first operation inherits; false when it follows another in a VU's loop. */
  readonly paced: boolean
  /** Number over the whole test within the scenario, from 0; no two iterations of a scenario share one. */
  readonly numberInTest: number
  /** The VU's own count within the scenario, from 0: `__ITER`. */
  readonly numberOfVu: number
  /** When it was due: ms on the shard's clock. */
  readonly dueMs: number
}

export type IterationEnd = 'done' | 'failed' | 'interrupted'

/** Implemented by the agent over a sandbox, and by plain functions in simulations. */
export interface Vu {
  /** Runs one iteration; never rejects. Makes the VU first, if there is none yet. Not called again before it has resolved. */
  run(request: IterationRequest): Promise<IterationEnd>
  /** Ends the running iteration, if any, at once: its promise resolves with 'interrupted'. */
  interrupt(): void
}
