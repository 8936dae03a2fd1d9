// Layers of options: each read from where it was given, then laid over each other, later ones winning.
import { isJsonObject } from '../../bindings/sdk/index.ts'
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import type { FlagValue } from './kinds.ts'
import { didYouMean, nearest } from './nearest.ts'
import { OPTIONS, OPTION_NAMES, defaultOf, isOptionName, type OptionName, type OptionValues } from './options.ts'
import { pathText, type Origin, type Problems, type ValuePath } from './problem.ts'

/** What the command line gave, by option name. */
export type RawFlags = Readonly<Partial<Record<OptionName, FlagValue>>>
export type Environment = Readonly<Record<string, string | undefined>>

/** The config file's part: its `options:`, its `env:`, and where a path below `options` stands (`chopsticks.yaml:3:5`). */
export interface FileOptions {
  readonly options: JsonObject
  readonly env: Readonly<Record<string, string>>
  readonly locate: (path: ValuePath) => string
}

export interface Setting<T> { readonly value: T; readonly origin: Origin }
export type Layer = { [K in OptionName]?: Setting<OptionValues[K]> }

/** Options of one layer together with what is odd about it. */
interface Reading { readonly layer: Layer; readonly warnings: readonly string[] }

/** What decides who runs what; a layer that says any of it leaves nothing of what lower layers said. */
const EXECUTION = ['duration', 'iterations', 'stages', 'scenarios'] as const satisfies readonly OptionName[]

/** k6's options for a part of a run. Ignored, each machine would run all of it: so they are no warning. */
const SEGMENT = /^executionSegment(?:Sequence)?$/
/** What is said to who asks for one, by option or by flag. */
export const NO_SEGMENTS = 'a part of a run can\'t be run by itself: all of it is dealt evenly over its processes (--shards)'

/** What the names of options' variables begin with. */
const TWIN = 'CHOPSTICKS_'

function put<K extends OptionName>(
  layer: Layer, name: K, origin: Origin, problems: Problems, read: () => OptionValues[K],
): void {
  const value = problems.attempt(origin, [], read)
  if (value !== undefined) layer[name] = { value, origin } as Layer[K]
}

export function readFlags(flags: RawFlags, problems: Problems): Reading {
  const layer: Layer = {}
  for (const name of OPTION_NAMES) {
    const value = flags[name]
    const option = OPTIONS[name]
    if (value === undefined) continue
    const origin: Origin = { layer: 'flags', where: () => option.flags.at(-1) ?? name }
    put(layer, name, origin, problems, () => option.kind.fromFlag(value))
  }
  return { layer, warnings: [] }
}

/** An empty variable counts as unset: pipelines set them so. */
export function readEnvironment(env: Environment, problems: Problems): Reading {
  const layer: Layer = {}
  const known: string[] = []
  for (const name of OPTION_NAMES) {
    const { env: variable, kind } = OPTIONS[name]
    if (variable === undefined) continue
    known.push(variable)
    const value = env[variable]
    if (value === undefined || value === '') continue
    put(layer, name, { layer: 'env', where: () => variable }, problems, () => kind.fromText(value))
  }
  // Bindings have CHOPSTICKS_ variables of their own: only what looks like a slip is worth a word.
  const tails = known.map((name) => name.slice(TWIN.length))
  const warnings = Object.keys(env).filter((name) => name.startsWith(TWIN) && !known.includes(name)).flatMap((name) => {
    const meant = nearest(name.slice(TWIN.length), tails)
    return meant === undefined ? [] : [`${name}: no such option, ignored (did you mean '${TWIN}${meant}'?)`]
  })
  return { layer, warnings }
}

export function readFile({ options, locate }: FileOptions, problems: Problems): Reading {
  const layer: Layer = {}
  const allowed = OPTION_NAMES.filter((name) => OPTIONS[name].file)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue
    const origin: Origin = {
      layer: 'file', where: (path = []) => `${locate([name, ...path])}: options.${pathText([name, ...path])}`,
    }
    if (SEGMENT.test(name)) problems.add(origin, [], NO_SEGMENTS)
    else if (!isOptionName(name)) problems.add(origin, [], `there is no such option${didYouMean(name, allowed)}`)
    else if (!OPTIONS[name].file) problems.add(origin, [], `can't be set here: use ${elsewhere(name)}`)
    else put(layer, name, origin, problems, () => OPTIONS[name].kind.fromJson(value))
  }
  return { layer, warnings: [] }
}

/** As in k6, an unknown option of a script is a warning: scripts travel between versions. */
export function readScript(options: Json, scriptName: string, problems: Problems): Reading {
  const layer: Layer = {}
  if (options === null) return { layer, warnings: [] }
  if (!isJsonObject(options)) {
    problems.list.push({ exit: 104, layer: 'script', where: `${scriptName}: options`, message: 'must be an object' })
    return { layer, warnings: [] }
  }
  const allowed = OPTION_NAMES.filter((name) => OPTIONS[name].script)
  const warnings: string[] = []
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue
    const origin: Origin = { layer: 'script', where: (path = []) => `${scriptName}: options.${pathText([name, ...path])}` }
    if (SEGMENT.test(name)) problems.add(origin, [], NO_SEGMENTS)
    else if (!isOptionName(name)) warnings.push(`${origin.where()}: no such option, ignored${didYouMean(name, allowed)}`)
    else if (!OPTIONS[name].script) warnings.push(`${origin.where()}: a script can't set this, ignored; use ${elsewhere(name)}`)
    else put(layer, name, origin, problems, () => OPTIONS[name].kind.fromJson(value))
  }
  return { layer, warnings }
}

/** Where else an option can be given, as a hint. */
function elsewhere(name: OptionName): string {
  const { flags, env, file, script } = OPTIONS[name]
  if (name === 'env') return 'env: at the top of the file'
  const places = [flags.at(-1), env, file ? 'options: in the config file' : undefined, script ? 'the script\'s options' : undefined]
  return places.filter((place) => place !== undefined).join(' or ')
}

/** Options after all layers: what was given, with its origin, and defaults behind it. */
export class Merged {
  readonly given: Layer
  constructor(given: Layer) { this.given = given }

  /** The value given, else the default. */
  value<K extends OptionName>(name: K): OptionValues[K] | undefined {
    const setting: Setting<OptionValues[K]> | undefined = this.given[name]
    return setting === undefined ? defaultOf(name) : setting.value
  }

  /** The same for an option that has a default. */
  certain<K extends OptionName>(name: K): OptionValues[K] {
    const value = this.value(name)
    if (value === undefined) throw new Error(`option ${name} has no default`)
    return value
  }
}

/** Lays layers over each other, the lowest first. */
export function merge(readings: readonly Reading[]): { readonly merged: Merged; readonly warnings: readonly string[] } {
  let given: Layer = {}
  const warnings: string[] = []
  for (const { layer, warnings: own } of readings) {
    warnings.push(...own)
    const decisive = EXECUTION.map((name) => layer[name]).find((setting) => setting !== undefined)
    if (decisive !== undefined) {
      const lost = given.scenarios
      if (lost !== undefined && Object.keys(lost.value).length > 0) {
        warnings.push(`${decisive.origin.where()} replaces all scenarios of ${lost.origin.where()}`)
      }
      const { duration: _duration, iterations: _iterations, stages: _stages, scenarios: _scenarios, ...rest } = given
      given = rest
    }
    given = { ...given, ...layer }
  }
  return { merged: new Merged(given), warnings }
}
