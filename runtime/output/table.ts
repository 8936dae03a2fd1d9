// Tables without lines, for terminals of any width: what matters least is left out until it fits. The only home of cli-table3.
import Table from 'cli-table3'
import type { Palette } from './palette.ts'
import { clip, displayWidth, wrap } from './text.ts'

export interface Column {
  readonly head: string
  readonly align: 'left' | 'right'
  /** When there is too little room, the column with the lowest number goes first; one without stays. */
  readonly leaves?: number
}

interface TableText {
  readonly lines: readonly string[]
  /** Heads of the columns there was no room for. */
  readonly left: readonly string[]
}

const GAP = '  '
/** No border anywhere: cli-table3 leaves out lines made of nothing. */
const NO_LINES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: GAP,
}
/** A first column is cut rather than a table wider than its terminal, but not below this. */
const FIRST_COLUMN_MIN = 8

/** Rows of cells, one cell a column, in at most `width` columns of text; below them what there was no room for. */
export function laidOut(
  columns: readonly Column[], rows: readonly (readonly string[])[], width: number, { strong, faint }: Pick<Palette, 'strong' | 'faint'>,
): readonly string[] {
  const { lines, left } = table(columns, rows, width, strong)
  return left.length === 0 ? lines : [...lines, ...wrap(`no room for: ${left.join(', ')}`.split(' '), width).map(faint)]
}

/** Lays out rows; `heading` styles the heads. */
export function table(
  columns: readonly Column[], rows: readonly (readonly string[])[], width: number, heading: (text: string) => string,
): TableText {
  const natural = columns.map(({ head }, at) => Math.max(displayWidth(head), ...rows.map((row) => displayWidth(row[at] ?? ''))))
  let kept = columns.map((_, at) => at)
  const total = (): number => kept.reduce((sum, at) => sum + (natural[at] ?? 0), 0) + GAP.length * Math.max(0, kept.length - 1)
  const leaving = columns.flatMap(({ leaves }, at) => leaves === undefined ? [] : [{ at, leaves }]).sort((a, b) => a.leaves - b.leaves)
  const left: string[] = []
  for (const { at } of leaving) {
    if (total() <= width) break
    kept = kept.filter((other) => other !== at)
    left.push(columns[at]?.head ?? '')
  }
  const [first = 0] = kept
  const firstWidth = Math.max(FIRST_COLUMN_MIN, (natural[first] ?? 0) - Math.max(0, total() - width))
  const cell = (text: string, at: number): string => at === first && displayWidth(text) > firstWidth ? clip(text, firstWidth) : text
  const laid = new Table({
    head: kept.map((at) => heading(columns[at]?.head ?? '')),
    colAligns: kept.map((at) => columns[at]?.align ?? 'left'),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  for (const row of rows) laid.push(kept.map((at) => cell(row[at] ?? '', at)))
  return { lines: laid.toString().split('\n').map((line) => line.trimEnd()), left }
}
