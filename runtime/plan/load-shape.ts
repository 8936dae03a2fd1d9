// What a scenario asks for over time: how long it goes on, and how many VUs or iterations per second it is to have when.
import type { Ns } from './ns.ts'
import type { ArrivalScenario, PlannedStage, RateStaircase, Scenario, VuStaircase } from './scenarios.ts'

const NS_PER_SECOND = 1e9

/** True when iterations are due at moments, and don't follow one another in VUs that loop. */
export const isArrivals = (scenario: Scenario): scenario is ArrivalScenario =>
  scenario.executor === 'constant-arrival-rate' || scenario.executor === 'ramping-arrival-rate'
  || (scenario.executor === 'staircase' && scenario.of === 'rate')

/** A level to begin at, and the way from there. */
export interface Ramp { readonly start: number; readonly stages: readonly PlannedStage[] }

/** The VUs or rates of a scenario over time; undefined when it has the same from beginning to end. */
export function rampOf(scenario: Scenario): Ramp | undefined {
  switch (scenario.executor) {
    case 'ramping-vus': return { start: scenario.startVUs, stages: scenario.stages }
    case 'ramping-arrival-rate': return { start: scenario.startRate, stages: scenario.stages }
    case 'staircase': return staircaseRamp(scenario)
    case 'shared-iterations': case 'per-vu-iterations': case 'constant-vus': case 'constant-arrival-rate': return undefined
    default: return scenario satisfies never
  }
}

function staircaseRamp({ levels, holdNs }: VuStaircase | RateStaircase): Ramp {
  const stages = levels.flatMap((target) => [{ durationNs: 0, target }, { durationNs: holdNs, target }])
  return { start: levels[0] ?? 0, stages }
}

export const rampLength = ({ stages }: Pick<Ramp, 'stages'>): Ns => stages.reduce((sum, { durationNs }) => sum + durationNs, 0)

/** How long a scenario may begin iterations, from its own start. */
export function lengthOf(scenario: Scenario): Ns {
  switch (scenario.executor) {
    case 'shared-iterations': case 'per-vu-iterations': return scenario.maxDurationNs
    case 'constant-vus': case 'constant-arrival-rate': return scenario.durationNs
    case 'ramping-vus': case 'ramping-arrival-rate': return rampLength(scenario)
    case 'staircase': return scenario.holdNs * scenario.levels.length
    default: return scenario satisfies never
  }
}

/** True when only time ends the scenario. */
export const isTimed = (scenario: Scenario): boolean =>
  scenario.executor !== 'shared-iterations' && scenario.executor !== 'per-vu-iterations'

/** When, from the run's start, a scenario has let go of its VUs at the latest. */
export const releaseOf = (scenario: Scenario): Ns => scenario.startTimeNs + lengthOf(scenario) + scenario.gracefulStopNs

/** The most VUs a scenario can have. */
export function vusMax(scenario: Scenario): number {
  if (isArrivals(scenario)) return scenario.maxVUs
  switch (scenario.executor) {
    case 'shared-iterations': case 'per-vu-iterations': case 'constant-vus': return scenario.vus
    case 'ramping-vus': return Math.max(scenario.startVUs, ...scenario.stages.map(({ target }) => target))
    case 'staircase': return Math.max(...scenario.levels)
    default: return scenario satisfies never
  }
}

/** The VUs that are made before the run starts: all of them, but for those an arrival rate may never need. */
export const vusAtStart = (scenario: Scenario): number => isArrivals(scenario) ? scenario.preAllocatedVUs : vusMax(scenario)

/** The level of a ramp at a moment, and whether it falls then; at a jump the one after it. */
function levelAt({ start, stages }: Ramp, atNs: Ns): { readonly level: number; readonly falls: boolean } {
  let from = start
  let beganNs = 0
  for (const { durationNs, target } of stages) {
    if (atNs < beganNs + durationNs) {
      return { level: from + (target - from) * (atNs - beganNs) / durationNs, falls: target < from }
    }
    beganNs += durationNs
    from = target
  }
  return { level: from, falls: false }
}

/** How many VUs a scenario is to have at a moment after its start; undefined when its VUs follow from a rate. */
export function vusAt(scenario: Scenario, atNs: Ns): number | undefined {
  if (isArrivals(scenario)) return undefined
  const ramp = rampOf(scenario)
  if (ramp === undefined) return vusMax(scenario)
  // A VU comes when the line reaches its number, and goes when it has come down to one less.
  const { level, falls } = levelAt(ramp, atNs)
  return falls ? Math.ceil(level) : Math.floor(level)
}

/** The most VUs a scenario is to have had by a moment after its start; where they follow from a rate, the most there may be. */
export function vusMostBy(scenario: Scenario, untilNs: Ns): number {
  const ramp = isArrivals(scenario) ? undefined : rampOf(scenario)
  if (ramp === undefined) return vusMax(scenario)
  let most = Math.max(ramp.start, vusAt(scenario, untilNs) ?? 0)
  let atNs = 0
  for (const { durationNs, target } of ramp.stages) {
    atNs += durationNs
    if (atNs > untilNs) break
    most = Math.max(most, target)
  }
  return most
}

/** How many iterations a scenario is to begin per second at a moment after its start; undefined when its VUs loop. */
export function rateAt(scenario: Scenario, atNs: Ns): number | undefined {
  if (!isArrivals(scenario)) return undefined
  const ramp = rampOf(scenario) ?? { start: 0, stages: [] }
  const perUnit = scenario.executor === 'constant-arrival-rate' ? scenario.rate : levelAt(ramp, atNs).level
  return perUnit * NS_PER_SECOND / scenario.timeUnitNs
}

/** The step of a staircase at a moment after its start, and whether it still settles; undefined where there are no steps. */
export function stepAt(scenario: Scenario, atNs: Ns): { readonly level: number; readonly settling: boolean } | undefined {
  if (scenario.executor !== 'staircase') return undefined
  const { levels, holdNs, settleNs } = scenario
  const index = Math.min(levels.length - 1, Math.max(0, Math.floor(atNs / holdNs)))
  return { level: levels[index] ?? 0, settling: atNs - index * holdNs < settleNs }
}
