// What a pipeline's log must say when thresholds failed: one line for each metric, with what was asked and what was seen.
import { reportedMetrics, type ReportedFrom } from '../metrics/reported.ts'
import { observedText, windowsText } from './observed.ts'
import { visible } from './text.ts'

/** `thresholds on metrics 's3_req_duration{op:get}' have been crossed: p(99)<200 was 312.4ms`; no lines when all held. */
export function verdictLines(record: ReportedFrom): readonly string[] {
  const { timeUnit } = record.plan.summary
  return reportedMetrics(record).flatMap((metric) => {
    const failed = metric.verdicts.filter(({ ok }) => !ok)
    if (failed.length === 0) return []
    const seen = failed.map((verdict) => {
      const { threshold, empty } = verdict
      return `${visible(threshold.source)} ${empty ? 'had' : 'was'} ${observedText(verdict, metric, timeUnit)}${windowsText(verdict)}`
    })
    return [`thresholds on metrics '${visible(metric.name)}' have been crossed: ${seen.join(', ')}`]
  })
}
