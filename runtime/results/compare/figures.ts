// The figures that are compared of an operation: which way is better, and how many operations a window needs to tell them.
import { percentile } from '../../metrics/histogram.ts'
import { perSecond } from '../../metrics/figures.ts'
import type { OperationWindow } from './counted-windows.ts'

export type FigureName = 'rate' | 'med' | 'p95' | 'p99' | 'failed'

export interface Figure {
  readonly name: FigureName
  readonly better: 'higher' | 'lower'
  /** Operations a window must have on average. */
  readonly countMin: number
  /** The percentile, 0 … 100, where it is one. */
  readonly p?: number
  /** Its value in one window; undefined where nothing was done that could tell. Rates: operations/s; durations: ms; failed: a share. */
  of(window: OperationWindow): number | undefined
}

const durationAt = (name: FigureName, p: number, countMin: number): Figure => ({
  name, p, countMin, better: 'lower', of: ({ duration }) => duration === undefined ? undefined : percentile(duration, p),
})

/** Each asks for two values beyond its percentile, so that a window's is no mere maximum. */
export const FIGURES: readonly Figure[] = [
  { name: 'rate', better: 'higher', countMin: 5, of: ({ count, lengthMs }) => perSecond(count, lengthMs) },
  durationAt('med', 50, 5),
  durationAt('p95', 95, 40),
  durationAt('p99', 99, 200),
  { name: 'failed', better: 'lower', countMin: 5, of: ({ count, failed }) => count === 0 ? undefined : failed / count },
]
