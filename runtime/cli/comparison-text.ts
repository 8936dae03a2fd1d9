// A comparison as people read it: what differs in plan and environment, a row a figure, and one sentence at the end.
import { humanizeRate, humanizeShare, humanizeTime } from '../output/humanize.ts'
import type { Palette } from '../output/palette.ts'
import { laidOut, type Column } from '../output/table.ts'
import { clip, visible, wrap } from '../output/text.ts'
import type { Comparison, Row } from '../results/compare/compare.ts'

export interface ComparisonStyle { readonly palette: Palette; readonly columns: number }

/** Values of plans and environments are cut to this, characters. */
const VALUE_WIDTH_MAX = 60
const DIFFERENCES_MAX = 12

/** `+5.3 %`; what was 0 before has no share of it. */
export function changeText(change: number): string {
  if (!Number.isFinite(change)) return 'from none'
  const text = (100 * change).toFixed(1)
  return `${change >= 0 ? '+' : ''}${text === '-0.0' ? '0.0' : text} %`
}

function valueText({ figure }: Row, value: number): string {
  switch (figure) {
    case 'rate': return `${humanizeRate(value)}/s`
    case 'failed': return humanizeShare(value)
    case 'med': case 'p95': case 'p99': return humanizeTime(value, null)
    default: return figure satisfies never
  }
}

const COLUMNS: readonly Column[] = [
  { head: 'operation', align: 'left' }, { head: 'figure', align: 'left' },
  { head: 'A', align: 'right', leaves: 4 }, { head: 'B', align: 'right', leaves: 5 }, { head: 'change', align: 'right' },
  { head: '95 % interval', align: 'right', leaves: 3 }, { head: 'effect', align: 'right', leaves: 2 },
  { head: 'p', align: 'right', leaves: 1 },
  { head: 'verdict', align: 'left' },
]

const nameOf = ({ workload, tags }: Row): string => {
  const { op = '', ...others } = tags
  return visible([workload, op, ...Object.entries(others).map(([tag, value]) => `${tag}=${value}`)].join(' '))
}

function verdictText({ verdict, why }: Row, { good, bad, faint }: Palette): string {
  const text = verdict === 'same' ? 'same within noise' : verdict
  const painted = verdict === 'better' ? good(text) : verdict === 'worse' ? bad(text) : faint(text)
  return why === '' ? painted : `${painted}: ${why}`
}

function cells(row: Row, { palette, columns }: ComparisonStyle): readonly string[] {
  const head = [nameOf(row), row.figure]
  // What can't be compared has a long reason, which a narrow table has no room for: it is told below.
  if (row.verdict === 'not comparable') return [...head, '', '', '', '', '', '', palette.warn('not comparable')]
  const { a, b, change, changeInterval, effect, pCorrected } = row
  const interval = changeInterval === undefined ? '' : `${changeText(changeInterval.low)} … ${changeText(changeInterval.high)}`
  const verdict = Number.isFinite(columns) ? { ...row, why: '' } : row
  return [
    ...head, valueText(row, a.value), valueText(row, b.value), changeText(change), interval, effect.toFixed(2),
    pCorrected < 0.001 ? '<0.001' : pCorrected.toFixed(3), verdictText(verdict, palette),
  ]
}

function differenceLines({ differences }: Comparison, { palette, columns }: ComparisonStyle): readonly string[] {
  if (differences.length === 0) return ['plan and environment: the same in both']
  const shown = differences.slice(0, DIFFERENCES_MAX)
  const value = (text: string | undefined): string => text === undefined ? 'none' : clip(visible(text), VALUE_WIDTH_MAX)
  const rows = shown.map(({ what, a, b }) => [visible(what), value(a), value(b)])
  const heads: readonly Column[] = [
    { head: 'differs', align: 'left' }, { head: 'A', align: 'left', leaves: 1 }, { head: 'B', align: 'left', leaves: 2 },
  ]
  const more = differences.length - shown.length
  return [...laidOut(heads, rows, columns, palette), ...(more === 0 ? [] : [palette.faint(`and ${more} more: --json lists all`)])]
}

/** How many rows are what. */
function sentence({ rows }: Comparison, { good, bad, strong }: Palette): string {
  const count = (verdict: Row['verdict']): number => rows.filter((row) => row.verdict === verdict).length
  const [worse, better, same, none] = [count('worse'), count('better'), count('same'), count('not comparable')]
  const parts = [
    ...(worse === 0 ? [] : [bad(`${worse} worse`)]), ...(better === 0 ? [] : [good(`${better} better`)]),
    `${same} the same within noise`, ...(none === 0 ? [] : [`${none} not comparable`]),
  ]
  return strong(`of ${rows.length} rows `) + parts.join(', ')
}

/** All of it. */
export function comparisonLines(comparison: Comparison, style: ComparisonStyle): readonly string[] {
  const { a, b, unlike, rows } = comparison
  const { palette, columns } = style
  const of = (runs: readonly string[]): string =>
    runs.length === 1 ? visible(runs[0] ?? '') : `${visible(runs[0] ?? '')} and ${runs.length - 1} more`
  const wrapped = (text: string): readonly string[] => wrap(text.split(' '), columns)
  const head = [`A: ${of(a)}`, `B: ${of(b)}`, '', ...differenceLines(comparison, style), '']
  if (unlike.length > 0) {
    return [...head, ...unlike.flatMap(({ message }) => wrapped(`not comparable: ${message}`)).map(palette.warn)]
  }
  if (rows.length === 0) return [...head, palette.warn('neither run did any operation')]
  const reasons = rows.flatMap((row) => row.why === '' || (row.verdict === 'same' && !Number.isFinite(columns)) ? []
    : wrapped(`${nameOf(row)} ${row.figure}: ${row.why}`).map(palette.faint))
  const table = laidOut(COLUMNS, rows.map((row) => cells(row, style)), columns, palette)
  return [...head, ...table, ...reasons, '', sentence(comparison, palette)]
}
