// The stationary bootstrap (Politis and Romano 1994): what a figure of a run might have been, from its own windows drawn again.
//
// Windows are drawn in runs of neighbours whose lengths are geometric about a mean, wrapping from the last to the first, so that
// what neighbours share stays in the draws. Chance is an argument.
import type { Random } from '../../../bindings/sdk/index.ts'
import { quantileOfSorted } from './robust.ts'

/** How often each of `n` windows is in one draw of `n`, neighbours drawn together, on average `blockLength` at a time. */
export function drawWindows(n: number, blockLength: number, random: Random): Float64Array {
  const times = new Float64Array(n)
  const anew = 1 / Math.max(1, blockLength)
  let at = random.below(n)
  for (let drawn = 0; drawn < n; drawn++) {
    if (drawn > 0) at = random.fraction() < anew ? random.below(n) : (at + 1) % n
    times[at] = (times[at] ?? 0) + 1
  }
  return times
}

export interface Interval { readonly low: number; readonly high: number }

/** The middle `level` (0 … 1) of drawn figures; those that are no numbers (a draw without any operation) are left out. */
export function intervalOf(draws: Iterable<number>, level: number): Interval | undefined {
  const sorted = Float64Array.from([...draws].filter(Number.isFinite)).sort()
  if (sorted.length === 0) return undefined
  const cut = (1 - level) / 2
  return { low: quantileOfSorted(sorted, cut), high: quantileOfSorted(sorted, 1 - cut) }
}
