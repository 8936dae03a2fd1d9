// console for scripts: what a script prints goes to the host's log.
import { note } from '../../sdk/guest.ts'

// The language's types do not say so, but what JSON can't say has no text.
const textOf = JSON.stringify as (value: unknown) => string | undefined

/** Text of any value; values whose own code throws are no reason to fail. */
function show(value: unknown): string {
  try {
    if (typeof value === 'string') return value
    if (value instanceof Error) return `${value.name}: ${value.message}\n${value.stack ?? ''}`
    return (typeof value === 'object' ? textOf(value) : undefined) ?? String(value)
  } catch {
    return `(${typeof value} that can't be shown)`
  }
}

const at = (level: string) => (...values: readonly unknown[]): void => { note('core.log', [level, values.map(show).join(' ')]) }

const info = at('info')
export const console = { log: info, info, warn: at('warn'), error: at('error'), debug: at('debug') }
