// Which VUs a plan needs, which scenario uses which of them when, and which shard has them.
import { vusAtStart } from '../plan/load-shape.ts'
import type { Ns, Scenario } from '../plan/plan.ts'
import { reservationsOf } from '../plan/vu-spans.ts'
import { MinHeap } from './min-heap.ts'

/** The VUs of one scenario: numbers from 0, in the order in which the scenario counts them. */
export interface Seating {
  /** VUs the whole plan needs: the most that are ever in use at once. */
  readonly total: number
  /** Scenario name -> its seats' numbers over all shards; `__VU` is the number + 1. */
  readonly seats: ReadonlyMap<string, readonly number[]>
}

/**
 * Deals seats so that VUs of scenarios which never need them at the same time are the same: in the order in which they are needed,
 * each takes the lowest number free. The total equals the largest overlap (greedy colouring of intervals is optimal).
 */
export function seat(scenarios: readonly Scenario[]): Seating {
  const seats = new Map(scenarios.map(({ name }): readonly [string, number[]] => [name, []]))
  const needed = scenarios.flatMap((scenario, index) => {
    let next = 0
    return reservationsOf(scenario).map((one) => {
      const position = next
      next += one.vus
      return { ...one, index, name: scenario.name, position }
    })
  }).sort((a, b) => a.fromNs - b.fromNs || a.index - b.index || a.position - b.position)
  const busy = new MinHeap<{ readonly untilNs: Ns; readonly number: number }>((a, b) => a.untilNs < b.untilNs)
  const free = new MinHeap<number>((a, b) => a < b)
  let total = 0
  for (const { name, vus, fromNs, toNs, position } of needed) {
    for (let next = busy.first; next !== undefined && next.untilNs <= fromNs; next = busy.first) {
      free.push(next.number)
      busy.pop()
    }
    for (let n = 0; n < vus; n++) {
      const number = free.pop() ?? total++
      busy.push({ untilNs: toNs, number })
      const own = seats.get(name)
      if (own !== undefined) own[position + n] = number
    }
  }
  return { total, seats }
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

/** The numbers of the seats a shard has, over all scenarios, ascending; and those whose VUs are made before the run starts. */
export function seatsOfShard(
  scenarios: readonly Scenario[], share: Share,
): { readonly all: readonly number[]; readonly first: readonly number[] } {
  const { total, seats } = seat(scenarios)
  const atStart = new Set(scenarios.flatMap((scenario) => (seats.get(scenario.name) ?? []).slice(0, vusAtStart(scenario))))
  const all = Array.from({ length: total }, (_, number) => number).filter((number) => hasSeat(share, number))
  return { all, first: all.filter((number) => atStart.has(number)) }
}

/**
 * The numbers of the iterations a shard is to do: iteration n goes to the shard that has seat n mod vus, so a shard with two of three
 * VUs does two of three iterations, and no number is missed or done twice at any shard count. Where the VUs can be dealt evenly this
 * is every count-th iteration. `total` may be Infinity.
 */
export function* ownIterations(total: number, vus: number, own: readonly OwnSeat[]): Generator<number, undefined> {
  for (let round = 0; round < total && own.length > 0; round += vus) {
    for (const { position } of own) if (round + position < total) yield round + position
  }
  return undefined
}

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
