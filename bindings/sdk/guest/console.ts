// console: what a script prints goes to the host's log.
import { global, NativeError, stringify } from './border.ts'
import { note } from './messages.ts'

const nativeString = String
// The language's types do not say so, but what JSON can't say has no text.
const textOf = stringify as (value: unknown) => string | undefined

/** Text of any value; values whose own code throws are no reason to fail. */
function show(value: unknown): string {
  try {
    if (typeof value === 'string') return value
    if (value instanceof NativeError) return `${value.name}: ${value.message}\n${value.stack ?? ''}`
    return (typeof value === 'object' ? textOf(value) : undefined) ?? nativeString(value)
  } catch {
    return `(${typeof value} that can't be shown)`
  }
}

const at = (level: string) => (...values: unknown[]): void => {
  let text = ''
  for (let index = 0; index < values.length; index++) text += (index === 0 ? '' : ' ') + show(values[index])
  note('core.log', [level, text])
}

const info = at('info')
global['console'] = { log: info, info, warn: at('warn'), error: at('error'), debug: at('debug') }
