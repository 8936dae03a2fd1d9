// Scenarios in words, as k6 puts them, and how long a plan can take.
import { formatDuration } from '../../bindings/sdk/index.ts'
import { lengthOf, rateAt, releaseOf, vusMax } from '../plan/load-shape.ts'
import type { ArrivalScenario, Plan, Scenario, Tasks } from '../plan/plan.ts'

const NS_PER_MS = 1e6
const NS_PER_SECOND = 1e9

export const durationText = (ns: number): string => formatDuration(BigInt(Math.round(ns)))

/** When the load is over at the latest, ms. */
export const maxDurationMs = ({ scenarios }: Pick<Plan, 'scenarios'>): number => Math.max(0, ...scenarios.map(releaseOf)) / NS_PER_MS

const rateText = (rate: number): string => `${Number(rate.toFixed(2))} iterations/s`

/** The VUs of an arrival rate: `10 VUs`, `10-50 VUs`. */
const crewText = ({ preAllocatedVUs, maxVUs }: ArrivalScenario): string =>
  preAllocatedVUs === maxVUs ? `${maxVUs} VUs` : `${preAllocatedVUs}-${maxVUs} VUs`

const arrivalDetails = (scenario: ArrivalScenario): readonly string[] =>
  [...(scenario.late === 'queue' ? ['late: queue'] : []), ...(scenario.poisson ? ['poisson'] : [])]

function stairs(scenario: Extract<Scenario, { executor: 'staircase' }>): readonly [work: string, details: readonly string[]] {
  const { levels, holdNs, settleNs } = scenario
  const settle = settleNs === 0 ? [] : [`settle: ${durationText(settleNs)}`]
  const held = `${levels.length} steps of ${durationText(holdNs)}`
  if (scenario.of === 'vus') return [`up to ${vusMax(scenario)} looping VUs in ${held}`, settle]
  const most = Math.max(...levels) * NS_PER_SECOND / scenario.timeUnitNs
  return [`up to ${rateText(most)} in ${held} (${crewText(scenario)})`, [...settle, ...arrivalDetails(scenario)]]
}

function workText(scenario: Scenario): readonly [work: string, details: readonly string[]] {
  const lengthText = durationText(lengthOf(scenario))
  switch (scenario.executor) {
    case 'constant-vus': return [`${scenario.vus} looping VUs for ${lengthText}`, []]
    case 'shared-iterations': return [`${scenario.iterations} iterations shared among ${scenario.vus} VUs`, [`maxDuration: ${lengthText}`]]
    case 'per-vu-iterations': return [`${scenario.iterations} iterations for each of ${scenario.vus} VUs`, [`maxDuration: ${lengthText}`]]
    case 'ramping-vus':
      return [`up to ${vusMax(scenario)} looping VUs for ${lengthText} ${overText(scenario)}`,
        [`gracefulRampDown: ${durationText(scenario.gracefulRampDownNs)}`]]
    case 'constant-arrival-rate':
      return [`${rateText(rateAt(scenario, 0) ?? 0)} for ${lengthText} (${crewText(scenario)})`, arrivalDetails(scenario)]
    case 'ramping-arrival-rate': {
      const most = Math.max(scenario.startRate, ...scenario.stages.map(({ target }) => target)) * NS_PER_SECOND / scenario.timeUnitNs
      return [`up to ${rateText(most)} for ${lengthText} ${overText(scenario)} (${crewText(scenario)})`, arrivalDetails(scenario)]
    }
    case 'staircase': return stairs(scenario)
    default: return scenario satisfies never
  }
}

const overText = ({ stages, profile }: { readonly stages: readonly unknown[]; readonly profile?: string }): string =>
  profile === undefined ? `over ${stages.length === 1 ? '1 stage' : `${stages.length} stages`}` : `as ${profile} says`

/** `constant-vus: 10 looping VUs for 15s (gracefulStop: 30s)`. */
export function scenarioText(scenario: Scenario): string {
  const [work, own] = workText(scenario)
  const { exec, tasks, startTimeNs, gracefulStopNs } = scenario
  const details = [
    ...own,
    ...(tasks !== undefined ? [tasksText(tasks)] : exec === 'default' ? [] : [`exec: ${exec}`]),
    ...(startTimeNs === 0 ? [] : [`startTime: ${durationText(startTimeNs)}`]),
    ...(gracefulStopNs === 0 ? [] : [`gracefulStop: ${durationText(gracefulStopNs)}`]),
  ]
  return `${scenario.executor}: ${work}${details.length === 0 ? '' : ` (${details.join(', ')})`}`
}

const tasksText = (tasks: Tasks): string => tasks.kind === 'sequence' ? `sequence: ${tasks.names.join(', ')}`
  : `tasks: ${Object.entries(tasks.weights).map(([name, weight]) => `${name} ${weight}`).join(', ')}`
