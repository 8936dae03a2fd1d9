// Tables of kept runs, of slow operations, of outages.
import type { Outage } from '../metrics/outage.ts'
import type { RunRecord } from '../metrics/record.ts'
import type { SlowOperation } from '../metrics/slowest.ts'
import { humanizeTime } from './humanize.ts'
import type { Palette } from './palette.ts'
import { laidOut, type Column } from './table.ts'
import { visible } from './text.ts'

interface TableStyle { readonly columns: number; readonly palette: Palette }

/** What is listed of a run. */
interface ListedRun { readonly record: RunRecord; readonly complete: boolean }

const RUN_COLUMNS: readonly Column[] = [
  { head: 'run', align: 'left' }, { head: 'started (UTC)', align: 'left' }, { head: 'script', align: 'left' },
  { head: 'verdict', align: 'left' }, { head: 'measured', align: 'right', leaves: 2 }, { head: 'iterations', align: 'right', leaves: 3 },
  { head: 'tags', align: 'left', leaves: 1 },
]

const iterationsOf = ({ series }: RunRecord): number =>
  series.reduce((sum, { metric, data }) => metric === 'iterations' && data.type === 'counter' ? sum + data.sum : sum, 0)

/** A row a run. */
export function runLines(runs: readonly ListedRun[], { columns, palette }: TableStyle): readonly string[] {
  const rows = runs.map(({ record, complete }) => {
    const { kind } = record.ending
    const verdict = !complete ? palette.warn('incomplete') : kind === 'passed' ? palette.good(kind) : palette.bad(kind)
    return [
      record.runId, record.startedAt.slice(0, 19).replace('T', ' '), visible(record.plan.script.name), verdict,
      humanizeTime(record.times.measuredMs, null), String(iterationsOf(record)),
      visible(Object.entries(record.plan.tags).map(([name, value]) => `${name}=${value}`).join(' ')),
    ]
  })
  return laidOut(RUN_COLUMNS, rows, columns, palette)
}

const SLOW_COLUMNS: readonly Column[] = [
  { head: 'took', align: 'right' }, { head: 'at', align: 'right' }, { head: 'op', align: 'left' }, { head: 'code', align: 'left' },
  { head: 'key', align: 'left' }, { head: 'endpoint', align: 'left', leaves: 2 }, { head: 'request id', align: 'left', leaves: 3 },
  { head: 'VU', align: 'right', leaves: 1 },
]

/** A row an operation, the slowest first; a sentence where there is none. */
export function slowestLines(slowest: readonly SlowOperation[], { columns, palette }: TableStyle): readonly string[] {
  if (slowest.length === 0) return ['no operation was measured']
  const rows = slowest.map((one) => [
    humanizeTime(one.durationMs, null), humanizeTime(one.startMs, null), `${one.workload}.${visible(one.op)}`, one.code,
    visible(one.key ?? ''), visible(one.endpoint ?? ''), visible(one.requestId ?? ''), one.vu === undefined ? '' : String(one.vu),
  ])
  return laidOut(SLOW_COLUMNS, rows, columns, palette)
}

const OUTAGE_COLUMNS: readonly Column[] = [
  { head: 'op', align: 'left' }, { head: 'target', align: 'left' }, { head: 'endpoint', align: 'left', leaves: 1 },
  { head: 'without success', align: 'right' }, { head: 'from', align: 'right' }, { head: '', align: 'left' },
]

/** A row an operation and endpoint, the longest first; no lines where there is none. */
export function outageLines(outages: readonly Outage[], { columns, palette }: TableStyle): readonly string[] {
  if (outages.length === 0) return []
  const rows = outages.map((one) => [
    `${one.workload}.${visible(one.op)}`, visible(one.target), visible(one.endpoint ?? ''), humanizeTime(one.durationMs, null),
    humanizeTime(one.fromMs, null), one.ended ? '' : 'not over at the end',
  ])
  return laidOut(OUTAGE_COLUMNS, rows, columns, palette)
}
