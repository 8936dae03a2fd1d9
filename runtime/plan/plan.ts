// The plan: all option layers merged, checked and frozen once. JSON, so it can be sent, stored and diffed; it holds no secret.
import type { Json, Tags } from '../../bindings/sdk/index.ts'
import type { MetricContains } from './contains.ts'
import type { Ns } from './ns.ts'
import type { Scenario } from './scenarios.ts'
import type { Submetric, Threshold } from './threshold.ts'
import type { Until } from './until.ts'

export type { MetricContains } from './contains.ts'
export type { Ns } from './ns.ts'
export type * from './scenarios.ts'

export interface Plan {
  readonly version: 1
  /** Names the run: in the key prefix, the record, the cleanup command. */
  readonly runId: string
  /** Every random choice and payload byte follows from it. */
  readonly seed: number
  readonly script: { readonly name: string; readonly digest: string }
  readonly scenarios: readonly Scenario[]
  readonly thresholds: readonly Threshold[]
  /** Sub-metrics the summary shows though nothing judges them: thresholds given as an empty list. */
  readonly submetrics?: readonly Submetric[]
  /** False with --no-thresholds: then nothing is judged, not even whether anything was measured. */
  readonly gate: boolean
  /** Tags on everything the run emits. */
  readonly tags: Tags
  /** What `__ENV` holds. */
  readonly env: Readonly<Record<string, string>>
  readonly setup: Phase
  readonly teardown: Phase
  readonly cleanup: Phase
  /** Runs when the script exports it. */
  readonly handleSummary?: Phase
  readonly minIterationDurationNs: Ns
  /** What ends the load before its time. */
  readonly until?: Until
  readonly summary: SummaryOptions
  readonly limits: Limits
  /** Everything the script names in a store is below it. */
  readonly prefix: string
  /** Target name from `--target`; null is the file's own (or the built-in). */
  readonly target: string | null
  readonly shards: number
  /** Names of the workloads the script imports (`s3`). */
  readonly workloads: readonly string[]
  /** True: all that is read is checked; false: nothing is but what the script asks for; undefined: what costs next to nothing. */
  readonly verify?: boolean
  /** Shows the requests stores are asked with: their heads, or bodies too. */
  readonly debugRequests?: DebugRequests
}

/** A phase that can be left out and must end in time. */
export interface Phase { readonly run: boolean; readonly timeoutNs: Ns }

export interface Limits {
  /** A VU's heap, bytes. */
  readonly vuMemoryBytes: number
  /** How long one entry into a VU may run without awaiting. */
  readonly vuSliceNs: Ns
}

export interface SummaryOptions {
  readonly mode: 'compact' | 'full' | 'disabled'
  /** `avg`, `min`, `med`, `max`, `count`, `p(N)`. */
  readonly trendStats: readonly string[]
  /** null = the unit that fits. */
  readonly timeUnit: 's' | 'ms' | 'us' | null
}

/** How much of a request is shown. */
export type DebugRequests = 'heads' | 'full'

/** What a script's init code showed when it was first evaluated. */
export interface Inspection {
  /** The script's `options`, as JSON; null when it has none. */
  readonly options: Json
  /** Names of exported functions. */
  readonly functions: readonly string[]
  /** Metrics its init code declared. */
  readonly metrics: readonly MetricDeclaration[]
  /** Files its init code opened: real path -> base64. */
  readonly files: Readonly<Record<string, string>>
  /** Shared arrays its init code made: name -> JSON texts of the elements. */
  readonly sharedArrays: Readonly<Record<string, readonly string[]>>
}

export type MetricType = 'counter' | 'gauge' | 'rate' | 'trend'
export interface MetricDeclaration { readonly name: string; readonly type: MetricType; readonly contains: MetricContains }
