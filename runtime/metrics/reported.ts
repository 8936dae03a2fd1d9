// Which metrics a summary reports: those that counted something, and the sub-metrics a threshold or an empty one names.
import { builtinMetrics } from '../plan/metrics-catalog.ts'
import type { MetricContains, MetricType } from '../plan/plan.ts'
import type { Selector, Threshold } from '../plan/threshold.ts'
import type { RunRecord } from './record.ts'
import { selectFrom } from './series.ts'
import { sinkFor } from './sinks.ts'
import type { SeriesData } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

/** A metric or sub-metric of a run, as a whole. */
export interface Reported {
  /** `s3_reqs`, or as the user wrote it `s3_reqs{op:get}`. */
  readonly name: string
  readonly selector: Selector
  readonly contains: MetricContains
  /** Without values when nothing was counted. */
  readonly data: SeriesData
  readonly verdicts: readonly Verdict[]
}

export type ReportedFrom = Pick<RunRecord, 'plan' | 'series' | 'verdicts'>

/** What type a metric must be to have this aggregation; `rate` fits two. */
const typeByAggregation = ({ expression: { aggregation: { kind } } }: Threshold): MetricType => {
  switch (kind) {
    case 'count': return 'counter'
    case 'value': return 'gauge'
    case 'rate': return 'rate'
    case 'avg': case 'min': case 'med': case 'max': case 'p': return 'trend'
    default: return kind satisfies never
  }
}

/** Whole metrics in the order of their names, each followed by its sub-metrics. */
export function reportedMetrics({ plan, series, verdicts }: ReportedFrom): readonly Reported[] {
  const builtin = new Map(builtinMetrics(plan.workloads).map((metric) => [metric.name, metric]))
  const contains = new Map(series.map((one) => [one.metric, one.contains]))
  const wanted = new Map<string, Selector>()
  for (const name of contains.keys()) wanted.set(name, { name, tags: {} })
  for (const { metric, selector } of [...plan.submetrics ?? [], ...verdicts.map(({ threshold }) => threshold)]) wanted.set(metric, selector)
  return [...wanted].map(([name, selector]): Reported => {
    const own = verdicts.filter(({ threshold }) => threshold.metric === name)
    const [first] = own
    const declared = builtin.get(selector.name)
    const counted = series.find(({ metric }) => metric === selector.name)
    const type = counted?.data.type ?? declared?.type ?? (first && typeByAggregation(first.threshold))
    return {
      name, selector, verdicts: own,
      contains: contains.get(selector.name) ?? declared?.contains ?? 'default',
      data: selectFrom(series, selector) ?? sinkFor(type ?? 'counter').data(),
    }
  }).sort((a, b) => compare(a.selector.name, b.selector.name) || compare(a.name, b.name))
}

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0
