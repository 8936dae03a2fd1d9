// One storage operation, as a driver gets it and as it ends.
import type { StorageError } from './errors.ts'
import type { JsonObject } from './json.ts'
import type { Tags } from './sample.ts'

/**
 * The moments within an operation that a driver may point at; the caller stamps them. `dial`: a connection begins to be made for it;
 * `connect`: it stands; `tls`: its handshake is over. `submitted`: the storage has it, which until then took our thread's
 * time. `retry`: what went before has failed, and all begins anew. From `staging` to `staged` the driver prepares or takes in what its
 * program exchanges by files: time that is none of the store's, counted apart.
 */
export type Phase = 'dial' | 'connect' | 'tls' | 'submitted' | 'first_byte' | 'retry' | 'staging' | 'staged'

/** What an operation is called with, beside its arguments. */
export interface Call {
  /** Aborted when the run must stop at once. Long-lived: one per VU, never one per operation. */
  readonly signal: AbortSignal
  /** How long the operation may take before it must end with code `timeout`; 0 = no limit of its own. */
  readonly timeoutMs: number
  /** `__VU` of who calls, from 1; 0 in setup and teardown. Without it nobody knows. */
  readonly vu?: number
  /** The caller stamps the moment. Calling it twice with one phase keeps the first; every `retry`, and every time of staging, counts. */
  mark(phase: Phase): void
  /**
   * Runs one step of an operation that is made of several: it is timed and counted as the operation `op`, as if it had been called,
   * and the whole has a Trend of its own (`<workload>_composite_duration`). `run` gets a call of the step's own; what it ends with,
   * the step ends with. Without it nobody measures.
   */
  step?(op: string, run: (call: Call) => Promise<Outcome>): Promise<Outcome>
  /**
   * Counts steps of an operation that are too many for a promise each: whoever has it times them by the session's clock. The whole has
   * a Trend of its own, as with `step`. Without it nobody measures.
   */
  meter?(): Meter
}

/** One step that has ended, well or not. Moments are ms on the session's clock. */
export interface MeteredStep {
  readonly op: string
  /** When it should have begun; `paced`: at a moment that does not depend on those before it, so that it is answered for from then on. */
  readonly due: number
  readonly paced: boolean
  readonly started: number
  /** When the storage had it. */
  readonly submitted: number
  readonly ended: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly verified: boolean
  readonly error: StorageError | undefined
  /** What it was about, for op logs; asked only while one is written. */
  readonly subject: () => Subject
}
export interface Meter { count(step: MeteredStep): void }

/** How a storage operation ended well. */
export interface Outcome {
  /** What the script gets. */
  readonly reply: JsonObject
  /** Payload bytes received and sent. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Bytes on the wire including heads, where the driver knows. */
  readonly wireIn?: number | undefined
  readonly wireOut?: number | undefined
  /** True when the data was held against what it should be, and was it: counts in `verify_failed`. */
  readonly verified?: boolean
  /** Which write the data said it is of, where it said so. */
  readonly version?: number | undefined
  readonly requestId?: string | undefined
  readonly endpoint?: string | undefined
}

/** What one operation is about, as an op log writes it: told from its arguments alone. */
export interface Subject {
  /** The whole name in the store: the key; of a listing its prefix, of several objects the first. */
  readonly key?: string
  /** How many objects it names, where it is made for several. */
  readonly keys?: number
  /** Payload bytes it means to send. */
  readonly sizeBytes?: number
}

/** Options any storage operation takes from the script, beside its own. They are handled by the dispatcher, not by the binding. */
export interface CallOptions {
  /** Codes that are no failure here. */
  readonly expect?: readonly string[]
  readonly tags?: Tags
  readonly timeoutMs?: number
}
