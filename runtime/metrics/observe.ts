// What an aggregation makes of counted data, and whether a threshold's comparison is met by it.
import { holds, type Aggregation, type Expression } from '../plan/threshold.ts'
import { mean, percentile } from './histogram.ts'
import type { SeriesData } from './snapshot.ts'

/**
 * The value of an aggregation; undefined when there is none: no samples, a rate of a counter over no time, or an aggregation the
 * type does not have. Rates of counters are per second of measured time, rates of rates a share of 0 … 1, trends in their unit.
 */
export function observe(data: SeriesData | undefined, aggregation: Aggregation, measuredMs: number): number | undefined {
  if (data === undefined || data.count === 0) return undefined
  switch (data.type) {
    case 'counter':
      if (aggregation.kind === 'count') return data.sum
      return aggregation.kind === 'rate' && measuredMs > 0 ? data.sum / (measuredMs / 1000) : undefined
    case 'gauge': return aggregation.kind === 'value' ? data.value : undefined
    case 'rate': return aggregation.kind === 'rate' ? data.trues / data.count : undefined
    case 'trend':
      switch (aggregation.kind) {
        case 'avg': return mean(data)
        case 'min': return data.min
        case 'max': return data.max
        case 'med': return percentile(data, 50)
        case 'p': return percentile(data, aggregation.percentile)
        case 'count': case 'rate': case 'value': return undefined
        default: return aggregation satisfies never
      }
    default: return data satisfies never
  }
}

/** How far a percentile can be from the true one: half a bucket of the histogram. */
const PERCENTILE_PRECISION = 0.002

/** As `holds`, but a percentile equals any value that the histogram can't tell from it. */
export function met(expression: Expression, observed: number): boolean {
  const { aggregation: { kind }, operator, value } = expression
  const tellsEquality = operator === '==' || operator === '===' || operator === '!='
  if (!tellsEquality || (kind !== 'p' && kind !== 'med')) return holds(expression, observed)
  const same = Math.abs(observed - value) <= PERCENTILE_PRECISION * Math.max(Math.abs(observed), Math.abs(value))
  return holds(expression, same ? value : observed)
}
