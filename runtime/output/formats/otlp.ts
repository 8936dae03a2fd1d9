// OpenTelemetry's metrics as OTLP/JSON: totals since the run's start, trends as exponential histograms.
import type { Json, JsonObject } from '../../../bindings/sdk/index.ts'
import type { Series, SeriesData } from '../../metrics/snapshot.ts'
import { exponential, SCALE, type ExponentialBuckets } from './exponential.ts'

const CUMULATIVE = 2
const UNITS = { default: '1', time: 's', data: 'By' } as const

interface Span { readonly startEpochMs: number; readonly epochMs: number }

const nano = (epochMs: number): string => `${Math.round(epochMs * 1000)}000`
const attributes = (tags: Readonly<Record<string, string>>): Json =>
  Object.entries(tags).map(([key, stringValue]) => ({ key, value: { stringValue } }))
const times = ({ startEpochMs, epochMs }: Span): JsonObject =>
  ({ startTimeUnixNano: nano(startEpochMs), timeUnixNano: nano(epochMs) })

/** A bucket of theirs is named by its lower bound, one below ours. */
const sideOf = ({ first, counts }: ExponentialBuckets): JsonObject => ({ offset: first - 1, bucketCounts: counts.map(String) })

function trendPoint(data: Extract<SeriesData, { type: 'trend' }>, factor: number): JsonObject {
  const { positive, negative } = exponential(data.histogram, factor)
  return {
    count: String(data.count), sum: data.sum * factor, min: data.min * factor, max: data.max * factor, scale: SCALE,
    zeroCount: String(data.histogram.zero), positive: sideOf(positive), negative: sideOf(negative),
  }
}

/** The data points of one series, and what they are points of. */
function pointsOf({ contains, tags, data }: Series, span: Span): { readonly kind: string; readonly points: readonly JsonObject[] } {
  const factor = contains === 'time' ? 0.001 : 1
  const point = (more: JsonObject, extra: Readonly<Record<string, string>> = {}): JsonObject =>
    ({ attributes: attributes({ ...tags, ...extra }), ...times(span), ...more })
  switch (data.type) {
    case 'counter': return { kind: 'sum', points: [point({ asDouble: data.sum * factor })] }
    case 'gauge': return { kind: 'gauge', points: [point({ asDouble: data.value * factor })] }
    case 'rate': return {
      kind: 'sum',
      points: [
        point({ asDouble: data.trues }, { condition: 'nonzero' }), point({ asDouble: data.count - data.trues }, { condition: 'zero' }),
      ],
    }
    case 'trend': return { kind: 'exponentialHistogram', points: [point(trendPoint(data, factor))] }
    default: return data satisfies never
  }
}

const EXTRA: Readonly<Record<string, JsonObject>> = {
  sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true }, gauge: {},
  exponentialHistogram: { aggregationTemporality: CUMULATIVE },
}

/** An ExportMetricsServiceRequest; `resource` names the run. Metrics are called `chopsticks.s3_reqs` and so on. */
export function otlpRequest(
  series: readonly Series[], span: Span, resource: Readonly<Record<string, string>>, version: string,
): string {
  const metrics = new Map<string, { readonly unit: string; readonly kind: string; readonly points: JsonObject[] }>()
  for (const one of series) {
    const { kind, points } = pointsOf(one, span)
    const known = metrics.get(one.metric)
    if (known === undefined) metrics.set(one.metric, { unit: UNITS[one.contains], kind, points: [...points] })
    else known.points.push(...points)
  }
  return JSON.stringify({
    resourceMetrics: [{
      resource: { attributes: attributes(resource) },
      scopeMetrics: [{
        scope: { name: 'chopsticks', version },
        metrics: [...metrics].map(([name, { unit, kind, points }]) =>
          ({ name: `chopsticks.${name}`, unit, [kind]: { ...EXTRA[kind], dataPoints: points } })),
      }],
    }],
  })
}
