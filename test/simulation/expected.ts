// What a plan asks for, reckoned anew and simply: by walking along its stages, in floating milliseconds. Of the schedule's own only chance.
import { arrivals } from '../../runtime/plan/arrivals.ts'
import type { ArrivalScenario, LoopingScenario, Scenario } from '../../runtime/plan/plan.ts'

const MS = 1e6
interface Leg { readonly fromMs: number; readonly toMs: number; readonly from: number; readonly to: number }

/** The straight lines a scenario's VUs or rate follow, ms from its start. */
function legsOf(scenario: Scenario): readonly Leg[] {
  const legs: Leg[] = []
  let atMs = 0
  const go = (durationNs: number, from: number, to: number): void => {
    legs.push({ fromMs: atMs, toMs: atMs + durationNs / MS, from, to })
    atMs += durationNs / MS
  }
  switch (scenario.executor) {
    case 'shared-iterations': case 'per-vu-iterations': go(scenario.maxDurationNs, scenario.vus, scenario.vus); break
    case 'constant-vus': go(scenario.durationNs, scenario.vus, scenario.vus); break
    case 'constant-arrival-rate': go(scenario.durationNs, scenario.rate, scenario.rate); break
    case 'ramping-vus': case 'ramping-arrival-rate': {
      let from = scenario.executor === 'ramping-vus' ? scenario.startVUs : scenario.startRate
      for (const { durationNs, target } of scenario.stages) {
        go(durationNs, from, target)
        from = target
      }
      break
    }
    case 'staircase': for (const level of scenario.levels) go(scenario.holdNs, level, level); break
    default: scenario satisfies never
  }
  return legs
}

export const lengthMs = (scenario: Scenario): number => legsOf(scenario).at(-1)?.toMs ?? 0
export const startMs = (scenario: Scenario): number => scenario.startTimeNs / MS
export const endMs = (scenario: Scenario): number => startMs(scenario) + lengthMs(scenario)
export const hardEndMs = (scenario: Scenario): number => endMs(scenario) + scenario.gracefulStopNs / MS

/** How many VUs there are at a moment: one comes when the line reaches its number, and goes when it has left it. */
function vusAt(scenario: Scenario, atMs: number): number {
  const legs = legsOf(scenario)
  const leg = legs.find(({ toMs }) => atMs < toMs)
  if (leg === undefined) return legs.at(-1)?.to ?? 0
  const level = leg.from + (leg.to - leg.from) * (atMs - leg.fromMs) / (leg.toMs - leg.fromMs)
  return leg.to < leg.from ? Math.ceil(level - 1e-6) : Math.floor(level + 1e-6)
}

export const vusMost = (scenario: Scenario): number =>
  'maxVUs' in scenario ? scenario.maxVUs : Math.max(...legsOf(scenario).flatMap(({ from, to }) => [from, to]))

/** True when the VU at a position is to loop at a moment from the scenario's start, give or take rounding. */
export const loopsAt = (scenario: LoopingScenario, position: number, atMs: number): boolean =>
  [-0.001, 0, 0.001].some((off) => vusAt(scenario, atMs + off) > position)

/** When the VU at a position first begins to loop, ms from the scenario's start; undefined when it never does for long. */
export function beginsAt(scenario: LoopingScenario, position: number): number | undefined {
  // Of legs that take no time only where they lead to counts.
  for (const { fromMs, toMs, from, to } of legsOf(scenario).filter((leg) => leg.toMs > leg.fromMs)) {
    if (from >= position + 1) return fromMs
    if (to > position + 1) return fromMs + (position + 1 - from) / (to - from) * (toMs - fromMs)
  }
  return undefined
}

/** How long before a moment (ms from the scenario's start) the VU at a position was last to loop; 0 when it is to. */
export function idleSince(scenario: LoopingScenario, position: number, atMs: number): number {
  for (let back = 0; back <= atMs; back += 0.5) if (loopsAt(scenario, position, atMs - back)) return back
  return Infinity
}

/** The iterations that are due by a moment from the scenario's start, as a fraction: the area under the rate. */
export function areaAt(scenario: ArrivalScenario, atMs: number): number {
  let area = 0
  for (const { fromMs, toMs, from, to } of legsOf(scenario)) {
    const until = Math.min(atMs, toMs)
    if (until <= fromMs) continue
    const at = from + (to - from) * (until - fromMs) / (toMs - fromMs)
    area += (from + at) / 2 * (until - fromMs) / (scenario.timeUnitNs / MS)
  }
  return area
}

/** How many evenly spaced iterations a scenario offers, at least and at most: one that is due as it ends may count or not. */
export function offered(scenario: ArrivalScenario): readonly [least: number, most: number] {
  const area = areaAt(scenario, lengthMs(scenario))
  // A constant rate begins with one at once; its gaps are whole nanoseconds.
  if (scenario.executor === 'constant-arrival-rate') return [Math.ceil(area - 1e-3), Math.ceil(area + 1e-3)]
  return [Math.floor(area - 1e-6), Math.floor(area + 1e-6)]
}

/** When the n-th iteration of an evenly spaced scenario is due, ms from its start: the earliest moment at which the area has its number. */
export function dueMs(scenario: ArrivalScenario, number: number): number {
  if (scenario.executor === 'constant-arrival-rate') return number * Math.floor(scenario.timeUnitNs / scenario.rate) / MS
  let [low, high] = [0, lengthMs(scenario)]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (areaAt(scenario, middle) < number + 1) low = middle
    else high = middle
  }
  return high
}

/** When the iterations of a whole scenario that come by chance are due, ms from its start: as one shard alone would have them. */
export const duesByChance = (scenario: ArrivalScenario, chance: { readonly seed: number; readonly stream: number }): readonly number[] =>
  Array.from(arrivals(scenario, wholeNumbers(), chance), ({ dueNs }) => dueNs / MS)
function* wholeNumbers(): Generator<number> { for (let number = 0; ; number++) yield number }

/** True when a moment from a staircase's start is in no statistics; undefined when it is too near the border to tell. */
export function settlesAt(scenario: Scenario, atMs: number): boolean | undefined {
  if (scenario.executor !== 'staircase') return false
  const index = Math.min(scenario.levels.length - 1, Math.floor((atMs + 0.01) / (scenario.holdNs / MS)))
  const into = atMs - index * scenario.holdNs / MS
  const settleMs = scenario.settleNs / MS
  if (settleMs === 0) return false
  return Math.abs(into - settleMs) < 0.01 ? undefined : into < settleMs
}
