// Which operations a script names: calls on stores it opens itself, found in its bundle, so that what is never reached is not among them.
//
// Only what is plain is told: `store.putTags(…)` where the same file says `store = new S3(…)` with nothing, texts or literals of them
// between the parentheses. Whatever else a script does with its stores is not seen; nothing may be concluded from a call that is missing.
import { originalPositionFor, sourceContentFor, TraceMap } from '@jridgewell/trace-mapping'
import { isOurs } from './modules.ts'
import { shownFile } from './problem.ts'
import type { MappedBundle } from './stack.ts'

/** What a script opens a store with, as far as it says so. */
interface Opened { readonly target?: string; readonly driver?: string }

/** One call of an operation; line and column are counted from 1. */
export interface StoreCall {
  readonly operation: string
  readonly file: string
  readonly line: number
  readonly column: number
  readonly opened: Opened
}

/**
 * The calls of operations on a binding's stores that are left in a bundle.
 *
 * @param mapText the bundle's source map, JSON text, with the sources in it.
 * @param module what scripts import the class of stores from: `chopsticks/s3`.
 * @param operations the names to look for.
 */
export function storeCalls(
  { code }: Pick<MappedBundle, 'code'>, mapText: string, module: string, operations: readonly string[],
): readonly StoreCall[] {
  const map = new TraceMap(mapText)
  const storesOf = new Map<string, ReadonlyMap<string, Opened>>()
  return code.split('\n').flatMap((text, index) => [...text.matchAll(/\.([A-Za-z]\w*)\(/g)].flatMap((match): StoreCall[] => {
    const [, operation = ''] = match
    if (!operations.includes(operation)) return []
    const { source, line, column } = originalPositionFor(map, { line: index + 1, column: match.index + 1 })
    if (source === null || isOurs(source)) return []
    const content = sourceContentFor(map, source) ?? ''
    const before = (content.split('\n')[line - 1] ?? '').slice(0, column)
    const receiver = /([\w$]+)\s*\??\.\s*$/.exec(before)?.[1] ?? ''
    let stores = storesOf.get(source)
    if (stores === undefined) storesOf.set(source, stores = storesIn(content, module))
    const opened = stores.get(receiver)
    return opened === undefined ? [] : [{ operation, file: shownFile(source), line, column: column + 1, opened }]
  }))
}

/** The names a file gives stores; without those it gives to more than one. */
function storesIn(source: string, module: string): ReadonlyMap<string, Opened> {
  const stores = new Map<string, Opened>()
  const twice = new Set<string>()
  for (const className of classesIn(source, module)) {
    const opening = new RegExp(`([\\w$]+)\\s*(?::[^=;\\n]*)?=\\s*new\\s+${className.replaceAll('$', '\\$')}\\s*\\(([^()]*)\\)`, 'g')
    for (const [, name = '', given = ''] of source.matchAll(opening)) {
      const opened = openedWith(given)
      if (stores.has(name) || opened === undefined) twice.add(name)
      else stores.set(name, opened)
    }
  }
  for (const name of twice) stores.delete(name)
  return stores
}

/** What a file calls the names it imports from a module. */
function classesIn(source: string, module: string): readonly string[] {
  return [...source.matchAll(/\bimport\s+(?!type\b)(?:[\w$]+\s*,\s*)?\{([^}]*)\}\s*from\s*(['"])([^'"\n]+)\2/g)]
    .filter(([, , , from]) => from === module)
    .flatMap(([, names = '']) => names.split(','))
    .map((name) => name.trim().split(/\s+as\s+/).at(-1) ?? '')
    .filter((name) => /^[\w$]+$/.test(name))
}

/** What stands between the parentheses; undefined for what is only known when the script runs. */
function openedWith(given: string): Opened | undefined {
  const text = given.trim()
  if (text === '') return {}
  const target = /^(['"`])([\w.-]+)\1$/.exec(text)?.[2]
  if (target !== undefined) return { target }
  const members = /^\{([^{}]*)\}$/.exec(text)?.[1]?.split(',').map((member) => member.trim()).filter((member) => member !== '')
  const pairs = members?.map((member) => /^(target|driver)\s*:\s*(['"`])([\w.-]+)\2$/.exec(member))
  if (pairs === undefined || pairs.includes(null)) return undefined
  return Object.fromEntries(pairs.flatMap((pair) => pair?.[1] === undefined ? [] : [[pair[1], pair[3] ?? '']]))
}
