// Thresholds judged on merged data: what each one saw, and whether it held.
import type { Selector, Threshold } from '../plan/threshold.ts'
import { met, observe } from './observe.ts'
import type { SeriesData } from './snapshot.ts'
import type { ThresholdWindows, WindowsSeen } from './threshold-windows.ts'

export interface Verdict {
  readonly threshold: Threshold
  readonly ok: boolean
  /** The value the expression was held against; undefined when there were no samples. */
  readonly observed: number | undefined
  /** True when the series had no samples and that is why it failed (or, with allowEmpty, held). */
  readonly empty: boolean
  /** Of a threshold over windows, what they showed; `observed` is of the worst. */
  readonly windows?: WindowsSeen
}

/** Where series are looked up: an Aggregate, or anything that selects as it does. */
export interface SeriesSource { select(selector: Selector): SeriesData | undefined }

/**
 * Judges every threshold. One that saw no samples is left alone while the run goes on, and fails at its end (`final`) unless it
 * allows that: a gate that measured nothing fails. `measuredMs` is the time rates of counters divide by.
 */
export function judge(
  thresholds: readonly Threshold[], source: SeriesSource, measuredMs: number,
  { final, windows }: { readonly final: boolean; readonly windows?: ThresholdWindows },
): readonly Verdict[] {
  return thresholds.map((threshold) => {
    if (threshold.expression.overNs !== undefined) return judgeWindows(threshold, final, windows?.seen(threshold, measuredMs, final))
    const observed = observe(source.select(threshold.selector), threshold.expression.aggregation, measuredMs)
    if (observed === undefined) return { threshold, ok: !final || threshold.allowEmpty, observed, empty: true }
    return { threshold, ok: met(threshold.expression, observed), observed, empty: false }
  })
}

/** Every window must hold; those without samples of a trend or rate say nothing. */
function judgeWindows(threshold: Threshold, final: boolean, windows: WindowsSeen | undefined): Verdict {
  if (windows?.worst === undefined) return { threshold, ok: !final || threshold.allowEmpty, observed: undefined, empty: true }
  return { threshold, ok: windows.crossed === 0, observed: windows.worst.value, empty: false, windows }
}

/** True when a threshold that may end the run has failed, and more time than its delay has passed since the start. */
export const shouldAbort = (verdicts: readonly Verdict[], elapsedNs: number): boolean =>
  verdicts.some(({ ok, threshold }) => !ok && threshold.abortOnFail && threshold.delayAbortEvalNs < elapsedNs)
