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
  /** Instead of `exec`: functions with weights; each iteration draws one. */
  readonly tasks?: Readonly<Record<string, number>>
  /** Instead of `exec`: functions each VU runs one after the other, over and over. */
  readonly sequence?: readonly string[]
  /** What a VU waits after an iteration, or how far apart it begins them; `constantThroughput` is iterations per second. */
  readonly waitTime?: { readonly constant: Duration } | { readonly between: readonly [Duration, Duration] }
    | { readonly constantPacing: Duration } | { readonly constantThroughput: number }
}

interface Iterations extends ScenarioBase {
  /** Default 1. */
  readonly vus?: number
  /** Default 1. */
  readonly iterations?: number
  /** Default 10m. */
  readonly maxDuration?: Duration
}

/** From the target before to this one in a straight line; of no duration, at once. */
interface Stage { readonly duration: Duration; readonly target: number }

/** Stages, or a CSV file below the script's folder: `time_s`, `time_ms` or `time`, and `rate` or `vus`. */
type Ramp = { readonly stages: readonly Stage[] } | { readonly profile: string }

/** The levels of a staircase. */
type Levels = readonly number[] | { readonly from: number; readonly to: number; readonly by: number }

interface Arrivals extends ScenarioBase {
  /** The time rates are counted in; default 1s. */
  readonly timeUnit?: Duration
  /** VUs made before the run. */
  readonly preAllocatedVUs: number
  /** VUs there may be; default preAllocatedVUs. */
  readonly maxVUs?: number
  /** What becomes of an iteration that is due while maxVUs are busy; default drop. */
  readonly late?: 'drop' | 'queue'
  /** Iterations come by chance, at this rate on average. */
  readonly poisson?: boolean
}

interface Staircase {
  readonly executor: 'staircase'
  /** How long each level lasts. */
  readonly hold: Duration
  /** How long a level settles: what is begun meanwhile is in no statistics; default 0s. */
  readonly settle?: Duration
}

interface RampDown {
  /** How long the iteration of a VU that is ramped down may go on; default 30s. */
  readonly gracefulRampDown?: Duration
}

/** A named part of the run. */
export type Scenario =
  /** The iterations are dealt to the VUs in turn. */
  | Iterations & { readonly executor: 'shared-iterations' }
  /** Each VU runs `iterations` of its own. */
  | Iterations & { readonly executor: 'per-vu-iterations' }
  /** VUs loop until `duration` is over. */
  | ScenarioBase & { readonly executor: 'constant-vus'; readonly vus?: number; readonly duration: Duration }
  /** VUs loop; how many there are follows the stages. */
  | ScenarioBase & RampDown & Ramp & { readonly executor: 'ramping-vus'; readonly startVUs?: number }
  /** Iterations begin at a rate, however long they take. */
  | Arrivals & { readonly executor: 'constant-arrival-rate'; readonly rate: number; readonly duration: Duration }
  /** The same; the rate follows the stages. */
  | Arrivals & Ramp & { readonly executor: 'ramping-arrival-rate'; readonly startRate?: number }
  /** Steps of VUs that loop. */
  | ScenarioBase & RampDown & Staircase & { readonly vus: Levels }
  /** Steps of a rate. */
  | Arrivals & Staircase & { readonly rate: Levels }

interface Until {
  /** The store is steady, in the manner of SNIA's performance test specification; true: as the defaults say. */
  readonly steady?: true | {
    /** What is looked at; default operations. */
    readonly of?: 'operations' | 'bytes' | 'latency'
    /** How many rounds are held against each other; default 5. */
    readonly rounds?: number
    /** How long one is, in whole seconds; default 10s. */
    readonly round?: Duration
    /** How far apart the largest and the smallest may be, as a part of their mean; default '20%'. */
    readonly range?: string
    /** How far the line that fits them best may rise or fall over them, as a part of their mean; default '10%'. */
    readonly slope?: string
    /** How long after the start the first round begins; default 0s. */
    readonly after?: Duration
  }
  /** Bytes, or a text like '10GiB': payload up and down together. */
  readonly maxData?: number | string
}

/** `export const options: Options = { … }`. Flags and the environment win over it. */
export interface Options {
  /** How many VUs; shortcut for a single scenario. */
  readonly vus?: number
  readonly duration?: Duration
  readonly iterations?: number
  /** A ramp of VUs; shortcut for a single scenario. */
  readonly stages?: readonly Stage[]
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
  /** What ends the load before its time: the first that is reached. */
  readonly until?: Until
  readonly noSetup?: boolean
  readonly noTeardown?: boolean
  /** Leaves what the run made in the store. */
  readonly noCleanup?: boolean
  /** Everything the script names in a store is below it; default `chopsticks-<run id>/`. */
  readonly prefix?: string
  /** true: every byte that is read is checked, and that no write was lost; false: only what the script asks for. */
  readonly verify?: boolean
  /** Every random choice and payload byte follows from it. */
  readonly seed?: number
  /** Figures of a trend in the summary: avg, min, med, max, count, p(N). */
  readonly summaryTrendStats?: readonly string[]
  readonly summaryTimeUnit?: 's' | 'ms' | 'us'
}
