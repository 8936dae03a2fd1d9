// A second of a run as single values, as k6's per-sample outputs have them: each says which figure of how many values it is.
import type { Tags } from '../../../bindings/sdk/index.ts'
import { figuresOf } from '../../metrics/figures.ts'
import type { Series } from '../../metrics/snapshot.ts'

/** One value of one metric at one moment. */
export interface Point {
  readonly metric: string
  readonly epochMs: number
  readonly value: number
  readonly tags: Tags
  /** Of a value that stands for several: which figure of them (`sum`, `avg`, `p(95)`), and of how many; none of a single value. */
  readonly metadata: Tags | undefined
}

/**
 * The values of a second: of a counter their sum, of a gauge the last one, of a rate the share that was true (0 … 1), of a trend each
 * figure of `trendStats` in its own unit.
 */
export function secondPoints(series: readonly Series[], epochMs: number, trendStats: readonly string[]): readonly Point[] {
  return series.flatMap(({ metric, tags, data }): readonly Point[] => {
    if (data.count === 0) return []
    const point = (stat: string, value: number): Point =>
      ({ metric, epochMs, value, tags, metadata: { stat, count: String(data.count) } })
    switch (data.type) {
      case 'counter': return [point('sum', data.sum)]
      case 'gauge': return [point('last', data.value)]
      case 'rate': return [point('rate', data.trues / data.count)]
      case 'trend': return Object.entries(figuresOf(data, 0, trendStats)).map(([stat, value]) => point(stat, value))
      default: return data satisfies never
    }
  })
}
