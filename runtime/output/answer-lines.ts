// The answer to a question in SQL as a table.
import type { Palette } from './palette.ts'
import { laidOut, type Column } from './table.ts'
import { visible } from './text.ts'

/** A row a row, however many columns: those at the end go first where a terminal is narrow. */
export function answerLines(
  columns: readonly Omit<Column, 'leaves'>[], rows: readonly (readonly string[])[],
  { columns: width, palette }: { readonly columns: number; readonly palette: Palette },
): readonly string[] {
  const heads = columns.map((column, at) => at === 0 ? column : { ...column, leaves: columns.length - at })
  return [
    ...laidOut(heads, rows.map((row) => row.map(visible)), width, palette),
    palette.faint(`${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`),
  ]
}
