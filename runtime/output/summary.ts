// The summary at the end of a run: thresholds, checks, every metric by section, operations as tables, errors.
import { groupTree, type GroupNode } from '../metrics/checks.ts'
import type { RunRecord } from '../metrics/record.ts'
import { reportedMetrics } from '../metrics/reported.ts'
import type { Series } from '../metrics/snapshot.ts'
import { allChecks, checkLines } from './check-lines.ts'
import { errorLines, type Locate } from './error-lines.ts'
import { loadLines } from './load-lines.ts'
import { alignedBlocks, labelled, type FigureStyle } from './metric-lines.ts'
import { notesOf } from './notes.ts'
import { operationLines } from './operations.ts'
import { palette, type Palette } from './palette.ts'
import { sectionsOf } from './sections.ts'
import { visible, wrap } from './text.ts'
import { thresholdLines } from './threshold-lines.ts'

interface SummaryStyle {
  /** The terminal's width; Infinity where lines may be of any length. Below 60 it is taken as 60. */
  readonly columns: number
  readonly colour: boolean
  /** Finds the place in the script a guest's stack points at. */
  readonly locate: Locate
}

const INDENT = 4
const COLUMNS_MIN = 60

const heading = (title: string, { strong }: Palette): string => strong(`  █ ${visible(title)}`)

const remarkLines = (remarks: readonly string[], indent: number, { columns, palette: { faint } }: FigureStyle): readonly string[] =>
  remarks.flatMap((remark) => wrap(visible(remark).split(' '), columns - indent).map((line) => ' '.repeat(indent) + faint(line)))

/** Metrics of a part of the run, section by section, each with the table of its operations. */
function metricSections(record: RunRecord, indent: number, style: FigureStyle): readonly string[] {
  const { plan, series, remarks = {} } = record
  const sections = sectionsOf(reportedMetrics(record), plan)
  const blocks = alignedBlocks(sections.map(({ metrics }) => metrics.map((metric) => labelled(metric, style))), indent, style)
  return sections.flatMap(({ title, operations }, at) => {
    const rows = operations === undefined ? [] : operationLines(series, operations, indent, style)
    return [
      '', ' '.repeat(indent) + style.palette.strong(title),
      ...rows, ...(rows.length === 0 ? [] : ['']),
      ...blocks[at] ?? [],
      ...remarkLines(operations === undefined ? [] : remarks[operations] ?? [], indent, style),
    ]
  })
}

/** Checks and metrics of a part of the run. */
function partLines(record: RunRecord, checks: readonly string[], indent: number, style: FigureStyle): readonly string[] {
  const metrics = metricSections(record, indent, style)
  return checks.length === 0 ? metrics.slice(1) : [...checks, ...metrics]
}

/** The same run as if only these series had been counted; nothing was judged on them. */
const only = (record: RunRecord, series: readonly Series[]): RunRecord =>
  ({ ...record, series, remarks: {}, verdicts: [], plan: { ...record.plan, submetrics: [] } })

function groupLines(record: RunRecord, group: GroupNode, indent: number, style: FigureStyle): readonly string[] {
  const margin = ' '.repeat(indent)
  const own = only(record, record.series.filter(({ tags }) => tags['group'] === group.path))
  return [
    '', `${margin}${style.palette.strong(`↳ GROUP: ${visible(group.name)}`)}`, '',
    ...partLines(own, checkLines(group.checks, indent + 2, style), indent + 2, style),
    ...group.groups.flatMap((inner) => groupLines(record, inner, indent + 2, style)),
  ]
}

/** In full mode: every scenario with its groups, then groups outside scenarios (setup, teardown). */
function fullLines(record: RunRecord, style: FigureStyle): readonly string[] {
  const part = (title: string, series: readonly Series[]): readonly string[] => {
    if (series.length === 0) return []
    const own = only(record, series)
    const tree = groupTree(series)
    return [
      '', '', heading(title, style.palette), '',
      ...partLines(own, checkLines(allChecks(tree), INDENT, style), INDENT, style),
      ...tree.groups.flatMap((group) => groupLines(own, group, INDENT, style)),
    ]
  }
  const outside = record.series.filter(({ tags }) => tags['scenario'] === undefined && tags['group'] !== undefined)
  return [
    ...record.plan.scenarios.flatMap(({ name }) =>
      part(`SCENARIO: ${name}`, record.series.filter(({ tags }) => tags['scenario'] === name))),
    ...part('OUTSIDE SCENARIOS', outside),
  ]
}

/** What became of what the run went on for. */
const untilLines = ({ until }: RunRecord, columns: number, { accent }: Palette): readonly string[] => until === undefined ? [] : [
  '', ...until.messages.flatMap((message) => wrap(message.split(' '), columns - 2).map((line) => `  ${accent(line)}`)),
]

/** The whole summary as text; empty in mode `disabled`. It ends in a newline. */
export function summaryText(record: RunRecord, { columns: wanted, colour, locate }: SummaryStyle): string {
  const { plan, times, errors, series } = record
  if (plan.summary.mode === 'disabled') return ''
  const columns = Math.max(COLUMNS_MIN, wanted)
  const paint = palette(colour)
  const style: FigureStyle = {
    columns, palette: paint, measuredMs: times.measuredMs, trendStats: plan.summary.trendStats, timeUnit: plan.summary.timeUnit,
  }
  const thresholds = thresholdLines(reportedMetrics(record), INDENT, style)
  const total = partLines(record, checkLines(allChecks(groupTree(series)), INDENT, style), INDENT, style)
  const load = loadLines(record.scenarios, INDENT, style)
  const failures = errorLines(errors, locate, { indent: INDENT, columns, palette: paint, scenarios: plan.scenarios.length > 1 })
  const notes = notesOf(record)
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', '', heading(title, paint), '', ...lines]
  const lines = [
    ...(notes.length === 0 ? [] : ['']),
    ...notes.flatMap((note) => wrap(note.split(' '), columns - 2).map((line) => `  ${paint.warn(line)}`)),
    ...untilLines(record, columns, paint),
    ...section('THRESHOLDS', thresholds),
    ...section('TOTAL RESULTS', total.length === 0 ? [`${' '.repeat(INDENT)}nothing was measured`, ...load] : [...total, ...load]),
    ...(plan.summary.mode === 'full' ? fullLines(record, style) : []),
    ...section('ERRORS', failures),
    '',
  ]
  return `${lines.join('\n')}\n`
}
