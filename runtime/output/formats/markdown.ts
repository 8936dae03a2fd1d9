// A run as Markdown, for job summaries and merge requests: verdict first, then thresholds, operations, checks, errors.
import { comparedRows, COMPARED_COLUMNS } from '../operations.ts'
import { humanizeTime } from '../humanize.ts'
import { notesOf } from '../notes.ts'
import { palette } from '../palette.ts'
import type { Finished } from '../outputs/output.ts'
import { judgedChecks, judgedThresholds, otherEnding, type Judged } from './judged.ts'

const ERRORS_MAX = 10

/** Text that is no markup, on one line. */
const plain = (text: string): string => text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>|~#&]/g, (sign) => `\\${sign}`)
const code = (text: string): string => {
  const bare = text.replace(/[\r\n]+/g, ' ').replaceAll('|', '\\|')
  return bare.includes('`') ? plain(text) : `\`${bare}\``
}

type Rows = readonly (readonly string[])[]
const table = (head: readonly string[], rightFrom: number, rows: Rows): readonly string[] => rows.length === 0 ? [] : [
  `| ${head.join(' | ')} |`, `|${head.map((_, at) => at >= rightFrom ? ' ---: ' : ' --- ').join('|')}|`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
]

const section = (title: string, lines: readonly string[]): readonly string[] => lines.length === 0 ? [] : ['', `### ${title}`, '', ...lines]
const mark = (ok: boolean): string => ok ? '✅' : '❌'
const rowsOf = (list: readonly Judged[]): Rows =>
  list.map(({ of, what, seen, ok }) => [mark(ok), of === '' ? '' : code(of), code(what), plain(seen)])

/** It ends in a line break. */
export function markdownReport({ record, ending }: Finished): string {
  const { plan, series, times: { measuredMs }, targets, errors } = record
  const { trendStats, timeUnit } = plan.summary
  const thresholds = judgedThresholds(record)
  const passed = record.ending.kind === 'passed'
  const crossed = thresholds.filter(({ ok }) => !ok).length
  const why = otherEnding(record, ending)
  const place = why?.place === undefined ? '' : `${why.place.file}:${why.place.line}: `
  const style = { columns: Infinity, palette: palette(false), measuredMs, trendStats, timeUnit }
  const verdict = passed ? 'passed' : why === undefined ? `failed: ${crossed} of ${thresholds.length} thresholds crossed` : 'failed'
  const operations = plan.workloads.flatMap((workload) =>
    comparedRows(series, workload, style).map(([op = '', ...figures]) => [code(`${workload}.${op}`), ...figures]))
  const shown = errors.slice(0, ERRORS_MAX)
  return [
    `## ${mark(passed)} ${plain(plan.script.name)} ${verdict}`, '',
    ...(why === undefined ? [] : [`**${plain(place + why.message)}**`, '']),
    ...notesOf(record).flatMap((note) => [`> ${plain(note)}`, '']),
    [`Run ${code(plan.runId)}, ${humanizeTime(measuredMs, null)} measured, seed ${plan.seed}`, ...targets.map(plain)].join('; '),
    ...section('Thresholds', table(['', 'metric', 'threshold', 'seen'], 4, rowsOf(thresholds))),
    ...section('Operations', table(COMPARED_COLUMNS.map(({ head }) => head), 1, operations)),
    ...section('Checks', table(['', 'group', 'check', 'seen'], 4, rowsOf(judgedChecks(record)))),
    ...section('Errors', table(['count', 'error'], 2, shown.map(({ count, message }) => [String(count), plain(message)]))),
    ...(errors.length > shown.length ? ['', `and ${errors.length - shown.length} further kinds of errors`] : []), '',
  ].join('\n')
}
