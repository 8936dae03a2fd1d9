// A run's windows as a comparison reads them: of each operation, how many, how fast, how many failed, window by window.
import type { Tags } from '../../../bindings/sdk/index.ts'
import { Histogram, type TrendData } from '../../metrics/histogram.ts'
import { operationMetrics } from '../../metrics/operation-metrics.ts'
import { tagsKey, tagValues } from '../../metrics/series.ts'
import type { Series } from '../../metrics/snapshot.ts'
import type { Window } from '../../metrics/timeline.ts'

/** What one operation did in one window. */
export interface OperationWindow {
  readonly lengthMs: number
  readonly count: number
  readonly failed: number
  /** Durations, ms; undefined where nothing was done. */
  readonly duration: TrendData | undefined
}

/** One operation over a whole run. */
export interface OperationRun {
  readonly workload: string
  /** What tells it from others: `op`, and tags that were asked for or have several values within a run. */
  readonly tags: Tags
  readonly windows: readonly OperationWindow[]
}

/** Tags that tell rows apart where one run has several values of them. */
const SEPARATING = ['target', 'driver'] as const

/** The tags rows are told apart by: `op`, those asked for, and targets and drivers where a run has several. */
export function separatingTags(runs: readonly (readonly Series[])[], asked: readonly string[]): readonly string[] {
  const several = SEPARATING.filter((tag) => runs.some((series) => tagValues(series, tag).length > 1))
  return [...new Set(['op', ...several, ...asked])]
}

class Counting {
  count = 0
  failed = 0
  readonly #duration = new Histogram()

  add(kind: 'reqs' | 'duration' | 'failed', data: Series['data']): void {
    if (kind === 'reqs' && data.type === 'counter') this.count += data.sum
    if (kind === 'failed' && data.type === 'rate') this.failed += data.trues
    if (kind === 'duration' && data.type === 'trend') this.#duration.merge(data)
  }

  window(lengthMs: number): OperationWindow {
    const duration = this.#duration.count === 0 ? undefined : this.#duration.data()
    return { lengthMs, count: this.count, failed: this.failed, duration }
  }
}

const KINDS = ['reqs', 'duration', 'failed'] as const

/** Every operation of these workloads, by a key that is equal for equal tags; each has every window of the run. */
export function operationRuns(
  windows: Iterable<Window>, workloads: readonly string[], separating: readonly string[],
): ReadonlyMap<string, OperationRun> {
  const meanings = new Map(workloads.flatMap((workload) => {
    const names = operationMetrics(workload)
    return KINDS.map((kind) => [names[kind], { workload, kind }] as const)
  }))
  const lengths: number[] = []
  const runs = new Map<string, { readonly workload: string; readonly tags: Tags; readonly windows: Map<number, Counting> }>()
  for (const { lengthMs, series } of windows) {
    const at = lengths.push(lengthMs) - 1
    for (const { metric, tags, data } of series) {
      const meaning = meanings.get(metric)
      if (meaning === undefined) continue
      const own = Object.fromEntries(separating.flatMap((tag) => tags[tag] === undefined ? [] : [[tag, tags[tag]]]))
      const key = `${meaning.workload} ${tagsKey(own)}`
      let run = runs.get(key)
      if (run === undefined) runs.set(key, run = { workload: meaning.workload, tags: own, windows: new Map<number, Counting>() })
      let counting = run.windows.get(at)
      if (counting === undefined) run.windows.set(at, counting = new Counting())
      counting.add(meaning.kind, data)
    }
  }
  return new Map([...runs].sort(([a], [b]) => a < b ? -1 : 1).map(([key, { workload, tags, windows: counted }]) => [key, {
    workload, tags,
    windows: lengths.map((lengthMs, at) => counted.get(at)?.window(lengthMs) ?? { lengthMs, count: 0, failed: 0, duration: undefined }),
  }]))
}

function joined(windows: readonly OperationWindow[]): OperationWindow {
  const all = new Counting()
  let lengthMs = 0
  for (const { lengthMs: own, count, failed, duration } of windows) {
    lengthMs += own
    all.count += count
    all.failed += failed
    if (duration !== undefined) all.add('duration', duration)
  }
  return all.window(lengthMs)
}

/** Adjacent windows together, until each is as long as asked for; the rest at the end, which is shorter, is left out. */
export function inWindowsOf(windows: readonly OperationWindow[], lengthMs: number): readonly OperationWindow[] {
  const groups: OperationWindow[] = []
  let open: OperationWindow[] = []
  let openMs = 0
  for (const window of windows) {
    open.push(window)
    openMs += window.lengthMs
    // A window that ended a little early is a whole one.
    if (openMs < 0.95 * lengthMs) continue
    groups.push(open.length === 1 ? window : joined(open))
    open = []
    openMs = 0
  }
  return groups
}
