// The table of a workload's operations: how many, how fast, how many failed, and why.
import { perSecond, trendFigure } from '../metrics/figures.ts'
import { operationMetrics, type OperationMetrics } from '../metrics/operation-metrics.ts'
import { selectFrom, tagValues } from '../metrics/series.ts'
import type { Series } from '../metrics/snapshot.ts'
import { BYTES_PER_MB, NAME_WIDTH_MAX, failedCell } from './cells.ts'
import { humanizeNumber, humanizeRate, humanizeTime } from './humanize.ts'
import type { FigureStyle } from './metric-lines.ts'
import { laidOut, type Column } from './table.ts'
import { clip, visible, wrap } from './text.ts'

type Tags = Series['tags']

/** The tags that tell rows apart, in the order in which they are shown: drivers and targets only where there are several. */
const rowTags = (series: readonly Series[]): readonly string[] =>
  ['op', ...['driver', 'target'].filter((tag) => tagValues(series, tag).length > 1)]

const FIGURE_COLUMNS: readonly Column[] = [
  { head: 'count', align: 'right' },
  { head: 'rate/s', align: 'right', leaves: 4 },
  { head: 'MB/s', align: 'right', leaves: 5 },
  { head: 'failed', align: 'right' },
  { head: 'med', align: 'right', leaves: 2 },
  { head: 'p95', align: 'right', leaves: 3 },
  { head: 'p99', align: 'right' },
  { head: 'max', align: 'right', leaves: 1 },
]

/** Columns of the rows that `comparedRows` gives. */
export const COMPARED_COLUMNS: readonly Column[] = [{ head: 'op', align: 'left' }, ...FIGURE_COLUMNS]

/** A row for each operation of a run, drivers and targets together. */
export function comparedRows(series: readonly Series[], prefix: string, style: FigureStyle): readonly (readonly string[])[] {
  const names = operationMetrics(prefix)
  return combinations(series.filter(({ metric }) => metric === names.reqs), ['op']).map((row) =>
    [clip(visible(row['op'] ?? ''), NAME_WIDTH_MAX), ...figureCells(series, names, row, style)])
}

function figureCells(series: readonly Series[], names: OperationMetrics, tags: Tags, style: FigureStyle): readonly string[] {
  const { measuredMs, timeUnit, palette } = style
  const total = (name: string): number => {
    const data = selectFrom(series, { name, tags })
    return data?.type === 'counter' ? data.sum : 0
  }
  const failed = selectFrom(series, { name: names.failed, tags })
  const share = failed?.type === 'rate' && failed.count > 0 ? failed.trues / failed.count : 0
  const duration = selectFrom(series, { name: names.duration, tags })
  const time = (stat: string): string => duration?.type === 'trend' ? humanizeTime(trendFigure(duration, stat), timeUnit) : ''
  return [
    humanizeNumber(total(names.reqs)), humanizeRate(perSecond(total(names.reqs), measuredMs)),
    humanizeRate(perSecond(total(names.bytes), measuredMs) / BYTES_PER_MB),
    failedCell(share, palette),
    time('med'), time('p(95)'), time('p(99)'), time('max'),
  ]
}

/** One row for each combination, in the order of the alphabet: the same in every run. */
function combinations(series: readonly Series[], tags: readonly string[]): readonly Tags[] {
  const rows = new Map<string, Tags>()
  for (const one of series) {
    const picked = Object.fromEntries(tags.flatMap((tag) => one.tags[tag] === undefined ? [] : [[tag, one.tags[tag]]]))
    rows.set(JSON.stringify(picked), picked)
  }
  return [...rows].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(([, row]) => row)
}

/** `get: throttled 12, timeout 3`, for every operation that failed. */
function failureLines(series: readonly Series[], names: OperationMetrics): readonly string[] {
  const failures = new Map<string, Map<string, number>>()
  for (const { metric, tags, data } of series) {
    if (metric !== names.failed || data.type !== 'rate' || data.trues === 0) continue
    const op = tags['op'] ?? ''
    const codes = failures.get(op) ?? new Map<string, number>()
    const code = tags['code'] ?? 'other'
    failures.set(op, codes.set(code, (codes.get(code) ?? 0) + data.trues))
  }
  return [...failures].sort(([a], [b]) => a < b ? -1 : 1).map(([op, codes]) => {
    const byCount = [...codes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${visible(code)} ${count}`)
    return `${visible(op)}: ${byCount.join(', ')}`
  })
}

/** Rows of figures, one for each combination of the tags. */
function tableLines(
  series: readonly Series[], names: OperationMetrics, tags: readonly string[], width: number, style: FigureStyle,
): readonly string[] {
  const rows = combinations(series.filter(({ metric }) => metric === names.reqs), tags).map((row) =>
    [...tags.map((tag) => clip(visible(row[tag] ?? ''), NAME_WIDTH_MAX)), ...figureCells(series, names, row, style)])
  return laidOut([...tags.map((tag): Column => ({ head: tag, align: 'left' })), ...FIGURE_COLUMNS], rows, width, style.palette)
}

/** The table, one by endpoint where a target has several, and below them what failed; no lines when there was no operation. */
export function operationLines(series: readonly Series[], prefix: string, indent: number, style: FigureStyle): readonly string[] {
  const names = operationMetrics(prefix)
  const counted = series.filter(({ metric }) => metric === names.reqs)
  if (counted.length === 0) return []
  const { palette } = style
  const width = style.columns - indent
  const lines = [...tableLines(series, names, rowTags(counted), width, style)]
  const ofEndpoints = series.filter(({ tags }) => tags['endpoint'] !== undefined)
  if (ofEndpoints.length > 0) lines.push('', ...tableLines(ofEndpoints, names, ['endpoint', 'op'], width, style))
  const failures = failureLines(series, names).flatMap((line) =>
    wrap(line.split(' '), width - 2).map((part, at) => `${at === 0 ? palette.bad('✗') : ' '} ${part}`))
  return [...lines, ...failures].map((line) => (' '.repeat(indent) + line).trimEnd())
}
