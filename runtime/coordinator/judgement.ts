// The end of the way: thresholds judged once more on everything, and what the run is called after that.
import type { Aggregate } from '../metrics/aggregate.ts'
import type { Ending } from '../metrics/record.ts'
import type { ThresholdWindows } from '../metrics/threshold-windows.ts'
import { judge, shouldAbort, type Verdict } from '../metrics/verdict.ts'
import type { Plan } from '../plan/plan.ts'

/** Endings that say the load was driven as far as it was meant to be, so that what it measured may be judged. */
const judgeable = (ending: Ending | undefined): boolean =>
  ending === undefined || ending.kind === 'marked-failed' || ending.kind === 'thresholds'

/** What the load showed, as a whole and by windows. `measuredMs` is undefined when it was never begun. */
export interface Measured { readonly aggregate: Aggregate; readonly windows: ThresholdWindows; readonly measuredMs: number | undefined }

/**
 * What the run ended with. A reason that is known already stands; else a crossed threshold, else a run in which no iteration
 * succeeded: a gate that measured nothing fails.
 */
export function finalEnding(
  plan: Plan, { aggregate, windows, measuredMs }: Measured, known: Ending | undefined,
): { readonly ending: Ending; readonly verdicts: readonly Verdict[] } {
  const verdicts = measuredMs === undefined ? [] : judge(plan.thresholds, aggregate, measuredMs, { final: judgeable(known), windows })
  if (known !== undefined) return { ending: known, verdicts }
  const crossed = [...new Set(verdicts.flatMap(({ ok, threshold }) => ok ? [] : [threshold.metric]))].sort()
  if (crossed.length > 0) {
    const message = `thresholds on metrics '${crossed.join(', ')}' have been crossed`
    return { verdicts, ending: { kind: 'thresholds', aborted: false, message } }
  }
  if (plan.gate && succeeded(aggregate) === 0) {
    const message = 'no iteration succeeded, so nothing was measured; see the errors above, or make the run longer'
    return { verdicts, ending: { kind: 'nothing-measured', message } }
  }
  return { ending: { kind: 'passed' }, verdicts }
}

/** The end of a run of which a threshold with abortOnFail is crossed; undefined while none is. */
export function abortedBy(verdicts: readonly Verdict[], elapsedNs: number): Ending | undefined {
  if (!shouldAbort(verdicts, elapsedNs)) return undefined
  const crossed = verdicts.filter(({ ok, threshold }) => !ok && threshold.abortOnFail).map(({ threshold }) => threshold.metric)
  const message = `stopped early: ${[...new Set(crossed)].join(', ')} crossed a threshold with abortOnFail`
  return { kind: 'thresholds', aborted: true, message }
}

/** What the run is called in the end: a signal that came when all was judged stopped what was still to be done. */
export const lastEnding = (judged: Ending, known: Ending | undefined): Ending =>
  judged.kind === 'passed' && known?.kind === 'signal' ? known : judged

/** Iterations that ran to their end and threw nothing. */
const succeeded = (aggregate: Aggregate): number => {
  const data = aggregate.select({ name: 'iterations_failed', tags: {} })
  return data?.type === 'rate' ? data.count - data.trues : 0
}
