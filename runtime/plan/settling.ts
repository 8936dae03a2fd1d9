// The time in which a staircase settles and nothing else runs: no part of what was measured.
import { lengthOf } from './load-shape.ts'
import type { Ns } from './ns.ts'
import type { Scenario } from './scenarios.ts'

interface Window { readonly fromNs: Ns; readonly toNs: Ns }

/** When a scenario is measured, from the run's start: all the time, or each level after it has settled. */
function measuredWindows(scenario: Scenario): readonly Window[] {
  const { startTimeNs } = scenario
  if (scenario.executor !== 'staircase') return [{ fromNs: startTimeNs, toNs: startTimeNs + lengthOf(scenario) }]
  const { levels, holdNs, settleNs } = scenario
  return levels.map((_, index) => ({ fromNs: startTimeNs + index * holdNs + settleNs, toNs: startTimeNs + (index + 1) * holdNs }))
}

/** What of the time between two moments, ns from the run's start, is spent settling while no scenario is measured. */
export function settlingNs(scenarios: readonly Scenario[], { fromNs, toNs }: Window): Ns {
  const measured = scenarios.flatMap(measuredWindows).sort((a, b) => a.fromNs - b.fromNs)
  const settling = scenarios.flatMap((scenario) => scenario.executor !== 'staircase' ? [] : scenario.levels.map((_, index) => {
    const beganNs = scenario.startTimeNs + index * scenario.holdNs
    return { fromNs: Math.max(fromNs, beganNs), toNs: Math.min(toNs, beganNs + scenario.settleNs) }
  })).sort((a, b) => a.fromNs - b.fromNs)
  let sumNs = 0
  let seenNs = fromNs
  for (const window of settling) {
    // Two staircases may settle at once: what was counted is not counted again.
    let atNs = Math.max(window.fromNs, seenNs)
    for (const other of measured) {
      if (other.toNs <= atNs || other.fromNs >= window.toNs) continue
      sumNs += Math.max(0, other.fromNs - atNs)
      atNs = Math.max(atNs, other.toNs)
    }
    sumNs += Math.max(0, window.toNs - atNs)
    seenNs = Math.max(seenNs, window.toNs)
  }
  return sumNs
}
