// What ends a command early, and how it is shown: one line, the place in the user's file, what to do.

/** Codes a command can end with beside a run's own (EXIT_CODES in metrics/record). */
export const EXIT_USAGE = 255
export const EXIT_NOT_COMPARABLE = 114

/** A place in a file of the user's; line and column count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The line itself, where it is known. */
  readonly text?: string
}

/** Ends a command with an exit code and one clear line; never a bug of ours. */
export class Failure extends Error {
  readonly exitCode: number
  readonly place: Place | undefined
  readonly hint: string | undefined
  constructor(exitCode: number, message: string, more: { readonly place?: Place | undefined; readonly hint?: string | undefined } = {}) {
    super(message)
    this.exitCode = exitCode
    this.place = more.place
    this.hint = more.hint
  }
}

/** The part of a longer line that is shown around the place, characters. */
const EXCERPT_WIDTH = 100

/**
 * The source line with a caret under the column:
 *
 *      12 | const x = ;
 *         |           ^
 *
 * Tabs stay tabs above and below, so that the caret stands where the terminal puts the character; of a long line (a minified
 * script) only what is around the column is shown. Empty when the line is not known.
 */
export function excerpt({ line, column, text }: Place): readonly string[] {
  if (text === undefined || text.trim() === '') return []
  const at = Math.min(Math.max(column - 1, 0), text.length)
  const from = text.length <= EXCERPT_WIDTH ? 0 : Math.max(0, Math.min(at - EXCERPT_WIDTH / 2, text.length - EXCERPT_WIDTH))
  const shown = text.slice(from, from + EXCERPT_WIDTH)
  const left = from > 0 ? '…' : ''
  const right = from + EXCERPT_WIDTH < text.length ? '…' : ''
  const number = String(line).padStart(6)
  const indent = left.replace(/./g, ' ') + text.slice(from, at).replace(/[^\t]/g, ' ')
  return [`${number} | ${left}${shown}${right}`, `${' '.repeat(number.length)} | ${indent}^`]
}

export const placeName = ({ file, line, column }: Place): string => `${file}:${String(line)}:${String(column)}`

/** A failure as lines: `error: script.ts:12:5: message`, the source line and a caret, a hint. */
export function failureLines({ message, place, hint }: Pick<Failure, 'message' | 'place' | 'hint'>): readonly string[] {
  const [first = '', ...rest] = message.split('\n')
  return [
    place === undefined ? `error: ${first}` : `error: ${placeName(place)}: ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...(place === undefined ? [] : excerpt(place)),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ]
}
