// A trend as Prometheus' classic histogram: counts up to fixed bounds, for receivers that know no native ones.
import { buckets } from '../../metrics/histogram.ts'
import type { Labels, TrendData } from './prometheus.ts'

const STEPS = [1, 2.5, 5]
const decades = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => STEPS.map((step) => Number(`${step}e${from + at}`))).flat()
/** 0.1 ms to 50 s. */
const TIME_BOUNDS = decades(-4, 1)
const OTHER_BOUNDS = decades(-3, 9)

interface ClassicLine { readonly suffix: '_bucket' | '_sum' | '_count'; readonly more: Labels; readonly value: number }

/** Its lines: a bucket for each bound with the count of all values up to it, then their sum and count. */
export function classicBuckets({ data, factor }: { readonly data: TrendData; readonly factor: number }): readonly ClassicLine[] {
  const bounds = factor === 1 ? OTHER_BOUNDS : TIME_BOUNDS
  const values = [...buckets(data.histogram)]
  let at = 0
  let seen = 0
  const lines = bounds.map((bound): ClassicLine => {
    for (let next = values[at]; next !== undefined && next[0] * factor <= bound; next = values[++at]) seen += next[1]
    return { suffix: '_bucket', more: [['le', String(bound)]], value: seen }
  })
  return [
    ...lines, { suffix: '_bucket', more: [['le', '+Inf']], value: data.count },
    { suffix: '_sum', more: [], value: data.sum * factor }, { suffix: '_count', more: [], value: data.count },
  ]
}
