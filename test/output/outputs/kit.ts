// Seconds of a run and its record, for outputs.
import type { Tags } from '../../../bindings/sdk/index.ts'
import { Recorder } from '../../../runtime/metrics/recorder.ts'
import type { Series } from '../../../runtime/metrics/snapshot.ts'
import { operation } from '../sample-record.ts'

/** A moment: 2026-11-24T03:00:01.500Z. */
export const MOMENT_MS = Date.UTC(2026, 10, 24, 3, 0, 1, 500)

/** What a second counts in which `gets` took these many ms, one of them failed, and something of each type came. */
export function second(gets: readonly number[], tags: Tags = { scenario: 'mixed' }): readonly Series[] {
  const recorder = new Recorder({})
  for (const [at, ended] of gets.entries()) {
    recorder.operation(operation({ ended, firstByte: ended / 2, code: at === 0 ? 'timeout' : 'ok' }), tags)
  }
  recorder.add('vus', 3, {})
  recorder.add('checks', 1, { ...tags, check: 'a, "b"' })
  return recorder.take().series
}

/** The series of a metric. */
export const only = (series: readonly Series[], ...metrics: readonly string[]): readonly Series[] =>
  series.filter(({ metric }) => metrics.includes(metric))
