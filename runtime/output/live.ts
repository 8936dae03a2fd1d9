// Live figures between two frames: operations and bytes per second, and the share that failed, for each workload.
import type { Selector } from '../plan/threshold.ts'
import type { SeriesData } from '../metrics/snapshot.ts'
import { BYTES_PER_MB } from './cells.ts'
import { humanizeRate, humanizeShare } from './humanize.ts'

interface Totals { readonly reqs: number; readonly bytes: number; readonly failed: number; readonly judged: number }
interface Source { select(selector: Selector): SeriesData | undefined }

const NOTHING: Totals = { reqs: 0, bytes: 0, failed: 0, judged: 0 }

function totalsOf(source: Source, workload: string): Totals {
  const counter = (name: string): number => {
    const data = source.select({ name, tags: {} })
    return data?.type === 'counter' ? data.sum : 0
  }
  const failed = source.select({ name: `${workload}_req_failed`, tags: {} })
  const [trues, judged] = failed?.type === 'rate' ? [failed.trues, failed.count] : [0, 0]
  return { reqs: counter(`${workload}_reqs`), bytes: counter(`${workload}_bytes`), failed: trues, judged }
}

/** When the shards made the reports a frame holds, where they date them: a frame is shown a moment later. */
function countedUntilMs(source: Source): number | undefined {
  const data = source.select({ name: 'vus_max', tags: {} })
  return data?.type === 'gauge' && data.atMs > 0 ? data.atMs : undefined
}

/** Remembers the frame before, so that each one shows its own second. */
export class LiveFigures {
  readonly #workloads: readonly string[]
  readonly #before = new Map<string, Totals>()
  #beforeMs = 0
  #texts: readonly string[] = []

  constructor(workloads: readonly string[]) { this.#workloads = workloads }

  /** Takes a new frame; one no later than the last changes nothing. */
  update(source: Source, elapsedMs: number): void {
    const untilMs = countedUntilMs(source) ?? elapsedMs
    const seconds = (untilMs - this.#beforeMs) / 1000
    if (seconds <= 0) return
    this.#beforeMs = untilMs
    this.#texts = this.#workloads.map((workload) => {
      const now = totalsOf(source, workload)
      const before = this.#before.get(workload) ?? NOTHING
      this.#before.set(workload, now)
      const judged = now.judged - before.judged
      const share = judged > 0 ? (now.failed - before.failed) / judged : 0
      const megabytes = (now.bytes - before.bytes) / BYTES_PER_MB / seconds
      const operations = humanizeRate((now.reqs - before.reqs) / seconds)
      return `${workload}: ${operations} ops/s, ${humanizeRate(megabytes)} MB/s, ${humanizeShare(share)} failed`
    })
  }

  /** `s3: 1850 ops/s, 121 MB/s, 0.00% failed`, one for each workload; none before the first frame. */
  texts(): readonly string[] { return this.#texts }
}
