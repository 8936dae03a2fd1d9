// Which errors are of one kind: those that differ only in the key, the address or the amount they name.
import type { ErrorCount } from './snapshot.ts'

/** A word with a number in it. */
const NUMBERED = /[^\s'"]*\d[^\s'"]*/g
/** Statuses, ports of call and other small numbers say what went wrong; they stay. */
const SMALL = /^\(?\d{1,3}[.,:;)]*$/
const NUMBER = /[0-9a-f]{8,}|\d+/gi

/** What an error is counted under. */
export function kindOf({ message, stack, scenario, endedIteration }: Omit<ErrorCount, 'count' | 'varies'>): string {
  const common = message.replace(NUMBERED, (word) => SMALL.test(word) ? word : word.replace(NUMBER, '#'))
  return JSON.stringify([common, stack, scenario, endedIteration])
}

/** Two counts of one kind as one, which keeps the message that came first. */
export const joined = (first: ErrorCount, more: ErrorCount): ErrorCount =>
  ({ ...first, count: first.count + more.count, varies: first.varies || more.varies || first.message !== more.message })
