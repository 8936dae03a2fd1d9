// Outages as a metric: `s3_outage_max`.
import type { Outage } from './outage.ts'
import type { Series } from './snapshot.ts'

/** The metric that thresholds ask for: `s3_outage_max`. */
export const OUTAGE_METRIC = /^[a-z\d]+_outage_max$/

/** The outages as gauges of one moment, so that of several the longest stands. */
export const outageSeries = (outages: readonly Outage[]): readonly Series[] => outages.map(
  ({ workload, op, target, endpoint, durationMs }) => ({
    metric: `${workload}_outage_max`, contains: 'time', tags: { op, target, ...(endpoint === undefined ? {} : { endpoint }) },
    data: { type: 'gauge', value: durationMs, atMs: 0, min: durationMs, max: durationMs, count: 1 },
  }))
