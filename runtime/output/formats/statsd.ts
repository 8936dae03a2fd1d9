// StatsD's lines: counters of each second, gauges, and figures of trends as gauges.
import type { Series, SeriesData } from '../../metrics/snapshot.ts'
import { figuresOf } from '../../metrics/figures.ts'

const FIGURES = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)']

/** What separates parts of a line can be in no name nor value. */
const cleaned = (text: string): string => text.replace(/[:|@#,\s]+/g, '_')
/** A sign before a gauge's value means a change of it. */
const gauge = (name: string, value: number): readonly string[] => value < 0 ? [`${name}:0|g`, `${name}:${value}|g`] : [`${name}:${value}|g`]

function valueLines(name: string, data: SeriesData): readonly string[] {
  switch (data.type) {
    case 'counter': return [`${name}:${data.sum}|c`]
    case 'gauge': return gauge(name, data.value)
    case 'rate': return [`${name}.trues:${data.trues}|c`, `${name}.count:${data.count}|c`]
    case 'trend': return [
      `${name}.count:${data.count}|c`,
      ...Object.entries(figuresOf(data, 0, FIGURES)).flatMap(([stat, value]) => gauge(`${name}.${stat.replace(/[()]/g, '')}`, value)),
    ]
    default: return data satisfies never
  }
}

/** Lines of a second: `chopsticks.s3_reqs:120|c|#op:get,run:3f9a1c`. Times are ms, data bytes. Tags as DogStatsD and Telegraf know them. */
export const statsdLines = (series: readonly Series[], runId: string, withTags: boolean): readonly string[] => series.flatMap((one) => {
  if (one.data.count === 0) return []
  const tags = Object.entries({ ...one.tags, run: runId }).map(([tag, value]) => `${cleaned(tag)}:${cleaned(value)}`)
  return valueLines(`chopsticks.${cleaned(one.metric)}`, one.data).map((line) => withTags ? `${line}|#${tags.join(',')}` : line)
})
