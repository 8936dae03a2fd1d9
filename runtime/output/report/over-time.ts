// A run over time for charts: its windows, merged to as many as a screen can show, taken apart by operation.
import { perSecond } from '../../metrics/figures.ts'
import type { TrendData } from '../../metrics/histogram.ts'
import { operationMetrics } from '../../metrics/operation-metrics.ts'
import { selectFrom } from '../../metrics/series.ts'
import type { Series, SeriesData } from '../../metrics/snapshot.ts'
import { mergedWindow, type Window, type WindowList } from '../../metrics/timeline.ts'

/** An operation of a workload. */
export interface Operation { readonly workload: string; readonly op: string }

/** What one span of the load saw of an operation. */
interface OperationSpan {
  readonly perSecond: number
  readonly failedPerSecond: number
  readonly bytesPerSecond: number
  /** Undefined when none ended in it. */
  readonly durations: TrendData | undefined
}

export interface Span {
  /** Since the start of the load. */
  readonly startMs: number
  readonly endMs: number
  /** Iterations that ended, and those due that were not begun. */
  readonly iterationsPerSecond: number
  readonly droppedPerSecond: number
  readonly vus: number | undefined
  /** In the order of the operations asked for. */
  readonly operations: readonly OperationSpan[]
}

/** Data of all series of a metric that carry these tags; undefined when there are none. */
export const dataOf = (series: readonly Series[], name: string, tags: Series['tags'] = {}): SeriesData | undefined =>
  selectFrom(series, { name, tags })

export const sumOf = (data: SeriesData | undefined): number => data?.type === 'counter' ? data.sum : 0
export const trendOf = (data: SeriesData | undefined): TrendData | undefined =>
  data?.type === 'trend' && data.count > 0 ? data : undefined

/**
 * At most `most` spans, each of as many windows as the others. A last window that is short, as the load's end makes it, is part of the
 * one before: a rate over some milliseconds says nothing.
 */
export function spansOf(windows: WindowList, operations: readonly Operation[], most: number): readonly Span[] {
  const size = Math.max(1, Math.ceil(windows.length / most))
  const groups: Window[] = []
  let group: Window[] = []
  const close = (): void => {
    if (group.length > 0) groups.push(mergedWindow(group))
    group = []
  }
  for (const window of windows) {
    group.push(window)
    if (group.length === size) close()
  }
  close()
  const [before, last] = groups.slice(-2)
  if (before !== undefined && last !== undefined && last.lengthMs < before.lengthMs / 2) groups.splice(-2, 2, mergedWindow([before, last]))
  return groups.filter(({ lengthMs }) => lengthMs > 0).map((window) => spanOf(window, operations))
}

function spanOf({ startMs, lengthMs, series }: Window, operations: readonly Operation[]): Span {
  const rate = (metric: string): number => perSecond(sumOf(dataOf(series, metric)), lengthMs)
  const vus = dataOf(series, 'vus')
  return {
    startMs, endMs: startMs + lengthMs, iterationsPerSecond: rate('iterations'), droppedPerSecond: rate('dropped_iterations'),
    vus: vus?.type === 'gauge' ? vus.value : undefined,
    operations: operations.map(({ workload, op }) => {
      const names = operationMetrics(workload)
      const failed = dataOf(series, names.failed, { op })
      return {
        perSecond: perSecond(sumOf(dataOf(series, names.reqs, { op })), lengthMs),
        failedPerSecond: perSecond(failed?.type === 'rate' ? failed.trues : 0, lengthMs),
        bytesPerSecond: perSecond(sumOf(dataOf(series, names.bytes, { op })), lengthMs),
        durations: trendOf(dataOf(series, names.duration, { op })),
      }
    }),
  }
}
