// Where numbers lie and how far they spread, by order alone: one wild value moves neither.

const ascending = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b)

/** The value at a share 0 … 1 of sorted numbers, linear between two of them (Hyndman and Fan's type 7). Throws RangeError for none. */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) throw new RangeError('no numbers have no quantile')
  const rank = Math.min(1, Math.max(0, share)) * (sorted.length - 1)
  const below = Math.floor(rank)
  const low = sorted[below] ?? 0
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low
  return low === high ? low : low + (high - low) * (rank - below)
}

/** The same of numbers in any order. */
export const quantile = (values: readonly number[], share: number): number => quantileOfSorted(ascending(values), share)

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The median distance from the median, not scaled to a standard deviation. */
export function medianDeviation(values: readonly number[]): number {
  const middle = median(values)
  return median(values.map((value) => Math.abs(value - middle)))
}
