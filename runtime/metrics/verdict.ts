// Thresholds judged on merged data: what each one saw, and whether it held.
import type { Aggregation, Expression, Selector, Threshold } from '../plan/threshold.ts'
import { holds } from '../plan/threshold.ts'
import { mean, percentile } from './histogram.ts'
import type { SeriesData } from './snapshot.ts'

export interface Verdict {
  readonly threshold: Threshold
  readonly ok: boolean
  /** The value the expression was held against; undefined when there were no samples. */
  readonly observed: number | undefined
  /** True when the series had no samples and that is why it failed (or, with allowEmpty, held). */
  readonly empty: boolean
}

/** Where series are looked up: an Aggregate, or anything that selects as it does. */
export interface SeriesSource { select(selector: Selector): SeriesData | undefined }

/**
 * The value of an aggregation; undefined when there is none: no samples, a rate of a counter over no time, or an aggregation the
 * type does not have. Rates of counters are per second of measured time, rates of rates a share of 0 … 1, trends in their unit.
 */
function observe(data: SeriesData | undefined, aggregation: Aggregation, measuredMs: number): number | undefined {
  if (data === undefined || data.count === 0) return undefined
  switch (data.type) {
    case 'counter':
      if (aggregation.kind === 'count') return data.sum
      return aggregation.kind === 'rate' && measuredMs > 0 ? data.sum / (measuredMs / 1000) : undefined
    case 'gauge': return aggregation.kind === 'value' ? data.value : undefined
    case 'rate': return aggregation.kind === 'rate' ? data.trues / data.count : undefined
    case 'trend':
      switch (aggregation.kind) {
        case 'avg': return mean(data)
        case 'min': return data.min
        case 'max': return data.max
        case 'med': return percentile(data, 50)
        case 'p': return percentile(data, aggregation.percentile)
        case 'count': case 'rate': case 'value': return undefined
        default: return aggregation satisfies never
      }
    default: return data satisfies never
  }
}

/** How far a percentile can be from the true one: half a bucket of the histogram. */
const PERCENTILE_PRECISION = 0.002

/** As `holds`, but a percentile equals any value that the histogram can't tell from it. */
function met(expression: Expression, observed: number): boolean {
  const { aggregation: { kind }, operator, value } = expression
  const tellsEquality = operator === '==' || operator === '===' || operator === '!='
  if (!tellsEquality || (kind !== 'p' && kind !== 'med')) return holds(expression, observed)
  const same = Math.abs(observed - value) <= PERCENTILE_PRECISION * Math.max(Math.abs(observed), Math.abs(value))
  return holds(expression, same ? value : observed)
}

/**
 * Judges every threshold. One that saw no samples is left alone while the run goes on, and fails at its end (`final`) unless it
 * allows that: a gate that measured nothing fails. `measuredMs` is the time rates of counters divide by.
 */
export function judge(
  thresholds: readonly Threshold[], source: SeriesSource, measuredMs: number, { final }: { readonly final: boolean },
): readonly Verdict[] {
  return thresholds.map((threshold) => {
    const observed = observe(source.select(threshold.selector), threshold.expression.aggregation, measuredMs)
    if (observed === undefined) return { threshold, ok: !final || threshold.allowEmpty, observed, empty: true }
    return { threshold, ok: met(threshold.expression, observed), observed, empty: false }
  })
}

/** True when a threshold that may end the run has failed, and more time than its delay has passed since the start. */
export const shouldAbort = (verdicts: readonly Verdict[], elapsedNs: number): boolean =>
  verdicts.some(({ ok, threshold }) => !ok && threshold.abortOnFail && threshold.delayAbortEvalNs < elapsedNs)
