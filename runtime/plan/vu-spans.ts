// From when to when a scenario has which of its VUs, and how many a whole plan needs.
import { isArrivals, lengthOf, rampOf, releaseOf, vusMax } from './load-shape.ts'
import type { Ns } from './ns.ts'
import type { Plan } from './plan.ts'
import { rampSpans, type Span } from './ramping.ts'
import type { LoopingScenario, Scenario } from './scenarios.ts'

/** The spans of a scenario's looping VUs, by position: one for each, from beginning to end, where their number stays the same. */
export function spansOf(scenario: LoopingScenario): (position: number) => readonly Span[] {
  const { gracefulStopNs } = scenario
  if (scenario.executor === 'ramping-vus' || scenario.executor === 'staircase') {
    const { gracefulRampDownNs } = scenario
    const spans = rampSpans(rampOf(scenario) ?? { start: 0, stages: [] }, { gracefulRampDownNs, gracefulStopNs })
    return (position) => spans[position] ?? []
  }
  const lengthNs = lengthOf(scenario)
  const whole = [{ onNs: 0, offNs: lengthNs, releaseNs: lengthNs + gracefulStopNs }]
  return () => whole
}

/** So many VUs a scenario needs in a time of the run: a part of them, where they come and go one by one. */
export interface Reservation { readonly vus: number; readonly fromNs: Ns; readonly toNs: Ns }

/**
 * The VUs of a scenario in the order of their positions, and from when to when, counted from the run's start, each is its own: from
 * its first span to its last. (k6 also gives away a VU between two spans; here a VU is one throughout its scenario.)
 */
export function reservationsOf(scenario: Scenario): readonly Reservation[] {
  const { startTimeNs } = scenario
  if (isArrivals(scenario) || (scenario.executor !== 'ramping-vus' && scenario.executor !== 'staircase')) {
    return [{ vus: vusMax(scenario), fromNs: startTimeNs, toNs: releaseOf(scenario) }]
  }
  const spans = spansOf(scenario)
  return Array.from({ length: vusMax(scenario) }, (_, position) => {
    const own = spans(position)
    return {
      vus: 1,
      fromNs: startTimeNs + (own[0]?.onNs ?? 0),
      toNs: startTimeNs + own.reduce((last, { releaseNs }) => Math.max(last, releaseNs), 0),
    }
  })
}

/** The most VUs any moment of a plan needs: scenarios that can't overlap share theirs. */
export function vusNeeded({ scenarios }: Pick<Plan, 'scenarios'>): number {
  const edges = scenarios.flatMap(reservationsOf).flatMap(({ vus, fromNs, toNs }) => [[fromNs, vus] as const, [toNs, -vus] as const])
  // What ends in a moment has made room for what begins in it.
  edges.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  let now = 0
  let most = 0
  for (const [, change] of edges) most = Math.max(most, now += change)
  return most
}
