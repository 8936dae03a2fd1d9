// The record of a run: everything the summary, exports and exit code are made from.
import type { Plan } from '../plan/plan.ts'
import type { GeneratorVerdict } from './generator.ts'
import type { Outage } from './outage.ts'
import type { ScenarioResult } from './scenario-result.ts'
import type { SlowOperation } from './slowest.ts'
import type { ErrorCount, ScenarioProgress, Series } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

/** Why and how a run ended. The first reason wins; thresholds are judged only where nothing worse happened. */
export type Ending =
  | { readonly kind: 'passed' }
  | { readonly kind: 'thresholds'; readonly message: string; readonly aborted: boolean }
  | { readonly kind: 'nothing-measured'; readonly message: string }
  | { readonly kind: 'aborted' | 'marked-failed'; readonly message: string; readonly stack: string }
  | { readonly kind: 'setup-timeout' | 'teardown-timeout' | 'other-timeout'; readonly message: string }
  | { readonly kind: 'script'; readonly step: string; readonly message: string; readonly stack: string }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'target'; readonly workload: string; readonly target: string; readonly code: string; readonly message: string }
  | { readonly kind: 'config'; readonly message: string }
  | { readonly kind: 'shard-lost'; readonly message: string }
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string }

/** Exit codes: k6's where k6 has one. */
export const EXIT_CODES: Readonly<Record<Ending['kind'], number>> = {
  passed: 0, thresholds: 99, 'nothing-measured': 99, aborted: 108, 'marked-failed': 110,
  'setup-timeout': 100, 'teardown-timeout': 101, 'other-timeout': 102, script: 107, signal: 105,
  target: 111, config: 104, 'shard-lost': 112, bug: 113,
}

/** How long each phase took, ms; absent when it did not run. `measuredMs` is what rates divide by. */
export interface PhaseTimes {
  readonly initMs: number
  readonly setupMs?: number
  /** First start to last scheduled end, over all shards: no prefill, setup, teardown, cleanup. */
  readonly measuredMs: number
  readonly teardownMs?: number
  readonly cleanupMs?: number
}

export interface RunRecord {
  readonly version: 1
  readonly runId: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly plan: Plan
  readonly times: PhaseTimes
  /** One line a workload and target: driver, endpoint, bucket, prefix; no secrets. */
  readonly targets: readonly string[]
  /** What the bindings remark on how their stores were used, by workload. */
  readonly remarks?: Readonly<Record<string, readonly string[]>>
  /** True when the built-in store was used: a self-test, not storage. */
  readonly builtin: boolean
  readonly series: readonly Series[]
  readonly errors: readonly ErrorCount[]
  readonly progress: readonly ScenarioProgress[]
  /** Offered and achieved, by scenario, with tasks, steps and response times. */
  readonly scenarios: readonly ScenarioResult[]
  /** Whether the generator itself was the limit, why, and what to change. */
  readonly generator: GeneratorVerdict
  readonly verdicts: readonly Verdict[]
  /** The slowest operations, the slowest first, a hundred at most. */
  readonly slowest?: readonly SlowOperation[]
  /** The longest time without a success, by operation, target and endpoint, the longest first. */
  readonly outages?: readonly Outage[]
  readonly cleanup: { readonly ran: boolean; readonly deleted: number; readonly remaining: number | undefined; readonly reason?: string }
  /** Where each operation was written down, how many there were, and what is missing, file by file; absent without --op-log. */
  readonly opLog?: { readonly folder: string; readonly operations: number; readonly problems: readonly string[] }
  readonly ending: Ending
  /** What setup returned, as JSON text. */
  readonly setupData: string | undefined
}
