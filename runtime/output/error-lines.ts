// Errors of a run as a table: how often, what, and where in the script.
import { kindOf, joined } from '../metrics/error-kind.ts'
import type { ErrorCount } from '../metrics/snapshot.ts'
import type { Palette } from './palette.ts'
import { clip, padStart, visible, wrap } from './text.ts'

/** Where in the user's script a raw guest stack points. */
interface Located {
  /** `script.ts:12:5`. */
  readonly location?: string
  /** The text of that line. */
  readonly lineText?: string
}
export type Locate = (stack: string) => Located

/** Kinds of errors shown; how many more there are is said. */
const SHOWN_MAX = 20
const MESSAGE_LINES_MAX = 4

interface Row extends Located {
  readonly message: string
  readonly count: number
  readonly scenarios: ReadonlySet<string>
  readonly endedIteration: boolean
  readonly varies: boolean
}

interface ErrorLayout {
  readonly indent: number
  readonly columns: number
  readonly palette: Palette
  /** Name the scenarios an error occurred in, for there are several. */
  readonly scenarios: boolean
}

/** One row for each kind and place: stacks that lead to the same line are the same error. */
export function errorRows(errors: readonly ErrorCount[], locate: Locate): readonly Row[] {
  const rows = new Map<string, Row>()
  for (const error of errors) {
    const located = error.stack === '' ? {} : locate(error.stack)
    const kind = kindOf({ ...error, stack: located.location ?? '', scenario: '' })
    const known = rows.get(kind)
    const scenarios = new Set([...known?.scenarios ?? [], ...(error.scenario === '' ? [] : [error.scenario])])
    rows.set(kind, { ...known === undefined ? error : joined({ ...error, ...known }, error), ...located, scenarios })
  }
  return [...rows.values()].sort((a, b) => b.count - a.count)
}

/** The words in lines, the last of them cut where there are too many. */
function messageLines(message: string, width: number): readonly string[] {
  const lines = wrap(visible(message).split(' '), width)
  return lines.length <= MESSAGE_LINES_MAX ? lines : [...lines.slice(0, MESSAGE_LINES_MAX - 1), '…']
}

/** The lines below the heading; nothing when there were no errors. */
export function errorLines(errors: readonly ErrorCount[], locate: Locate, layout: ErrorLayout): readonly string[] {
  const { indent, columns, palette } = layout
  const rows = errorRows(errors, locate)
  const shown = rows.slice(0, SHOWN_MAX)
  const countWidth = Math.max('count'.length, ...shown.map(({ count }) => String(count).length))
  const margin = ' '.repeat(indent)
  const inner = ' '.repeat(indent + countWidth + 2)
  const room = Math.max(20, columns - inner.length)
  if (rows.length === 0) return []
  const lines = [`${margin}${palette.strong(`${padStart('count', countWidth)}  error`)}`]
  for (const { message, count, location, lineText, scenarios, endedIteration, varies } of shown) {
    const [first = '', ...rest] = messageLines(message, room)
    lines.push(`${margin}${padStart(String(count), countWidth)}  ${palette.bad(first)}`, ...rest.map((line) => inner + palette.bad(line)))
    const where = [
      ...(location === undefined ? [] : [visible(location)]),
      ...(layout.scenarios && scenarios.size > 0 ? [`in ${[...scenarios].join(', ')}`] : []),
      ...(varies ? ['the first of them; others name other keys or amounts'] : []),
      ...(endedIteration || location === undefined ? [] : ['ended no iteration']),
    ]
    if (where.length > 0) lines.push(inner + palette.faint(where.join(' · ')))
    if (lineText !== undefined && lineText.trim() !== '') lines.push(`${inner}  ${clip(visible(lineText.trim()), room - 2)}`)
  }
  const more = rows.slice(SHOWN_MAX)
  if (more.length > 0) {
    const count = more.reduce((sum, row) => sum + row.count, 0)
    lines.push(`${margin}${padStart(String(count), countWidth)}  in ${more.length} further kinds of errors`)
  }
  return lines
}
