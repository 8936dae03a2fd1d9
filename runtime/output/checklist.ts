// A checklist for a terminal: one line a finding, its remedy below it where it has one.
import type { Finding } from '../../bindings/sdk/index.ts'
import { palette } from './palette.ts'
import { displayWidth, padEnd, visible, wrap } from './text.ts'

export interface ChecklistLayout {
  /** Infinity = lines are not broken. */
  readonly columns: number
  readonly colour: boolean
}

const STATUS_WIDTH = 'warning'.length
const CHECK_WIDTH = 14
const INDENT = 2
/** Below this the value stands beside the status no more. */
const VALUE_MIN_WIDTH = 20

/** Lines of one finding. */
export function findingLines({ check, status, value, remedy }: Finding, { columns, colour }: ChecklistLayout): readonly string[] {
  const paint = palette(colour)
  const painted = { ok: paint.good, warning: paint.warn, failed: paint.bad }[status]
  const lead = INDENT + STATUS_WIDTH + 1 + Math.max(CHECK_WIDTH, displayWidth(check)) + 1
  const room = Math.max(VALUE_MIN_WIDTH, columns - lead)
  const [first = '', ...more] = wrap(visible(value).split(' '), room)
  const margin = ' '.repeat(lead)
  const head = `${' '.repeat(INDENT)}${painted(padEnd(status, STATUS_WIDTH))} ${padEnd(visible(check), CHECK_WIDTH)} ${first}`
  const advice = remedy === undefined ? [] : wrap(visible(`remedy: ${remedy}`).split(' '), room)
  return [head, ...more.map((line) => margin + line), ...advice.map((line) => margin + paint.accent(line))]
}

/** The heading of what was looked at. */
export const checklistHeading = (text: string, { columns, colour }: ChecklistLayout): readonly string[] =>
  wrap(visible(text).split(' '), columns).map(palette(colour).strong)
