// The life of a script in its VU: init code, then one exported function after another.
import { apply, border, defineProperty, global, keys, mail, NativeError, NativePromise, parse, settings, stringify } from './border.ts'
import { HAS_DATA, ID, MODE, RUN } from './mail.ts'
import { flush } from './messages.ts'
import { forget, functionReturned } from './pending.ts'
import './random.ts'
import { clearTags, iterationNow, state } from './state.ts'

type Exported = (data: unknown) => unknown

const resolve = Reflect.get(Promise, 'resolve') as () => unknown
const functions: Exported[] = []
let data: unknown

// What the function returns goes to the host as it is: the host looks at the promise itself, so none is made to wait for it. Whatever
// may be a promise is made one, as `await` would.
border['run'] = (dataText: string | undefined): unknown => {
  mail[RUN]++
  clearTags()
  if (dataText !== undefined) data = parse(dataText)
  const run = functions[mail[ID]] as Exported
  const value = run(mail[MODE] === HAS_DATA ? data : undefined)
  return typeof value === 'object' ? apply(resolve, NativePromise, [value]) as unknown : value
}

/** Ends a run that has not ended: what it left suspended can never go on. */
border['drop'] = (): void => {
  mail[RUN]++
  forget()
}
border['flush'] = flush
border['value'] = (value: unknown): unknown => stringify(value)
border['returned'] = functionReturned
border['env'] = (text: string | undefined): void => {
  state.env = { ...settings.env, ...text === undefined ? {} : parse(text) as Record<string, string> }
  global['__ENV'] = state.env
}

global['__ENV'] = state.env
defineProperty(global, '__VU', { value: state.vu, enumerable: true })
defineProperty(global, '__ITER', { get: () => iterationNow() < 0 ? undefined : iterationNow(), enumerable: true })

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
    // JSON would make null of NaN and Infinity, and null means "not given": as text the plan refuses them by name.
    border['options'] = options === undefined ? 'null'
      : stringify(options, (_key: string, value: unknown) => typeof value === 'number' && value - value !== 0 ? `${value}` : value)
  } catch (error) {
    throw new NativeError(`options must be plain data: ${error as string}`)
  }
}
