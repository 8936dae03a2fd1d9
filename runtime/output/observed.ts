// The value a threshold was held against, as text in the unit of its metric.
import type { Reported } from '../metrics/reported.ts'
import type { Verdict } from '../metrics/verdict.ts'
import type { Aggregation } from '../plan/threshold.ts'
import { humanize, humanizeShare, type TimeUnit } from './humanize.ts'

/** `avg`, `p(99.9)`, as thresholds name them. */
export const aggregationName = (aggregation: Aggregation): string =>
  aggregation.kind === 'p' ? `p(${aggregation.percentile})` : aggregation.kind

/** ` in the worst of 6 windows, from 20s; 2 crossed it`; empty where windows were not asked for. */
export function windowsText({ windows }: Verdict): string {
  if (windows?.worst === undefined) return ''
  const { count, crossed, worst } = windows
  if (count === 1) return ' in its one window'
  return ` in the worst of ${count} windows, from ${worst.fromMs / 1000}s${crossed === 0 ? '' : `; ${crossed} crossed it`}`
}

/** `312.4ms`, `0.52%`, `12 kB/s`; 'no samples' when there were none. */
export function observedText(verdict: Verdict, { contains, data }: Pick<Reported, 'contains' | 'data'>, unit: TimeUnit): string {
  const { observed, threshold } = verdict
  if (observed === undefined) return 'no samples'
  if (threshold.expression.aggregation.kind !== 'rate') return humanize(observed, contains, unit)
  return data.type === 'rate' ? humanizeShare(observed) : `${humanize(observed, contains, unit)}/s`
}
