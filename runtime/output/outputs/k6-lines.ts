// `-o json=FILE` and `-o csv=FILE`: k6's per-sample files, made of seconds, and of the op log where one is written.
import { resolve } from 'node:path'
import type { OutputReport } from '../../metrics/record.ts'
import { TextFile } from '../delivery/text-file.ts'
import { CSV_HEADER, csvRow } from '../formats/k6-csv.ts'
import { metricLine, pointLine } from '../formats/k6-json.ts'
import { fromOpLog, opLogPoints } from '../formats/op-log-points.ts'
import { secondPoints, type Point } from '../formats/points.ts'
import type { Series } from '../../metrics/snapshot.ts'
import type { Output, OutputParts, Second } from './output.ts'

/** Figures of a trend's second beside those of the summary: what is drawn most often. */
const STATS = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)']

/** How one of the two formats writes. */
interface Format {
  readonly head: string
  /** The line before a metric's first value. */
  readonly metric: (series: Pick<Series, 'metric' | 'contains'> & { readonly type: Series['data']['type'] }) => string
  readonly point: (point: Point) => string
}

class LinesOutput implements Output {
  readonly #p: OutputParts
  readonly #format: Format
  readonly #file: TextFile
  readonly #told = new Set<string>()

  constructor(parts: OutputParts, format: Format) {
    this.#p = parts
    this.#format = format
    this.#file = new TextFile({ path: resolve(parts.cwd, parts.arg), reasonOf: parts.reasonOf, warn: parts.warn })
    this.#file.write(format.head, format.head === '' ? 0 : 1)
  }

  second({ window: { series }, endEpochMs }: Second): void {
    const { plan, opLogFolder } = this.#p
    const own = series.filter(({ metric }) => opLogFolder === undefined || !fromOpLog(metric, plan.workloads))
    const text = [
      ...series.map(({ metric, contains, data: { type } }) => this.#metric({ metric, contains, type })),
      ...secondPoints(own, endEpochMs, STATS).map((point) => this.#format.point(point)),
    ].filter((line) => line !== '')
    this.#file.write(this.#p.clean(text.join('')), text.length)
  }

  async end(): Promise<OutputReport> {
    const { opLogFolder, plan, name } = this.#p
    if (opLogFolder !== undefined) await this.#operations(opLogFolder)
    await this.#file.close()
    const { lines, lost, reason } = this.#file
    return {
      name, to: 'file', unit: 'lines', delivered: lines, lost, ...(reason === undefined ? {} : { reason }),
      remark: opLogFolder === undefined ? 'one value a second and figure; --op-log DIR has each operation in it'
        : `every operation, from the op log of run ${plan.runId}; all else one value a second and figure`,
    }
  }

  async #operations(folder: string): Promise<void> {
    let batch: string[] = []
    const flush = async (): Promise<void> => {
      await this.#file.writeInTurn(this.#p.clean(batch.join('')), batch.length)
      batch = []
    }
    for await (const points of opLogPoints(folder, this.#p.plan.runId)) {
      batch.push(...points.map((point) => this.#format.point(point)))
      if (batch.length > 1000) await flush()
    }
    await flush()
  }

  #metric(series: Parameters<Format['metric']>[0]): string {
    if (this.#told.has(series.metric)) return ''
    this.#told.add(series.metric)
    return this.#format.metric(series)
  }
}

/** k6's `--out json=FILE[.gz]`. */
export const jsonOutput = (parts: OutputParts): Output => new LinesOutput(parts, {
  head: '', metric: ({ metric, type, contains }) => metricLine(metric, type, contains, parts.plan), point: pointLine,
})

/** k6's `--out csv=FILE[.gz]`. */
export const csvOutput = (parts: OutputParts): Output => new LinesOutput(parts, { head: CSV_HEADER, metric: () => '', point: csvRow })
