// The life of a script in its VU: init code, then one exported function after another.
import type { GuestPhase } from '../binding.ts'
import { border, defineProperty, global, keys, mail, NativeError, parse, PHASES, settings, stringify } from './border.ts'
import { HAS_DATA, ID, IDLE, ITERATION, MODE, PHASE, RETURNED, RUNNING, STATE, THREW, WANTS_VALUE } from './mail.ts'
import { flush } from './messages.ts'
import { countRun, forget, functionReturned } from './pending.ts'
import { reseed } from './random.ts'
import { enterPhase, state } from './state.ts'
import { forgetTimers } from './timers.ts'

type Exported = (this: void, data: unknown) => unknown

const functions: Exported[] = []
let data: unknown
let result: unknown
/** Numbers runs, so that what an abandoned one left suspended can't end a later one. */
let epoch = 0

async function execute(run: Exported, argument: unknown): Promise<void> {
  const mine = epoch
  let end = RETURNED
  let value: unknown
  try {
    value = await run(argument)
  } catch (error) {
    value = error
    end = THREW
  }
  if (mine !== epoch) return
  if (end === THREW || mail[MODE] >= WANTS_VALUE) result = value
  flush()
  if (end === RETURNED) functionReturned()
  mail[STATE] = end
}

border['run'] = (dataText: string | undefined): void => {
  epoch++
  result = undefined
  countRun()
  reseed()
  enterPhase(PHASES[mail[PHASE]] as GuestPhase, mail[ITERATION])
  if (dataText !== undefined) data = parse(dataText)
  mail[STATE] = RUNNING
  void execute(functions[mail[ID]] as Exported, mail[MODE] % 2 === HAS_DATA ? data : undefined)
}
/** Ends a run that has not ended: what it left suspended can never go on. */
border['drop'] = (): void => {
  epoch++
  mail[STATE] = IDLE
  forget()
  forgetTimers()
}
border['flush'] = flush
border['failure'] = (): unknown => result
border['value'] = (): unknown => stringify(result)
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
    defineProperty(functions, count++, { value: value as Exported })
    names += `${name}\n`
  }
  border['functions'] = names
  const { options } = exported
  try {
    border['options'] = stringify(options) as string | undefined ?? 'null'
  } catch (error) {
    throw new NativeError(`options must be plain data: ${error as string}`)
  }
}
