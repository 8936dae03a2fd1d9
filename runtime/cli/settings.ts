// Where the storage is: the targets file (YAML), else the environment, else the built-in stores.
import { dirname, resolve } from 'node:path'
import { type Binding, type BindingConfig, type Json, type JsonObject } from '../../bindings/sdk/index.ts'
import type { TargetSettings } from '../link/protocol.ts'
import type { FileOptions } from '../plan/layers.ts'
import type { ValuePath } from '../plan/problem.ts'
import { placeName } from './failure.ts'
import { redactor } from './streams.ts'
import { readBuiltin } from './targets-builtin.ts'
import { substitute } from './targets-substitution.ts'
import {
  DEFAULT_TARGET, allowsOverwrite, checkStores, chooseTarget, forDriver, mapping, secretsOf, storesOf, withDriver, type CheckedStore,
  type Store,
} from './targets.ts'
import { SettingsProblems, type SettingsProblem } from './targets-problem.ts'
import type { OpenedFile } from './targets-yaml.ts'

export interface SettingsRequest {
  /** The file named by --config or CHOPSTICKS_CONFIG; without one ./chopsticks.yaml is used where it exists. */
  readonly configPath: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The target named by --target. */
  readonly targetName: string | undefined
  /** The driver named by --driver: the stores of the target to use that have it are used with it. */
  readonly driverName?: string | undefined
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
  /** Every file that was read, as a full path: what they hold is no script's to see. */
  readonly filesRead: readonly string[]
  /** Texts that must never be shown: for streams.redactor. */
  readonly secrets: readonly string[]
  /** Those of the request, and those from outside the tree that the file names. */
  readonly bindings: readonly Binding[]
  /** Whether the target's store lets a run work below a prefix that is not its own; built-in stores do. */
  mayOverwrite(workload: string, prefix: string): boolean
}

export type SettingsResult = { readonly settings: Settings } | { readonly problems: readonly SettingsProblem[] }

/** The file that is read where none is named. */
export const FILE_DEFAULT = 'chopsticks.yaml'

/** Reads all there is to know about where the storage is. What is wrong, all of it, comes back as problems (exit code 104). */
export async function readSettings(asked: SettingsRequest): Promise<SettingsResult> {
  const filesRead: string[] = []
  const request: SettingsRequest = {
    ...asked,
    readFile: (path) => {
      const text = asked.readFile(path)
      filesRead.push(path)
      return text
    },
  }
  const opened = await openFile(request)
  if ('problems' in opened) return opened
  const { file, source, locate } = opened
  const problems = new SettingsProblems(locate)
  const folder = file === undefined ? request.cwd : dirname(resolve(request.cwd, file))
  const { value: root, fileTexts } = substitute(source, { env: request.env, readFile: request.readFile, folder }, problems)
  const bindings = [...request.bindings, ...await outsideBindings(root, request, problems)]
  const configs = await configsOf(bindings)
  const named = storesOf(root, [...configs.keys()], problems)
  const target = chooseTarget(request.targetName, named, file, problems)
  const stores = withDriver(named, target, request, problems)
  const secrets = [...fileTexts, ...stores.flatMap(({ section, workload }) => secretsIn(section, configs.get(workload)))]
  const sections = otherSections(root, problems)
  const builtinOptions = await readBuiltin(root, { bindings, stores }, problems)
  secrets.push(...Object.values(builtinOptions).flatMap(({ secret_key: key }) => typeof key === 'string' ? [key] : []))
  const unusable = problems.list.length > 0
  // After a failed substitution sections hold holes: what their bindings would say of those is noise.
  const checked = unusable ? [] : await checkStores(stores, configs, problems)
  const chosenBuiltin = Object.keys(builtinOptions).map((workload) => ({ target: DEFAULT_TARGET, workload }))
  const fromHere = target === DEFAULT_TARGET && !unusable
    ? await environmentStores(request, configs, [...stores, ...chosenBuiltin], problems, secrets) : []
  if (problems.list.length > 0) return { problems: problems.list.map((problem) => redacted(problem, secrets)) }
  const all = [...checked, ...fromHere]
  // A section may name where its secrets are.
  secrets.push(...all.flatMap(({ config, workload }) => secretsIn(config, configs.get(workload))))
  const here = all.filter((store) => store.target === target)
  const absent = [...configs.keys()].filter((workload) => !here.some((store) => store.workload === workload))
  const builtinNeeded = target === DEFAULT_TARGET ? absent : []
  return {
    settings: {
      file, filesRead, targets: { default: target, targets: byTarget(all, target) }, secrets: [...new Set(secrets)],
      builtinNeeded, builtinOptions,
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
async function environmentStores(
  { env, bindings, driverName }: SettingsRequest, configs: ReadonlyMap<string, BindingConfig>,
  named: readonly Pick<Store, 'target' | 'workload'>[],
  problems: SettingsProblems, secrets: string[],
): Promise<readonly CheckedStore[]> {
  const stores: CheckedStore[] = []
  for (const [workload, config] of configs) {
    if (named.some((store) => store.workload === workload && store.target === DEFAULT_TARGET)) continue
    const said = config.fromEnvironment(env)
    if (said === undefined) continue
    const section = forDriver(said, bindings.find(({ name }) => name === workload), driverName)
    secrets.push(...secretsOf(section, config))
    const parsed = await config.parse(section)
    if (parsed.ok) stores.push({ target: DEFAULT_TARGET, workload, section, config: parsed.config, pathOf: (path: ValuePath) => path })
    else {
      for (const { message, key } of parsed.problems) {
        const variable = key === undefined ? undefined : config.variables?.[key]
        problems.of(`${workload} store named by the environment`, variable === undefined ? message : `${message}; set ${variable}`)
      }
    }
  }
  return stores
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

/** The file as data, before anything in it means anything. */
async function openFile(
  { configPath, cwd, readFile }: SettingsRequest,
): Promise<OpenedFile | { readonly problems: readonly SettingsProblem[] }> {
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
  const { parseYaml } = await import('./targets-yaml.ts')
  return parseYaml(text, file)
}
