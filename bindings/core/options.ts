// What `export const options` may hold, as a type: so that an editor completes it. The runtime checks the values.

/** A duration: text with units (`'1m30s'`, `'500ms'`); a bare number, or text that is one, is milliseconds. */
type Duration = string | number

/** `'p(95)<200'`, `'rate<0.01'`, `'count>100'`. */
export type ThresholdRule = string | {
  readonly threshold: string
  /** Ends the run as soon as it fails. */
  readonly abortOnFail?: boolean
  /** Not judged for abortOnFail before this much time has passed. */
  readonly delayAbortEval?: Duration
  /** Holds when there are no samples; without it, a threshold that measured nothing fails. */
  readonly allowEmpty?: boolean
}

interface ScenarioBase {
  /** The exported function to run; default `default`. */
  readonly exec?: string
  /** When it starts, counted from the run's start. */
  readonly startTime?: Duration
  /** How long iterations may go on when its time is over; default 30s. */
  readonly gracefulStop?: Duration
  /** Added to `__ENV` in its VUs. */
  readonly env?: Readonly<Record<string, string>>
  /** On everything it emits. */
  readonly tags?: Readonly<Record<string, string>>
}

interface Iterations extends ScenarioBase {
  /** Default 1. */
  readonly vus?: number
  /** Default 1. */
  readonly iterations?: number
  /** Default 10m. */
  readonly maxDuration?: Duration
}

/** A named part of the run. */
export type Scenario =
  /** The iterations are dealt to the VUs in turn. */
  | Iterations & { readonly executor: 'shared-iterations' }
  /** Each VU runs `iterations` of its own. */
  | Iterations & { readonly executor: 'per-vu-iterations' }
  /** VUs loop until `duration` is over. */
  | ScenarioBase & { readonly executor: 'constant-vus'; readonly vus?: number; readonly duration: Duration }

/** `export const options: Options = { … }`. Flags and the environment win over it. */
export interface Options {
  /** How many VUs; shortcut for a single scenario. */
  readonly vus?: number
  readonly duration?: Duration
  readonly iterations?: number
  readonly scenarios?: Readonly<Record<string, Scenario>>
  /** Metric, or metric with tags (`'s3_req_duration{op:get}'`) -> what must hold. */
  readonly thresholds?: Readonly<Record<string, readonly ThresholdRule[]>>
  /** On everything the run emits. */
  readonly tags?: Readonly<Record<string, string>>
  readonly setupTimeout?: Duration
  readonly teardownTimeout?: Duration
  /** How long deleting what the run made may take. */
  readonly cleanupTimeout?: Duration
  readonly handleSummaryTimeout?: Duration
  readonly minIterationDuration?: Duration
  readonly noSetup?: boolean
  readonly noTeardown?: boolean
  /** Leaves what the run made in the store. */
  readonly noCleanup?: boolean
  /** Everything the script names in a store is below it; default `chopsticks-<run id>/`. */
  readonly prefix?: string
  /** Every random choice and payload byte follows from it. */
  readonly seed?: number
  /** Figures of a trend in the summary: avg, min, med, max, count, p(N). */
  readonly summaryTrendStats?: readonly string[]
  readonly summaryTimeUnit?: 's' | 'ms' | 'us'
}
