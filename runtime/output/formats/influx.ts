// InfluxDB's line protocol: one line a series and second.
import type { Series, SeriesData } from '../../metrics/snapshot.ts'
import { figuresOf } from '../../metrics/figures.ts'

/** Commas, spaces, equal signs and backslashes have a backslash before them; a line break can't be written at all. */
const escaped = (text: string): string => text.replace(/[\r\n]+/g, ' ').replace(/[\\,= ]/g, (sign) => `\\${sign}`)

const FIGURES: Readonly<Record<string, string>> = {
  avg: 'avg', min: 'min', med: 'p50', max: 'max', 'p(90)': 'p90', 'p(95)': 'p95', 'p(99)': 'p99', 'p(99.9)': 'p999',
}

function fields(data: SeriesData): readonly (readonly [string, string])[] {
  switch (data.type) {
    case 'counter': return [['value', String(data.sum)]]
    case 'gauge': return [['value', String(data.value)]]
    case 'rate': return [['value', String(data.trues / data.count)], ['trues', `${data.trues}i`], ['count', `${data.count}i`]]
    case 'trend': return [
      ...Object.entries(figuresOf(data, 0, Object.keys(FIGURES))).map(([stat, value]) => [FIGURES[stat] ?? stat, String(value)] as const),
      ['sum', String(data.sum)], ['count', `${data.count}i`],
    ]
    default: return data satisfies never
  }
}

/**
 * Lines of a second, with the moment in ns: `s3_reqs,op=get,run=3f9a1c value=120 1795468017000000000`. Counters are what was counted in
 * the second; times are ms, data bytes. Series without values are left out.
 */
export const influxLines = (series: readonly Series[], epochMs: number, runId: string): string => series.flatMap((one) => {
  if (one.data.count === 0) return []
  const tags = Object.entries({ ...one.tags, run: runId }).filter(([, value]) => value !== '').sort(([a], [b]) => a < b ? -1 : 1)
  const name = [escaped(one.metric), ...tags.map(([tag, value]) => `${escaped(tag)}=${escaped(value)}`)].join(',')
  return [`${name} ${fields(one.data).map(([field, value]) => `${field}=${value}`).join(',')} ${Math.round(epochMs)}000000\n`]
}).join('')
