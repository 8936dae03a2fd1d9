// The scenarios of a plan: what each executor is to do, checked and in nanoseconds.
import type { Tags } from '../../bindings/sdk/index.ts'
import type { Ns } from './ns.ts'

interface ScenarioBase {
  readonly name: string
  /** The exported function to run; with `tasks`, the one named there is run instead. */
  readonly exec: string
  readonly startTimeNs: Ns
  readonly gracefulStopNs: Ns
  readonly env: Readonly<Record<string, string>>
  readonly tags: Tags
  readonly tasks?: Tasks
  readonly waitTime?: WaitTime
}

/** What iterations run: drawn by weight from the seed, or each VU one after the other, over and over. */
export type Tasks =
  | { readonly kind: 'weighted'; readonly weights: Readonly<Record<string, number>> }
  | { readonly kind: 'sequence'; readonly names: readonly string[] }

/** What a VU does between iterations: waits after one, or begins them so far apart. */
export type WaitTime =
  | { readonly kind: 'constant'; readonly durationNs: Ns }
  /** Anything between the two, drawn from the seed. */
  | { readonly kind: 'between'; readonly minNs: Ns; readonly maxNs: Ns }
  | { readonly kind: 'pacing'; readonly everyNs: Ns }

/** VUs share the iterations out between them, each the next in turn, until all are done or `maxDuration` is over. */
export interface SharedIterations extends ScenarioBase {
  readonly executor: 'shared-iterations'
  readonly vus: number
  readonly iterations: number
  readonly maxDurationNs: Ns
}
/** Each VU runs `iterations` of its own. */
export interface PerVuIterations extends ScenarioBase {
  readonly executor: 'per-vu-iterations'
  readonly vus: number
  readonly iterations: number
  readonly maxDurationNs: Ns
}
/** VUs loop until `duration` is over. */
export interface ConstantVus extends ScenarioBase {
  readonly executor: 'constant-vus'
  readonly vus: number
  readonly durationNs: Ns
}

/** From the target before (or the start) to this one in a straight line; of no duration, at once. */
export interface PlannedStage { readonly durationNs: Ns; readonly target: number }

/** VUs loop; how many there are follows the stages. */
export interface RampingVus extends ScenarioBase {
  readonly executor: 'ramping-vus'
  readonly startVUs: number
  readonly stages: readonly PlannedStage[]
  /** How long the iteration of a VU that is ramped down may go on. */
  readonly gracefulRampDownNs: Ns
  /** The file the stages were made from. */
  readonly profile?: string
}

/** What the executors have in common that begin iterations at a rate, on whichever VU is free. */
interface ArrivalBase extends ScenarioBase {
  /** Rates are so many in this time. */
  readonly timeUnitNs: Ns
  /** VUs made before the start; more are made when they are needed, up to `maxVUs`. */
  readonly preAllocatedVUs: number
  readonly maxVUs: number
  /** What becomes of an iteration that is due while all VUs are busy. */
  readonly late: 'drop' | 'queue'
  /** Iterations come by chance, drawn from the seed, at this rate on average. */
  readonly poisson: boolean
}
export interface ConstantArrivalRate extends ArrivalBase {
  readonly executor: 'constant-arrival-rate'
  readonly rate: number
  readonly durationNs: Ns
}
/** The rate follows the stages. */
export interface RampingArrivalRate extends ArrivalBase {
  readonly executor: 'ramping-arrival-rate'
  readonly startRate: number
  readonly stages: readonly PlannedStage[]
  /** The file the stages were made from. */
  readonly profile?: string
}

/** Levels one after the other, each held as long; what is begun while one settles is in no statistics. */
interface StaircaseBase {
  readonly executor: 'staircase'
  readonly levels: readonly number[]
  readonly holdNs: Ns
  readonly settleNs: Ns
}
/** Steps of VUs that loop. */
export interface VuStaircase extends ScenarioBase, StaircaseBase {
  readonly of: 'vus'
  readonly gracefulRampDownNs: Ns
}
/** Steps of a rate. */
export interface RateStaircase extends ArrivalBase, StaircaseBase { readonly of: 'rate' }

/** VUs loop as fast as they can: they differ in where iterations come from and how many VUs there are when. */
export type LoopingScenario = SharedIterations | PerVuIterations | ConstantVus | RampingVus | VuStaircase
/** Iterations are due at moments that don't depend on how long they take. */
export type ArrivalScenario = ConstantArrivalRate | RampingArrivalRate | RateStaircase
export type Scenario = LoopingScenario | ArrivalScenario
