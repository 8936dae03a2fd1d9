// One row of a comparison: one figure of one operation in two runs, or in several pairs of runs made in turn.
//
// Two questions, two answers. How much: the figure over the whole run, with an interval from windows drawn again. How sure: whether
// windows of one side tend to have greater values, by ranks (mann-whitney.ts), which a single stall does not decide. Of several
// pairs a change must also be more than runs of one side differ by among themselves (Student's t over the pairs' changes): what
// differs from run to run can't be told from windows of one.
import type { Interval } from '../statistics/bootstrap.ts'
import { distanceP } from '../statistics/distance.ts'
import { mannWhitney } from '../statistics/mann-whitney.ts'
import { median, medianDeviation } from '../statistics/robust.ts'
import { criticalT, twoSidedTail } from '../statistics/tails.ts'
import { inWindowsOf, type OperationWindow } from './counted-windows.ts'
import type { Figure, FigureName } from './figures.ts'

/** Confidence of intervals. */
export const LEVEL = 0.95
/** Windows each side must have to be compared. */
const WINDOWS_MIN = 10
/** More windows than this, a run and operation, are made fewer by merging: they cost time and tell nothing more. */
const WINDOWS_MAX = 300

/** One operation in one run, and its figures in each draw. */
export interface Side {
  readonly windows: readonly OperationWindow[]
  readonly draws: ReadonlyMap<FigureName, readonly number[]>
}
/** Two runs made one after the other: the first of the one side, the second of the other. */
export interface SidePair { readonly a: Side; readonly b: Side }

/** A figure of one side. Rates: operations/s; durations: ms; failed: a share. */
interface Estimate {
  /** Over the whole run; of several runs the mean. */
  readonly value: number
  /** Absent where there are several runs. */
  readonly interval?: Interval
  /** The median over windows, and the windows' median distance from it. */
  readonly median: number
  readonly spread: number
}

/** What is known of a row before all rows of its comparison are judged together. */
export interface RowFindings {
  readonly a: Estimate
  readonly b: Estimate
  /** b / a - 1; Infinity where only b is not 0. */
  readonly change: number
  readonly changeInterval?: Interval
  /** As if it were the only row. */
  readonly p: number
  /** Cliff's delta over windows, -1 … 1: above 0 where b tends to be greater. */
  readonly effect: number
  readonly windows: { readonly a: number; readonly b: number; readonly lengthMs: number; readonly independent: number }
  /** True when windows differ, but no more than runs of one side do among themselves. */
  readonly runsDiffer: boolean
}

/** Windows long enough for the figure: its operations on average, and not too many of them. */
export function windowLength(sides: readonly (readonly OperationWindow[])[], { countMin }: Pick<Figure, 'countMin'>): number {
  const baseMs = Math.max(...sides.flatMap((windows) => windows.map(({ lengthMs }) => lengthMs)))
  const factors = sides.map((windows) => {
    const count = windows.reduce((sum, window) => sum + window.count, 0)
    const totalMs = windows.reduce((sum, { lengthMs }) => sum + lengthMs, 0)
    return Math.max(countMin / Math.max(1e-9, count * baseMs / totalMs), totalMs / baseMs / WINDOWS_MAX)
  })
  return baseMs * Math.max(1, Math.ceil(Math.max(...factors) - 1e-9))
}

const ratio = (a: number, b: number): number => a === b ? 0 : b / a - 1

interface Change { readonly change: number; readonly changes?: readonly number[]; readonly interval?: Interval; readonly p: number }

function changeOf(pairs: readonly SidePair[], figure: Figure, values: readonly { a: number; b: number }[]): Change {
  const [only] = pairs
  if (pairs.length === 1 && only !== undefined) {
    const [a, b] = [only.a, only.b].map(({ draws }) => draws.get(figure.name) ?? [])
    const changes = (a ?? []).map((value, at) => ratio(value, b?.[at] ?? NaN))
    return { change: ratio(values[0]?.a ?? NaN, values[0]?.b ?? NaN), changes, p: 0 }
  }
  // Of shares that may be 0 the differences, of all else the ratios, as logarithms, for a half and a double are alike.
  const byDifference = values.some(({ a, b }) => a <= 0 || b <= 0)
  const steps = values.map(({ a, b }) => byDifference ? b - a : Math.log(b / a))
  const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length
  const variance = steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / (steps.length - 1)
  const error = Math.sqrt(variance / steps.length)
  const df = steps.length - 1
  const p = error === 0 ? (mean === 0 ? 1 : 0) : twoSidedTail(mean / error, df)
  const base = values.reduce((sum, { a }) => sum + a, 0) / values.length
  const toChange = (step: number): number => byDifference ? (step === 0 ? 0 : step / base) : Math.expm1(step)
  const half = error * criticalT(1 - LEVEL, df)
  return { change: toChange(mean), interval: { low: toChange(mean - half), high: toChange(mean + half) }, p }
}

/** Compares one figure; a text where it can't be: why not. */
export function compareFigure(pairs: readonly SidePair[], figure: Figure, intervalOf: (draws: readonly number[]) => Interval | undefined):
RowFindings | string {
  const sides = pairs.flatMap(({ a, b }) => [a, b])
  const lengthMs = windowLength(sides.map(({ windows }) => windows), figure)
  const inWindows = ({ windows }: Side): readonly number[] =>
    inWindowsOf(windows, lengthMs).flatMap((window) => figure.of(window) ?? [])
  const groups = pairs.map(({ a, b }) => ({ a: inWindows(a), b: inWindows(b) }))
  const [ofA, ofB] = [groups.flatMap(({ a }) => a), groups.flatMap(({ b }) => b)]
  const fewest = Math.min(ofA.length, ofB.length)
  if (fewest < WINDOWS_MIN || groups.some(({ a, b }) => a.length === 0 || b.length === 0)) {
    return `too few: ${fewest} windows of ${Math.round(lengthMs / 1000)} s with ${figure.countMin} operations; ${WINDOWS_MIN} are needed`
  }
  const whole = ({ windows }: Side): number => inWindowsOf(windows, windows.reduce((sum, window) => sum + window.lengthMs, 0))
    .flatMap((window) => figure.of(window) ?? [])[0] ?? NaN
  const values = pairs.map(({ a, b }) => ({ a: whole(a), b: whole(b) }))
  const { change, changes, interval, p: betweenRuns } = changeOf(pairs, figure, values)
  const { p: byRank, effect, time } = mannWhitney(groups, { inOrder: true })
  // Ranks say no more than that all windows of one side lie above the other's; how far above, only the values do.
  const p = Math.abs(effect) === 1 ? Math.min(byRank, distanceP(groups)) : byRank
  const changeInterval = interval ?? (changes === undefined ? undefined : intervalOf(changes))
  const estimate = (side: 'a' | 'b', over: readonly number[]): Estimate => {
    const own = pairs.length > 1 ? undefined : intervalOf(pairs[0]?.[side].draws.get(figure.name) ?? [])
    return {
      value: values.reduce((sum, each) => sum + each[side], 0) / values.length, median: median(over), spread: medianDeviation(over),
      ...(own === undefined ? {} : { interval: own }),
    }
  }
  return {
    a: estimate('a', ofA), b: estimate('b', ofB), change, p: Math.max(p, betweenRuns), effect,
    ...(changeInterval === undefined ? {} : { changeInterval }),
    windows: { a: ofA.length, b: ofB.length, lengthMs, independent: (ofA.length + ofB.length) / time },
    runsDiffer: p < 1 - LEVEL && betweenRuns >= 1 - LEVEL,
  }
}
