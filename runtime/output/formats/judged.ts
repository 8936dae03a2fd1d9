// What a run is judged by, as a pipeline's reports list it: every threshold, every check, and whether the run itself went well.
import { groupTree, type CheckCount, type GroupNode } from '../../metrics/checks.ts'
import type { RunRecord } from '../../metrics/record.ts'
import { reportedMetrics } from '../../metrics/reported.ts'
import { observedText } from '../observed.ts'
import type { EndingText } from '../outputs/output.ts'

/** One thing that held or did not. */
export interface Judged {
  /** The metric of a threshold, the group of a check (empty: none). */
  readonly of: string
  /** `p(99)<200`, or a check's name. */
  readonly what: string
  /** `312.4ms`; `12 of 500 failed`. */
  readonly seen: string
  readonly ok: boolean
}

/** Thresholds in the order of their metrics. */
export const judgedThresholds = (record: RunRecord): readonly Judged[] => reportedMetrics(record).flatMap((metric) =>
  metric.verdicts.map((verdict) => ({
    of: metric.name, what: verdict.threshold.source, seen: observedText(verdict, metric, record.plan.summary.timeUnit), ok: verdict.ok,
  })))

/** Checks, group by group; one fails where it failed once, though it is no threshold. */
export function judgedChecks({ series }: RunRecord): readonly Judged[] {
  const judged = (of: string, { name, passes, fails }: CheckCount): Judged =>
    ({ of, what: name, seen: `${fails} of ${passes + fails} failed`, ok: fails === 0 })
  const visit = ({ path, checks, groups }: GroupNode): readonly Judged[] =>
    [...checks.map((check) => judged(path, check)), ...groups.flatMap(visit)]
  return visit(groupTree(series))
}

/** Why the run ended as it did, where that is more than the thresholds listed beside it; undefined else. */
export const otherEnding = ({ ending: { kind } }: RunRecord, ending: EndingText | undefined): EndingText | undefined =>
  kind === 'thresholds' ? undefined : ending
