// Which VUs a plan needs, which scenario uses which of them when, and which shard has them.
import type { Ns, Scenario } from '../plan/plan.ts'

/** The VUs of one scenario: numbers from 0, in the order in which the scenario counts them. */
export interface Seating {
  /** VUs the whole plan needs: the most that are ever in use at once. */
  readonly total: number
  /** Scenario name -> its seats' numbers over all shards; `__VU` is the number + 1. */
  readonly seats: ReadonlyMap<string, readonly number[]>
}

/** How long a scenario may start iterations, from its own start. */
export const lengthOf = (scenario: Scenario): Ns =>
  scenario.executor === 'constant-vus' ? scenario.durationNs : scenario.maxDurationNs

/** When, from the run's start, a scenario has let go of its VUs at the latest. */
export const releaseOf = (scenario: Scenario): Ns => scenario.startTimeNs + lengthOf(scenario) + scenario.gracefulStopNs

/**
 * Deals seats so that scenarios that never overlap share VUs: by start time, each takes the lowest numbers free at its start.
 * The total equals the largest overlap (greedy colouring of intervals is optimal), as k6's execution requirements.
 */
export function seat(scenarios: readonly Scenario[]): Seating {
  const freeFrom: Ns[] = []
  const seats = new Map<string, readonly number[]>()
  const byStart = scenarios.map((scenario, index) => ({ scenario, index }))
    .sort((a, b) => a.scenario.startTimeNs - b.scenario.startTimeNs || a.index - b.index)
  for (const { scenario } of byStart) {
    const taken: number[] = []
    for (let number = 0; taken.length < scenario.vus; number++) {
      if ((freeFrom[number] ?? 0) > scenario.startTimeNs) continue
      freeFrom[number] = releaseOf(scenario)
      taken.push(number)
    }
    seats.set(scenario.name, taken)
  }
  return { total: freeFrom.length, seats }
}

/** A shard's part of the run: seats and iterations are dealt like cards. */
export interface Share { readonly index: number; readonly count: number }

/** True when the shard has this seat. */
const hasSeat = (share: Share, seat: number): boolean => seat % share.count === share.index

/** A seat of a scenario that a shard has: its number in the run and its position in the scenario. */
export interface OwnSeat { readonly number: number; readonly position: number }

/** The shard's own seats of one scenario. */
export const ownSeats = (seating: Seating, scenario: string, share: Share): readonly OwnSeat[] =>
  (seating.seats.get(scenario) ?? []).flatMap((number, position) => hasSeat(share, number) ? [{ number, position }] : [])

/**
 * The number of a seat's next shared iteration: dealt like cards, n to seat n mod vus. So it follows from the plan alone who does
 * which, at any number of shards and on every rerun; a VU does not take over what a slower one has not come to. Undefined when the
 * seat has done all of its own.
 */
export function sharedIteration(total: number, vus: number, position: number, ofVu: number): number | undefined {
  const number = position + ofVu * vus
  return number < total ? number : undefined
}

/** How many shared iterations these seats have together. */
export const ownIterationCount = (total: number, vus: number, own: readonly OwnSeat[]): number =>
  own.length * Math.floor(total / vus) + own.filter(({ position }) => position < total % vus).length
