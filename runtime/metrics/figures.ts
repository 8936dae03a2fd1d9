// The figures a summary shows of a series: those of a trend by name, and those k6 gives for each type.
import { parseNumber } from '../../bindings/sdk/index.ts'
import { mean, percentile, type TrendData } from './histogram.ts'
import type { SeriesData } from './snapshot.ts'

/** A figure of a trend by its name in options: `avg`, `min`, `med`, `max`, `count`, `p(N)`. Throws RangeError for any other. */
export function trendFigure(data: TrendData, stat: string): number {
  switch (stat) {
    case 'avg': return mean(data)
    case 'min': return data.min
    case 'med': return percentile(data, 50)
    case 'max': return data.max
    case 'count': return data.count
    default: {
      const p = parseNumber(/^p\((.*)\)$/s.exec(stat)?.[1] ?? '')
      if (p === undefined) throw new RangeError(`'${stat}' is no figure of a trend`)
      return percentile(data, p)
    }
  }
}

/** A total as a rate per second of measured time; 0 where none passed. */
export const perSecond = (total: number, measuredMs: number): number => measuredMs > 0 ? total / (measuredMs / 1000) : 0

/** k6's figures of a series by name: what `handleSummary` finds under `values`. */
export function figuresOf(data: SeriesData, measuredMs: number, trendStats: readonly string[]): Readonly<Record<string, number>> {
  switch (data.type) {
    case 'counter': return { count: data.sum, rate: perSecond(data.sum, measuredMs) }
    case 'gauge': return { value: data.value, min: data.min, max: data.max }
    case 'rate': return { rate: data.count === 0 ? 0 : data.trues / data.count, passes: data.trues, fails: data.count - data.trues }
    case 'trend': return Object.fromEntries(trendStats.map((stat) => [stat, trendFigure(data, stat)]))
    default: return data satisfies never
  }
}
