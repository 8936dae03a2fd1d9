// When iterations of an arrival rate are due: whole nanoseconds, as k6 reckons them, or by chance from the seed.
//
// A rate over time encloses an area: so many iterations by then. An iteration is due when the area reaches its number. Evenly spaced,
// these are whole numbers; by chance (a Poisson process) they lie apart by random lengths whose average is one.
import { randomFrom } from '../../bindings/sdk/index.ts'
import { rampOf } from './load-shape.ts'
import type { Ns } from './ns.ts'
import type { ArrivalScenario } from './scenarios.ts'

/** The n-th iteration of a scenario, from 0, and when it is due from the scenario's start. */
export interface Arrival { readonly number: number; readonly dueNs: Ns }

/** When the area under the rate reaches a value; undefined when it never does. */
type Reach = (area: number) => Ns | undefined

/** The gap between two iterations of a constant rate: the time unit shared out, without the fraction of a nanosecond. */
export const periodOf = ({ timeUnitNs, rate }: { readonly timeUnitNs: Ns; readonly rate: number }): Ns =>
  (timeUnitNs - timeUnitNs % rate) / rate

interface Stage {
  readonly beganNs: Ns
  readonly durationNs: Ns
  readonly from: number
  readonly to: number
  readonly before: number
  readonly after: number
}

/** The stages of a rate, in iterations per nanosecond, with the area before and after each. */
function areas(scenario: ArrivalScenario): readonly Stage[] {
  const { start, stages } = rampOf(scenario) ?? { start: 0, stages: [] }
  let beganNs = 0
  let from = start / scenario.timeUnitNs
  let before = 0
  return stages.map(({ durationNs, target }) => {
    const to = target / scenario.timeUnitNs
    const after = before + (from === to ? durationNs * to : durationNs * ((to - from) / 2 + from))
    const stage = { beganNs, durationNs, from, to, before, after }
    beganNs += durationNs
    from = to
    before = after
    return stage
  })
}

/** Stages are looked through from where the last value was found: they must be asked for in ascending order. */
function alongStages(stages: readonly Stage[]): Reach {
  let at = 0
  return (area) => {
    for (let stage = stages[at]; stage !== undefined; stage = stages[++at]) {
      const { beganNs, durationNs, from, to, before, after } = stage
      if (area > after || before === after) continue
      if (from === to) return Math.trunc((area - before) / to) + beganNs
      // Where the parabola under a straight line reaches the area; rounding must not take the root of less than nothing.
      const root = Math.sqrt(Math.max(0, durationNs * (from * from * durationNs + 2 * (area - before) * (to - from))))
      return Math.trunc((from * durationNs - root) / (from - to)) + beganNs
    }
    return undefined
  }
}

/** When the area under a scenario's rate reaches a value; values must be asked for in ascending order. */
function reachOf(scenario: ArrivalScenario): Reach {
  if (scenario.executor !== 'constant-arrival-rate') return alongStages(areas(scenario))
  const { durationNs } = scenario
  const periodNs = periodOf(scenario)
  return (area) => {
    const dueNs = Math.trunc(area * periodNs)
    return dueNs < durationNs ? dueNs : undefined
  }
}

/** How many iterations a scenario begins, about: where they come by chance, on average. */
export function arrivalCount(scenario: ArrivalScenario): number {
  if (scenario.executor === 'constant-arrival-rate') return Math.ceil(scenario.durationNs / periodOf(scenario))
  return Math.floor(areas(scenario).at(-1)?.after ?? 0)
}

/** The areas of the numbers given, evenly spaced: a constant rate begins at once, a ramp when one whole iteration has come together. */
function* even(scenario: ArrivalScenario, numbers: Iterable<number>): Generator<readonly [number: number, area: number], undefined> {
  const first = scenario.executor === 'constant-arrival-rate' ? 0 : 1
  for (const number of numbers) yield [number, number + first]
  return undefined
}

/** The same by chance. All are drawn, also those not asked for: so every shard draws the same. */
function* byChance(numbers: Iterable<number>, seed: number, stream: number): Generator<readonly [number: number, area: number], undefined> {
  const random = randomFrom(seed, stream, POISSON)
  let drawn = 0
  let area = 0
  for (const number of numbers) {
    for (; drawn <= number; drawn++) area -= Math.log(1 - random.fraction())
    yield [number, area]
  }
  return undefined
}
const POISSON = 0x706f

/** What decides by chance: the run's seed, and which scenario it is. */
export interface Chance { readonly seed: number; readonly stream: number }

/** Those of a scenario's iterations whose numbers are given (ascending, without end), until its time is over. */
export function* arrivals(scenario: ArrivalScenario, numbers: Iterable<number>, chance: Chance): Generator<Arrival, undefined> {
  const reach = reachOf(scenario)
  const areasOf = scenario.poisson ? byChance(numbers, chance.seed, chance.stream) : even(scenario, numbers)
  for (const [number, area] of areasOf) {
    const dueNs = reach(area)
    if (dueNs === undefined) return undefined
    yield { number, dueNs }
  }
  return undefined
}
