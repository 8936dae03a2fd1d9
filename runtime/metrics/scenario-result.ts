// What a scenario was to do and what it did: offered and achieved, planned and running, and what kept it from more.
import { isArrivals, lengthOf, vusMostBy } from '../plan/load-shape.ts'
import type { Plan, Scenario } from '../plan/plan.ts'
import { responseResults, stepResults, taskResults, type ResponseResult, type StepResult, type TaskResult } from './breakdown.ts'
import { perSecond } from './figures.ts'
import type { ScenarioProgress, Series } from './snapshot.ts'

/** Something that kept a scenario from what it was to do, and what to change. */
export interface Shortfall {
  readonly kind: 'max-vus' | 'pre-allocated' | 'max-duration' | 'vus'
  readonly message: string
  readonly change: string
}

export interface ScenarioResult {
  readonly name: string
  readonly executor: Scenario['executor']
  /** How long it began iterations, ms: rates divide by it. */
  readonly ranMs: number
  /** Iterations that were due by then or, where they are counted, planned; null where VUs loop until the time is over. */
  readonly offered: number | null
  readonly begun: number
  readonly failed: number
  readonly interrupted: number
  /** Not begun, for want of a VU or of time. */
  readonly dropped: number
  /** Begun when a VU was free again, or made. */
  readonly queued: number
  /** Iterations due and begun a second; null where none are due at a moment. */
  readonly offeredPerSecond: number | null
  readonly begunPerSecond: number
  /** The most VUs it was to have by then (at an arrival rate: might have), and the most that were active at once. */
  readonly vusPlanned: number
  readonly vusMost: number
  readonly shortfalls: readonly Shortfall[]
  readonly tasks: readonly TaskResult[]
  readonly steps: readonly StepResult[]
  readonly response: readonly ResponseResult[]
}

/** Fewer VUs than this share of those planned are worth a word. */
const VUS_SHARE = 0.95

/** One for each scenario of the plan, from what all shards told together and all series of the run. */
export function scenarioResults(
  { scenarios, workloads }: Pick<Plan, 'scenarios' | 'workloads'>, progress: readonly ScenarioProgress[], series: readonly Series[],
): readonly ScenarioResult[] {
  return scenarios.flatMap((scenario) => {
    const part = progress.find((one) => one.scenario === scenario.name)
    if (part === undefined) return []
    const own = series.filter(({ tags }) => tags['scenario'] === scenario.name)
    const { ranMs, iterationsBegun: begun, iterationsOffered: due, vusMost } = part
    const counts = {
      name: scenario.name, executor: scenario.executor, ranMs, offered: due ?? part.iterationsPlanned, begun, failed: part.iterationsFailed,
      interrupted: part.iterationsInterrupted, dropped: part.iterationsDropped, queued: part.iterationsQueued,
      offeredPerSecond: due === null ? null : perSecond(due, ranMs), begunPerSecond: perSecond(begun, ranMs),
      vusPlanned: isArrivals(scenario) ? scenario.maxVUs : vusMostBy(scenario, ranMs * 1e6), vusMost,
    }
    return [{
      ...counts, shortfalls: shortfallsOf(scenario, counts), tasks: taskResults(scenario, own),
      steps: stepResults(scenario, own, ranMs, workloads), response: responseResults(scenario, own, workloads),
    }]
  })
}

type Counts = Pick<ScenarioResult, 'ranMs' | 'offered' | 'dropped' | 'queued' | 'vusPlanned' | 'vusMost'>

/** What kept it from more; `[]` when nothing did. */
export function shortfallsOf(scenario: Scenario, counts: Counts): readonly Shortfall[] {
  const { ranMs, offered, dropped, queued, vusPlanned, vusMost } = counts
  const of = (count: number): string => {
    const share = 100 * count / Math.max(1, offered ?? 0)
    return `${count} of ${offered ?? 0} iterations (${share < 0.1 ? 'under 0.1' : share.toFixed(1)} %)`
  }
  if (isArrivals(scenario)) {
    const { maxVUs, preAllocatedVUs } = scenario
    const late = [...(queued === 0 ? [] : [`${of(queued)} waited for a VU`]), ...(dropped === 0 ? [] : [`${of(dropped)} were dropped`])]
    if (late.length === 0) return []
    const message = late.join(', ')
    if (dropped === 0 && vusMost < maxVUs) {
      return [{
        kind: 'pre-allocated', message: `${message}: ${preAllocatedVUs} VUs were made before the load, and more were needed`,
        change: `Raise preAllocatedVUs: ${vusMost} were busy at once`,
      }]
    }
    return [{
      kind: 'max-vus', message: `${message}: ${maxVUs === 1 ? 'its one VU was busy' : `all ${maxVUs} VUs were busy`}`,
      change: 'Raise maxVUs; if all are busy then too, the store is slower than this load',
    }]
  }
  if (dropped > 0) {
    return [{ kind: 'max-duration', message: `${of(dropped)} were not begun: maxDuration was over`, change: 'Raise maxDuration, or vus' }]
  }
  const whole = ranMs * 1e6 >= lengthOf(scenario)
  return !whole || vusMost >= vusPlanned * VUS_SHARE ? [] : [{
    kind: 'vus', message: `${vusMost} of ${vusPlanned} VUs came to run`,
    change: 'The generator could not start them in time: use more shards (--shards N), or ramp more slowly',
  }]
}
