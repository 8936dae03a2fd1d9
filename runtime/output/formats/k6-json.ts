// k6's JSON lines: a line that tells of each metric before its first value, then a line a value.
import type { MetricContains, MetricType, Plan } from '../../plan/plan.ts'
import type { Point } from './points.ts'

/** The line about a metric: its type, what it contains, the thresholds on it and the sub-metrics these name. */
export function metricLine(name: string, type: MetricType, contains: MetricContains, { thresholds, submetrics = [] }: Plan): string {
  const on = thresholds.filter(({ selector }) => selector.name === name)
  const parts = new Map([...submetrics, ...on].filter(({ selector, metric }) => selector.name === name && metric !== name)
    .map(({ metric, selector: { tags } }) => [metric, { name: metric, suffix: metric.slice(name.length + 1, -1), tags }]))
  return `${JSON.stringify({
    type: 'Metric',
    data: {
      name, type, contains, thresholds: on.filter(({ metric }) => metric === name).map(({ source }) => source),
      submetrics: parts.size === 0 ? null : [...parts.values()],
    },
    metric: name,
  })}\n`
}

/** The line of a value; `data.metadata` says what it stands for where it is not a single one. */
export const pointLine = ({ metric, epochMs, value, tags, metadata }: Point): string => `${JSON.stringify({
  metric, type: 'Point',
  data: { time: new Date(epochMs).toISOString(), value, tags, ...(metadata === undefined ? {} : { metadata }) },
})}\n`
