// What checks of the targets file's sections by a schema have in common: its problems, told by key; the schema as JSON, for editors.
// Not in the sdk's face: the schema library takes long to load, and most commands check no section.
import { z } from 'zod'
import type { ConfigProblem } from './binding.ts'
import { DriverConfigError } from './driver-config.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

export const text = (wanted: string) => z.string(`must be a text: ${wanted}`).min(1, `must not be empty: ${wanted}`)

/** How many single-character edits lie between two words; small words only. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

const unknownKey = (key: string, known: readonly string[]): string => {
  const [nearest] = known.map((name) => [name, distance(key.toLowerCase(), name)] as const).sort(([, a], [, b]) => a - b)
  const hint = nearest !== undefined && nearest[1] <= Math.max(2, key.length / 3) ? `did you mean ${nearest[0]}?`
    : `there are ${known.join(', ')}`
  return `unknown option ${key}; ${hint}`
}

/** What is wrong with a section, told by key; `known`: its keys, `nested`: those of the mappings in it. */
export function problemsOf(
  error: z.ZodError, section: JsonObject, known: readonly string[], nested: Readonly<Record<string, readonly string[]>> = {},
): ConfigProblem[] {
  return error.issues.flatMap((issue): ConfigProblem[] => {
    const path = issue.path.map((part) => typeof part === 'symbol' ? String(part) : part)
    if (issue.code === 'unrecognized_keys') {
      const within = nested[String(path[0])]
      const names = within ?? known
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, names) }))
    }
    const name = path.join('.')
    const absent = path.length === 1 && !(String(path[0]) in section)
    return [{ key: name, path: absent ? [] : path, message: absent ? `${name} is missing`
      : `${name} ${issue.message.startsWith(name) ? issue.message.slice(name.length).trimStart() : issue.message}` }]
  })
}

/** How each driver whose options are known without loading it reads them. Throw DriverConfigError. */
export type DriverConfigs = Readonly<Record<string, (config: JsonObject) => unknown>>

/** What is wrong with a driver's options; `path`: where they stand. */
function optionProblems(configs: DriverConfigs, driver: string, config: JsonObject, path: readonly string[]): ConfigProblem[] {
  if (!Object.hasOwn(configs, driver)) return []
  try {
    configs[driver]?.(config)
    return []
  } catch (error) {
    if (!(error instanceof DriverConfigError)) throw error
    // What is missing has no place of its own.
    const place = error.key in config ? [...path, error.key] : Object.keys(config).length > 0 ? path : []
    return [{ path: place, key: [...path, error.key].join('.'), message: error.message }]
  }
}

/** What is wrong with a section's `driver_config`, by the driver it is for, and with `drivers`, which are others'. */
export function driverProblems(section: JsonObject, drivers: readonly string[], configs: DriverConfigs): ConfigProblem[] {
  const { driver = drivers[0] ?? '', driver_config: config = {}, drivers: others = {} } = section
  const own = typeof driver === 'string' && isJsonObject(config) ? optionProblems(configs, driver, config, ['driver_config']) : []
  const more = Object.entries(isJsonObject(others) ? others : {}).flatMap(([name, options]) => {
    const path = ['drivers', name]
    const message = `there is no driver ${name}; there are ${drivers.join(', ')}`
    if (!drivers.includes(name)) return [{ path, key: path.join('.'), message }]
    return isJsonObject(options) ? optionProblems(configs, name, options, path) : []
  })
  return [...own, ...more]
}

/** JSON again, to leave out what only the schema library knows. */
export const asJson = (value: unknown): JsonObject => {
  const json: Json = JSON.parse(JSON.stringify(value)) as Json
  if (!isJsonObject(json)) throw new TypeError('the schema of an object gives an object')
  return json
}

