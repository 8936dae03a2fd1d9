// Scenarios in words, as k6 puts them, and how long a plan can take.
import { formatDuration } from '../../bindings/sdk/index.ts'
import type { Plan, Scenario } from '../plan/plan.ts'

const NS_PER_MS = 1e6

export const durationText = (ns: number): string => formatDuration(BigInt(Math.round(ns)))

/** The longest a scenario can start iterations: its duration, or the most it may take. */
export const lengthNs = (scenario: Scenario): number =>
  scenario.executor === 'constant-vus' ? scenario.durationNs : scenario.maxDurationNs

/** When a scenario is over at the latest, ns since the start of the load. */
const endNs = (scenario: Scenario): number => scenario.startTimeNs + lengthNs(scenario) + scenario.gracefulStopNs

/** When the load is over at the latest, ms. */
export const maxDurationMs = ({ scenarios }: Pick<Plan, 'scenarios'>): number => Math.max(0, ...scenarios.map(endNs)) / NS_PER_MS

/** The most VUs any moment needs: scenarios that can't overlap share theirs. */
export const maxVus = ({ scenarios }: Pick<Plan, 'scenarios'>): number => Math.max(0, ...scenarios.map(({ startTimeNs: at }) =>
  scenarios.reduce((vus, other) => other.startTimeNs <= at && at < endNs(other) ? vus + other.vus : vus, 0)))

function workText(scenario: Scenario): readonly [work: string, limit: string | undefined] {
  const { vus } = scenario
  switch (scenario.executor) {
    case 'constant-vus': return [`${vus} looping VUs for ${durationText(scenario.durationNs)}`, undefined]
    case 'shared-iterations':
      return [`${scenario.iterations} iterations shared among ${vus} VUs`, `maxDuration: ${durationText(scenario.maxDurationNs)}`]
    case 'per-vu-iterations':
      return [`${scenario.iterations} iterations for each of ${vus} VUs`, `maxDuration: ${durationText(scenario.maxDurationNs)}`]
    default: return scenario satisfies never
  }
}

/** `constant-vus: 10 looping VUs for 15s (gracefulStop: 30s)`. */
export function scenarioText(scenario: Scenario): string {
  const [work, limit] = workText(scenario)
  const { exec, startTimeNs, gracefulStopNs } = scenario
  const details = [
    ...(limit === undefined ? [] : [limit]),
    ...(exec === 'default' ? [] : [`exec: ${exec}`]),
    ...(startTimeNs === 0 ? [] : [`startTime: ${durationText(startTimeNs)}`]),
    ...(gracefulStopNs === 0 ? [] : [`gracefulStop: ${durationText(gracefulStopNs)}`]),
  ]
  return `${scenario.executor}: ${work}${details.length === 0 ? '' : ` (${details.join(', ')})`}`
}
