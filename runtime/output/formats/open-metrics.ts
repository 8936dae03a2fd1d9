// The run's figures as OpenMetrics text, which GitLab's metrics report compares with those of the target branch.
import { figuresOf } from '../../metrics/figures.ts'
import { selectFrom, tagValues } from '../../metrics/series.ts'
import type { Finished } from '../outputs/output.ts'

const STATS = ['avg', 'med', 'p(95)', 'p(99)', 'max']

/** Gauges such as `s3_req_duration_p99{op="get"} 3.1`: times in ms, rates per second of measured time. Metrics as a whole, and by op. */
export function openMetrics({ record: { series, times } }: Finished): string {
  const names = [...new Set(series.map(({ metric }) => metric))].sort()
  const lines = names.flatMap((name) => {
    const ops = tagValues(series.filter(({ metric }) => metric === name), 'op')
    return [{}, ...[...ops].sort().map((op) => ({ op }))].flatMap((tags: Readonly<Record<string, string>>) => {
      const data = selectFrom(series, { name, tags })
      if (data === undefined) return []
      const label = tags['op'] === undefined ? '' : `{op="${tags['op'].replace(/["\\\n]/g, '_')}"}`
      return Object.entries(figuresOf(data, times.measuredMs, STATS)).map(([figure, value]) =>
        `${name.replace(/[^A-Za-z0-9_]/g, '_')}_${figure.replace(/[()]/g, '')}${label} ${value}`)
    })
  })
  return [...lines, '# EOF', ''].join('\n')
}
