// Where the storage is: the targets file (YAML), else the environment, else the built-in stores. The only home of yaml.
import { dirname, resolve } from 'node:path'
import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseDocument, type Document, type Node } from 'yaml'
import { isJsonObject, type Binding, type BindingConfig, type Json, type JsonObject } from '../../bindings/sdk/index.ts'
import type { TargetSettings } from '../link/protocol.ts'
import type { FileOptions } from '../plan/layers.ts'
import type { ValuePath } from '../plan/problem.ts'
import { placeName, type Place } from './failure.ts'
import { redactor } from './streams.ts'
import { readBuiltin } from './targets-builtin.ts'
import { substitute } from './targets-substitution.ts'
import {
  DEFAULT_TARGET, allowsOverwrite, checkStores, chooseTarget, mapping, secretsOf, storesOf, type CheckedStore, type Store,
} from './targets.ts'
import { SettingsProblems, type Locate, type SettingsProblem } from './targets-problem.ts'

export interface SettingsRequest {
  /** The file named by --config or CHOPSTICKS_CONFIG; without one ./chopsticks.yaml is used where it exists. */
  readonly configPath: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The target named by --target. */
  readonly targetName: string | undefined
  readonly bindings: readonly Binding[]
  /** Loads a binding from outside the tree by its package's name; throws an Error whose message says why it can't. */
  readonly loadBinding?: (name: string) => Promise<Binding>
  /** A file's text; throws an Error with a `code` (`ENOENT`) when it can't be read. */
  readonly readFile: (path: string) => string
}

export interface Settings {
  /** The file, as the user named it; undefined when there is none. */
  readonly file: string | undefined
  /** Every store that is named, secrets included: `default` is the target to use. */
  readonly targets: TargetSettings
  /** The file's `options:` and `env:`, for the plan. */
  readonly fileOptions: FileOptions | undefined
  /** One line a workload of the target to use: driver, endpoint, bucket; no secrets. */
  readonly lines: readonly string[]
  /** Workloads no store is named for, so that the built-in one is meant. */
  readonly builtinNeeded: readonly string[]
  /** What built-in stores are told, by workload: `builtin:` of the file. */
  readonly builtinOptions: Readonly<Record<string, JsonObject>>
  /** Workloads the target does not have, though it was chosen by name: a script that uses one can't run there. */
  readonly missing: readonly string[]
  /** Texts that must never be shown: for streams.redactor. */
  readonly secrets: readonly string[]
  /** Those of the request, and those from outside the tree that the file names. */
  readonly bindings: readonly Binding[]
  /** Whether the target's store lets a run work below a prefix that is not its own; built-in stores do. */
  mayOverwrite(workload: string, prefix: string): boolean
}

export type SettingsResult = { readonly settings: Settings } | { readonly problems: readonly SettingsProblem[] }

const FILE_DEFAULT = 'chopsticks.yaml'

/** Reads all there is to know about where the storage is. What is wrong, all of it, comes back as problems (exit code 104). */
export async function readSettings(request: SettingsRequest): Promise<SettingsResult> {
  const opened = openFile(request)
  if ('problems' in opened) return opened
  const { file, source, locate } = opened
  const problems = new SettingsProblems(locate)
  const folder = file === undefined ? request.cwd : dirname(resolve(request.cwd, file))
  const { value: root, fileTexts } = substitute(source, { env: request.env, readFile: request.readFile, folder }, problems)
  const bindings = [...request.bindings, ...await outsideBindings(root, request, problems)]
  const configs = await configsOf(bindings)
  const stores = storesOf(root, [...configs.keys()], problems)
  const target = chooseTarget(request.targetName, stores, file, problems)
  const secrets = [...fileTexts, ...stores.flatMap(({ section, workload }) => secretsIn(section, configs.get(workload)))]
  const sections = otherSections(root, problems)
  const builtinOptions = await readBuiltin(root, { bindings, stores }, problems)
  secrets.push(...Object.values(builtinOptions).flatMap(({ secret_key: key }) => typeof key === 'string' ? [key] : []))
  const unusable = problems.list.length > 0
  // After a failed substitution sections hold holes: what their bindings would say of those is noise.
  const checked = unusable ? [] : checkStores(stores, configs, problems)
  const chosenBuiltin = Object.keys(builtinOptions).map((workload) => ({ target: DEFAULT_TARGET, workload }))
  const fromHere = target === DEFAULT_TARGET && !unusable
    ? environmentStores(request.env, configs, [...stores, ...chosenBuiltin], problems, secrets) : []
  if (problems.list.length > 0) return { problems: problems.list.map((problem) => redacted(problem, secrets)) }
  const all = [...checked, ...fromHere]
  const here = all.filter((store) => store.target === target)
  const absent = [...configs.keys()].filter((workload) => !here.some((store) => store.workload === workload))
  const builtinNeeded = target === DEFAULT_TARGET ? absent : []
  return {
    settings: {
      file, targets: { default: target, targets: byTarget(all, target) }, secrets: [...new Set(secrets)], builtinNeeded, builtinOptions,
      missing: target === DEFAULT_TARGET ? [] : absent,
      fileOptions: file === undefined ? undefined : { ...sections, locate: (path) => placeName(locate(['options', ...path])) },
      lines: here.flatMap(({ workload, config }) => configs.get(workload)?.describe(config) ?? []),
      bindings,
      mayOverwrite: (workload, prefix) => builtinNeeded.includes(workload)
        || here.some((store) => store.workload === workload && allowsOverwrite(store.section, prefix)),
    },
  }
}

const secretsIn = (section: JsonObject, config: BindingConfig | undefined): readonly string[] =>
  config === undefined ? [] : secretsOf(section, config)

async function configsOf(bindings: readonly Binding[]): Promise<ReadonlyMap<string, BindingConfig>> {
  const entries = await Promise.all(bindings.map(async ({ name, workload }) =>
    workload === undefined ? [] : [[name, await workload.config()] as const]))
  return new Map(entries.flat())
}

function redacted(problem: SettingsProblem, secrets: readonly string[]): SettingsProblem {
  return { ...problem, message: redactor(secrets)(problem.message) }
}

/** Stores the environment names, for workloads the file names none for; their secrets are added to `secrets`. */
function environmentStores(
  env: SettingsRequest['env'], configs: ReadonlyMap<string, BindingConfig>, named: readonly Pick<Store, 'target' | 'workload'>[],
  problems: SettingsProblems, secrets: string[],
): readonly CheckedStore[] {
  return [...configs].flatMap(([workload, config]) => {
    if (named.some((store) => store.workload === workload && store.target === DEFAULT_TARGET)) return []
    const section = config.fromEnvironment(env)
    if (section === undefined) return []
    secrets.push(...secretsOf(section, config))
    const parsed = config.parse(section)
    if (parsed.ok) return [{ target: DEFAULT_TARGET, workload, section, config: parsed.config, pathOf: (path: ValuePath) => path }]
    for (const { message, key } of parsed.problems) {
      const variable = key === undefined ? undefined : config.variables?.[key]
      problems.of(`${workload} store named by the environment`, variable === undefined ? message : `${message}; set ${variable}`)
    }
    return []
  })
}

/** The chosen target is there even when it has no store, so that built-in ones can be put into it. */
function byTarget(stores: readonly CheckedStore[], target: string): TargetSettings['targets'] {
  const targets = new Map<string, Readonly<Record<string, JsonObject>>>([[target, {}]])
  for (const store of stores) targets.set(store.target, { ...targets.get(store.target), [store.workload]: store.config })
  return Object.fromEntries(targets)
}

/** `bindings:` of the file, loaded. */
async function outsideBindings(
  root: JsonObject, { loadBinding }: SettingsRequest, problems: SettingsProblems,
): Promise<readonly Binding[]> {
  const named = root['bindings'] ?? []
  if (!Array.isArray(named)) {
    problems.at(['bindings'], 'must be a list of package names')
    return []
  }
  const loaded = await Promise.all((named as readonly Json[]).map(async (name, index) => {
    if (typeof name !== 'string' || name === '') problems.at(['bindings', index], 'must be the name of a package')
    else if (loadBinding === undefined) problems.at(['bindings', index], 'this command can\'t load bindings from packages')
    else {
      try {
        return await loadBinding(name)
      } catch (error) {
        problems.at(['bindings', index], error instanceof Error ? error.message : String(error))
      }
    }
    return undefined
  }))
  return loaded.filter((binding) => binding !== undefined)
}

/** What the file holds beside stores. */
function otherSections(root: JsonObject, problems: SettingsProblems): Pick<FileOptions, 'options' | 'env'> {
  const env = Object.entries(mapping(root['env'], ['env'], 'variables', problems)).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[name, String(value)]]
    problems.at(['env', name], 'must be a text')
    return []
  })
  return { options: mapping(root['options'], ['options'], 'options', problems), env: Object.fromEntries(env) }
}

interface OpenedFile { readonly file: string | undefined; readonly source: JsonObject; readonly locate: Locate }

/** The file as data, before anything in it means anything. */
function openFile({ configPath, cwd, readFile }: SettingsRequest): OpenedFile | { readonly problems: readonly SettingsProblem[] } {
  const file = configPath ?? FILE_DEFAULT
  let text: string
  try {
    text = readFile(resolve(cwd, file))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const isAbsent = code === 'ENOENT' && configPath === undefined
    if (isAbsent) return { file: undefined, source: {}, locate: () => ({ file, line: 1, column: 1 }) }
    const message = code === 'ENOENT' ? 'there is no such file' : `the file can't be read (${code})`
    return { problems: [{ place: undefined, subject: file, message }] }
  }
  return parseYaml(text, file)
}

function parseYaml(text: string, file: string): OpenedFile | { readonly problems: readonly SettingsProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const locate: Locate = (path, needle) => placeAt(offsetOf(document, path, text, needle))
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    return { problems: faults.map(({ pos, message }) => ({ place: placeAt(pos[0]), subject: '', message: `not valid YAML: ${message}` })) }
  }
  const problem = (message: string): { readonly problems: readonly SettingsProblem[] } =>
    ({ problems: [{ place: locate([]), subject: '', message }] })
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    // Aliases that refer to nothing, or multiply without end.
    if (error instanceof ReferenceError) return problem(`not valid YAML: ${error.message}`)
    throw error
  }
  if (value === null || value === undefined) return { file, source: {}, locate }
  // YAML can say .inf and .nan, JSON can't: as texts they are refused by whoever wants a number.
  const finite = (_key: string, item: unknown): unknown => typeof item === 'number' && !Number.isFinite(item) ? String(item) : item
  const json = JSON.parse(JSON.stringify(value, finite)) as Json
  return isJsonObject(json) ? { file, source: json, locate } : problem('the file must be a mapping of keys to values')
}

/** Where a path stands: its value when that is a scalar, else its key; for what is not there, what would hold it. */
function offsetOf(document: Document.Parsed, path: ValuePath, text: string, needle: string | undefined): number {
  let node: Node | null | undefined = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const step of path) {
    const holder: Node | null | undefined = isAlias(node) ? node.resolve(document) : node
    if (isMap(holder)) {
      const pair = holder.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined || !isScalar(pair.key)) return offset
      offset = pair.key.range?.[0] ?? offset
      node = pair.value as Node | null
    } else if (isSeq(holder) && typeof step === 'number') {
      node = holder.items[step] as Node | undefined
      offset = node?.range?.[0] ?? offset
    } else return offset
  }
  const range = isScalar(node) ? node.range : undefined
  // A key without a value has an empty one somewhere behind it: the key is what a reader sees.
  if (range === undefined || range === null || range[0] === range[1]) return offset
  const found = needle === undefined ? -1 : text.indexOf(needle, range[0])
  return found !== -1 && found < range[1] ? found : range[0]
}
