// How far apart two groups are, held against how far values of one group are apart: for groups that do not overlap.
//
// Student's t over logarithms, which makes a half and a double alike, with what neighbours share allowed for as in mann-whitney.ts.
import { autocorrelationTime } from './autocorrelation.ts'
import type { Pair } from './mann-whitney.ts'
import { twoSidedTail } from './tails.ts'

const DF_SHARE = 1 / 3
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Two-sided p of the mean distance over all pairs of groups, none of them empty; 0 where values of a group are all equal. */
export function distanceP(pairs: readonly Pair[]): number {
  const positive = pairs.every(({ a, b }) => [...a, ...b].every((value) => value > 0))
  const logs = pairs.map(({ a, b }) => positive ? { a: a.map(Math.log), b: b.map(Math.log) } : { a, b })
  const series = logs.flatMap(({ a, b }) => [a, b])
  const count = series.reduce((sum, { length }) => sum + length, 0)
  const squares = series.reduce((sum, values) => {
    const mean = meanOf(values)
    return sum + values.reduce((own, value) => own + (value - mean) ** 2, 0)
  }, 0)
  const time = autocorrelationTime(series)
  const variance = squares / Math.max(1, count - series.length) * time
  const distance = logs.reduce((sum, { a, b }) => sum + meanOf(b) - meanOf(a), 0)
  const error = Math.sqrt(variance * logs.reduce((sum, { a, b }) => sum + 1 / a.length + 1 / b.length, 0))
  if (error === 0) return distance === 0 ? 1 : 0
  return twoSidedTail(distance / error, Math.max(1, count / time * DF_SHARE))
}
