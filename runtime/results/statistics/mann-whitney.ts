// Mann and Whitney's U: does one of two groups tend to have the greater values? By ranks alone, with ties, and for values that
// follow each other closely.
//
// For independent values it is the usual normal approximation with tie and continuity correction. Windows of a run are not
// independent: the variance of U then grows by the autocorrelation time of the ranks, and Student's t takes the place of the
// normal distribution, with a third as many degrees of freedom as there are independent values, for that time is itself an
// estimate. Held against simulations: test/results/false-alarms.test.ts.
import { autocorrelationTime } from './autocorrelation.ts'
import { twoSidedTail } from './tails.ts'

interface Ranked {
  /** Ranks from 1; equal values share the mean of theirs. */
  readonly ranks: readonly number[]
  /** Σ (t³ - t) over groups of t equal values. */
  readonly ties: number
}

function ranked(values: readonly number[]): Ranked {
  const order = values.map((_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const ranks = new Array<number>(values.length).fill(0)
  let ties = 0
  for (let from = 0; from < order.length;) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1] ?? 0] === values[order[from] ?? 0]) to++
    for (let at = from; at <= to; at++) ranks[order[at] ?? 0] = (from + to) / 2 + 1
    const equal = to - from + 1
    ties += equal ** 3 - equal
    from = to + 1
  }
  return { ranks, ties }
}

export interface MannWhitney {
  /** Pairs (a, b) in which a is greater, equal ones counted half. */
  readonly u: number
  /** Two-sided. 1 where all values are equal. */
  readonly p: number
  /** Cliff's delta, -1 … 1: how much more often b is greater than a than the other way round. */
  readonly effect: number
  /** The autocorrelation time that was allowed for, in values; 1: taken as independent. */
  readonly time: number
}

/** Two groups of values, each in the order in which they came. */
export interface Pair { readonly a: readonly number[]; readonly b: readonly number[] }

const DF_SHARE = 1 / 3

/**
 * Compares two groups, or several pairs of groups of which each is ranked by itself, so that what differs between pairs does not
 * count (van Elteren's test, pairs weighted by their sizes). `inOrder`: the values of a group followed each other in time, and
 * what they share with their neighbours is allowed for. Throws RangeError without values, or for what has no order (NaN).
 */
export function mannWhitney(pairs: readonly Pair[], { inOrder }: { readonly inOrder: boolean }): MannWhitney {
  let [u, products, variance, values] = [0, 0, 0, 0]
  const rankSeries: (readonly number[])[] = []
  for (const { a, b } of pairs) {
    if (a.length === 0 || b.length === 0) throw new RangeError('a group without values can\'t be compared')
    const all = [...a, ...b]
    if (all.some(Number.isNaN)) throw new RangeError('NaN has no rank')
    const { ranks, ties } = ranked(all)
    const [own, other] = [ranks.slice(0, a.length), ranks.slice(a.length)]
    const n = all.length
    u += own.reduce((sum, rank) => sum + rank, 0) - a.length * (a.length + 1) / 2
    products += a.length * b.length
    variance += a.length * b.length / 12 * (n + 1 - ties / (n * (n - 1)))
    values += n
    rankSeries.push(own, other)
  }
  if (values === 0) throw new RangeError('nothing can be compared with nothing')
  const effect = 1 - 2 * u / products
  const time = inOrder ? autocorrelationTime(rankSeries) : 1
  if (!(variance > 0)) return { u, p: 1, effect, time }
  const distance = Math.max(0, Math.abs(u - products / 2) - 0.5)
  const df = inOrder ? Math.max(1, values / time * DF_SHARE) : Infinity
  return { u, p: twoSidedTail(distance / Math.sqrt(variance * time), df), effect, time }
}
