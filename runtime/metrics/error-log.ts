// Failures a shard has seen, counted by kind: how often each happened since the last report.
import { kindOf } from './error-kind.ts'
import type { ErrorCount } from './snapshot.ts'

/** Kinds a shard tells apart; all further ones are counted together. */
export const ERRORS_MAX = 100
const MESSAGE_LENGTH_MAX = 2000
const STACK_LENGTH_MAX = 8000

export type RecordedError = Omit<ErrorCount, 'count' | 'varies'>

const clipped = (text: string, length: number): string => text.length <= length ? text : `${text.slice(0, length)}…`

export class ErrorLog {
  readonly #kinds = new Map<string, { readonly error: RecordedError; count: number; varies: boolean }>()
  #told = 0

  add({ message, stack, scenario, endedIteration }: RecordedError, count: number): void {
    const error = { message: clipped(message, MESSAGE_LENGTH_MAX), stack: clipped(stack, STACK_LENGTH_MAX), scenario, endedIteration }
    const kind = kindOf(error)
    const known = this.#kinds.get(kind)
    if (known !== undefined) {
      known.count += count
      known.varies ||= known.error.message !== error.message
    } else if (this.#told < ERRORS_MAX) {
      this.#told++
      this.#kinds.set(kind, { error, count, varies: false })
    } else this.#count({ message: 'other errors', stack: '', scenario: '', endedIteration }, count)
  }

  /** Says something once that no script threw: not bounded by the number of kinds. */
  note(message: string): void { this.#count({ message, stack: '', scenario: '', endedIteration: false }, 1) }

  /** What was counted since the last call. */
  take(): readonly ErrorCount[] {
    const errors: ErrorCount[] = []
    for (const kind of this.#kinds.values()) {
      if (kind.count === 0) continue
      errors.push({ ...kind.error, count: kind.count, varies: kind.varies })
      kind.count = 0
    }
    return errors
  }

  #count(error: RecordedError, count: number): void {
    const kind = kindOf(error)
    const known = this.#kinds.get(kind)
    if (known === undefined) this.#kinds.set(kind, { error, count, varies: false })
    else known.count += count
  }
}
