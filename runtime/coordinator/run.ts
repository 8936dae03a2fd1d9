// One run from the coordinator's side: who calls it gives links, a clock and a place to report to.
import type { Clock, Json } from '../../bindings/sdk/index.ts'
import type { Bundle, FromAgent, TargetSettings } from '../link/protocol.ts'
import type { Aggregate } from '../metrics/aggregate.ts'
import type { RunRecord } from '../metrics/record.ts'
import type { ScenarioProgress } from '../metrics/snapshot.ts'
import type { Window } from '../metrics/timeline.ts'
import type { Verdict } from '../metrics/verdict.ts'
import type { Inspection, Plan } from '../plan/plan.ts'
import type { AgentLink } from './agent-line.ts'

export interface RunParts {
  readonly plan: Plan
  readonly bundle: Bundle
  readonly targets: TargetSettings
  /** Lines for the record: where the storage is. */
  readonly targetLines: readonly string[]
  /** What the bindings remark on how their stores were used, by workload; asked when the load is over. */
  readonly remarks?: (() => Readonly<Record<string, readonly string[]>>) | undefined
  readonly builtin: boolean
  readonly inspection: Inspection
  /** What relative paths in `open()` start from. */
  readonly scriptFolder: string
  /** The folder each shard writes its operations to; undefined: none does. */
  readonly opLogFolder?: string | undefined
  /** Takes each second of the load as it is over, over all shards; what a shard tells late comes as a further part of its second. */
  readonly onWindow?: ((window: Window) => void) | undefined
  readonly clock: Clock
  /** Opens the link to shard `index`; index 0 may be the one that inspected the script, when it is asked for the first time. */
  readonly open: (index: number) => AgentLink
  readonly report: RunReport
  /** What handleSummary gets, as JSON text, made from the record. */
  readonly summaryData: (record: RunRecord) => string
}

export type RunPhase = 'init' | 'prepare' | 'setup' | 'running' | 'stopping' | 'teardown' | 'cleanup' | 'summary' | 'ended'

/** What the run tells while it goes on. */
export interface RunReport {
  phase(phase: RunPhase): void
  /** Once a second while the load runs, and once more at its end. */
  frame(frame: Frame): void
  log(message: Extract<FromAgent, { kind: 'log' }>, shard: number): void
}

/** Everyone's last second, merged. */
export interface Frame {
  /** Since the first start, ms. */
  readonly elapsedMs: number
  readonly phase: RunPhase
  readonly progress: readonly ScenarioProgress[]
  readonly aggregate: Aggregate
  readonly verdicts: readonly Verdict[]
}

export interface RunResult {
  readonly record: RunRecord
  /** What handleSummary returned; undefined when there is none. `error` when it threw or took too long. */
  readonly handled: { readonly result: Json | undefined; readonly error?: { readonly message: string; readonly stack: string } } | undefined
}
