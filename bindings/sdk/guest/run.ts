// The life of a script in its VU: init code, then one exported function after another.
import { border, defineProperty, global, keys, mail, NativeError, parse, settings, stringify } from './border.ts'
import { HAS_DATA, ID, IDLE, MODE, NOTED, PENDING, RETURNED, RUN, RUNNING, STATE, THREW, WANTS_VALUE } from './mail.ts'
import { flush } from './messages.ts'
import { forget, functionReturned } from './pending.ts'
import './random.ts'
import { clearTags, state } from './state.ts'
import { forgetTimers } from './timers.ts'

type Exported = (data: unknown) => unknown

const functions: Exported[] = []
let data: unknown
let result: unknown
async function execute(run: Exported, argument: unknown): Promise<void> {
  const own = mail[RUN]
  let end = RETURNED
  let value: unknown
  try {
    value = await run(argument)
  } catch (error) {
    value = error
    end = THREW
  }
  // An abandoned run may be woken by a later one: it is no longer its business.
  if (own !== mail[RUN]) return
  if (end === THREW || mail[MODE] >= WANTS_VALUE) result = value
  if (mail[NOTED] !== 0) flush()
  if (mail[PENDING] !== 0 && end === RETURNED) functionReturned()
  mail[STATE] = end
}

border['run'] = (dataText: string | undefined): void => {
  mail[RUN]++
  clearTags()
  if (dataText !== undefined) data = parse(dataText)
  mail[STATE] = RUNNING
  void execute(functions[mail[ID]] as Exported, mail[MODE] % 2 === HAS_DATA ? data : undefined)
}
function taken(): unknown {
  const value = result
  result = undefined
  return value
}

/** Ends a run that has not ended: what it left suspended can never go on. */
border['drop'] = (): void => {
  mail[RUN]++
  mail[STATE] = IDLE
  forget()
  forgetTimers()
}
border['flush'] = flush
border['failure'] = (): unknown => taken()
border['value'] = (): unknown => stringify(taken())
border['env'] = (text: string | undefined): void => {
  state.env = { ...settings.env, ...text === undefined ? {} : parse(text) as Record<string, string> }
  global['__ENV'] = state.env
}

global['__ENV'] = state.env
defineProperty(global, '__VU', { value: state.vu, enumerable: true })
defineProperty(global, '__ITER', { get: () => state.iteration < 0 ? undefined : state.iteration, enumerable: true })

/**
 * Hands the script's exports to the kernel: the last thing a bundle does. Throws when `options` is not what JSON can say.
 */
export function boot(script: object): void {
  const exported = script as Readonly<Record<string, unknown>>
  let names = ''
  let count = 0
  for (const name of keys(exported)) {
    const value = exported[name]
    if (typeof value !== 'function') continue
    defineProperty(functions, count++, { value })
    names += `${name}\n`
  }
  border['functions'] = names
  const { options } = exported
  try {
    border['options'] = options === undefined ? 'null' : stringify(options)
  } catch (error) {
    throw new NativeError(`options must be plain data: ${error as string}`)
  }
}
