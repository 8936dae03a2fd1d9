// The targets of a file: which stores it names, by target and workload, each section checked by its own binding.
import { isJsonObject, sectionForDriver, type Binding, type BindingConfig, type Json, type JsonObject } from '../../bindings/sdk/index.ts'
import { didYouMean } from '../plan/nearest.ts'
import type { ValuePath } from '../plan/problem.ts'
import type { SettingsProblems } from './targets-problem.ts'

/** The target made of the sections at the top of the file, of the environment, or of built-in stores. */
export const DEFAULT_TARGET = 'default'
/** The workload whose keys stand at the top of a flat file. */
const FLAT_WORKLOAD = 's3'
const FLAT_MARK = 'endpoint'
const OTHER_KEYS = ['targets', 'builtin', 'options', 'env', 'bindings'] as const
const TARGET_NAME = /^[\w.-]+$/

/** A store as the file names it. */
export interface Store {
  readonly target: string
  readonly workload: string
  /** What the section says, with what it inherits; secrets resolved. */
  readonly section: JsonObject
  /** Where a path inside the section stands in the file. */
  pathOf(path: ValuePath): ValuePath
}

/** A store that has been checked. */
export interface CheckedStore extends Store { readonly config: JsonObject }

/**
 * All stores of a file. `targets.west.s3` inherits, key by key, from `s3` at the top; a workload that a target does not name it
 * does not have: a script aimed elsewhere must not reach the default store by half.
 */
export function storesOf(root: JsonObject, workloads: readonly string[], problems: SettingsProblems): readonly Store[] {
  const top = topSections(root, workloads, problems)
  const stores: Store[] = [...top].map(([workload, { section, path }]) =>
    ({ target: DEFAULT_TARGET, workload, section, pathOf: (inner) => [...path, ...inner] }))
  const targets = mapping(root['targets'], ['targets'], 'target names', problems)
  for (const [target, value] of Object.entries(targets)) {
    if (!TARGET_NAME.test(target)) problems.at(['targets', target], 'a target\'s name may hold letters, digits, _, . and - only')
    if (target === DEFAULT_TARGET && top.size > 0) {
      problems.at(['targets', target], 'the target \'default\' is what stands at the top of the file: give this one another name')
    }
    for (const [workload, own] of Object.entries(mapping(value, ['targets', target], workloads.join(', '), problems))) {
      const path = ['targets', target, workload]
      if (!workloads.includes(workload)) {
        problems.at(path, `there is no such workload; known: ${workloads.join(', ')}${didYouMean(workload, workloads)}`)
        continue
      }
      const section = mapping(own, path, 'settings of the store', problems)
      const base = top.get(workload)
      const inherits = (key: string | number | undefined): boolean =>
        key !== undefined && !Object.hasOwn(section, key) && Object.hasOwn(base?.section ?? {}, key)
      stores.push({
        target, workload, section: { ...base?.section, ...section },
        pathOf: (inner) => [...(base !== undefined && inherits(inner[0]) ? base.path : path), ...inner],
      })
    }
  }
  return stores
}

interface Section { readonly section: JsonObject; readonly path: ValuePath }

function topSections(root: JsonObject, workloads: readonly string[], problems: SettingsProblems): ReadonlyMap<string, Section> {
  if (Object.hasOwn(root, FLAT_MARK) && workloads.includes(FLAT_WORKLOAD)) {
    if (Object.hasOwn(root, FLAT_WORKLOAD)) {
      problems.at([FLAT_WORKLOAD], `the file is flat (${FLAT_MARK} at the top) and has a section too: move its keys into ${FLAT_WORKLOAD}:`)
    }
    const own = Object.entries(root).filter(([key]) => key !== FLAT_WORKLOAD && !OTHER_KEYS.some((other) => other === key))
    return new Map([[FLAT_WORKLOAD, { section: Object.fromEntries(own), path: [] }]])
  }
  const sections = new Map<string, Section>()
  const known = [...workloads, ...OTHER_KEYS]
  for (const [key, value] of Object.entries(root)) {
    if (workloads.includes(key)) sections.set(key, { section: mapping(value, [key], 'settings of the store', problems), path: [key] })
    else if (!known.includes(key)) problems.at([key], `there is no such key: there are ${known.join(', ')}${didYouMean(key, known)}`)
  }
  return sections
}

/** An object at a path; nothing at all counts as an empty one. */
export function mapping(value: Json | undefined, path: ValuePath, holds: string, problems: SettingsProblems): JsonObject {
  if (value === undefined || value === null) return {}
  if (isJsonObject(value)) return value
  problems.at(path, `must be a mapping (${holds})`)
  return {}
}

/** Checks stores by their bindings; a store with problems is left out. */
export async function checkStores(
  stores: readonly Store[], configs: ReadonlyMap<string, BindingConfig>, problems: SettingsProblems,
): Promise<readonly CheckedStore[]> {
  const checked: CheckedStore[] = []
  for (const store of stores) {
    const parsed = await configs.get(store.workload)?.parse(store.section)
    if (parsed === undefined) continue
    if (parsed.ok) checked.push({ ...store, config: parsed.config })
    else for (const { path, message } of parsed.problems) problems.at(store.pathOf(path), message)
  }
  return checked
}

/** The texts at a binding's secret key paths. */
export const secretsOf = (section: JsonObject, { secrets }: BindingConfig): readonly string[] => secrets.flatMap((path) => {
  let values: readonly Json[] = [section]
  for (const key of path.split('.')) {
    // In a list each of its items is meant.
    values = values.flatMap((value) => Array.isArray(value) ? value as readonly Json[] : [value])
      .flatMap((value) => isJsonObject(value) ? value[key] ?? [] : [])
  }
  return values.flatMap((value) => typeof value === 'string' && value !== '' ? [value] : typeof value === 'number' ? [String(value)] : [])
})

/**
 * The target to use: the one asked for; else the one at the top of the file, else its only one. An unknown one, and a choice
 * that only the user can make, are problems.
 */
export function chooseTarget(
  asked: string | undefined, stores: readonly Store[], file: string | undefined, problems: SettingsProblems,
): string {
  const known = [...new Set(stores.map(({ target }) => target))]
  if (asked !== undefined) {
    if (known.includes(asked) || (asked === DEFAULT_TARGET && known.length === 0)) return asked
    const where = file === undefined ? 'there is no targets file' : `${file} names ${known.length === 0 ? 'none' : known.join(', ')}`
    problems.of('--target', `there is no target '${asked}': ${where}${didYouMean(asked, known)}`)
    return asked
  }
  const [only, ...more] = known
  if (only === undefined || known.includes(DEFAULT_TARGET)) return DEFAULT_TARGET
  if (more.length > 0) {
    problems.of('--target', `${file ?? 'the file'} names ${known.join(', ')} and none at its top: choose one by --target`)
  }
  return only
}

/** A section with the driver named by --driver, where its workload has it. */
export function forDriver(section: JsonObject, binding: Binding | undefined, driver: string | undefined): JsonObject {
  const { drivers = [], defaultDriver = '' } = binding?.workload ?? {}
  return driver === undefined || !drivers.includes(driver) ? section : sectionForDriver(section, driver, defaultDriver)
}

/** The stores, those of the target to use with the driver named by --driver. One that no workload has is a problem. */
export function withDriver(
  stores: readonly Store[], target: string, { driverName, bindings }: { driverName?: string | undefined; bindings: readonly Binding[] },
  problems: SettingsProblems,
): readonly Store[] {
  if (driverName === undefined) return stores
  const known = [...new Set(bindings.flatMap(({ workload }) => workload?.drivers ?? []))]
  if (!known.includes(driverName)) {
    problems.of('--driver', `there is no driver '${driverName}': there are ${known.join(', ')}${didYouMean(driverName, known)}`)
    return stores
  }
  return stores.map((store) => store.target !== target ? store
    : { ...store, section: forDriver(store.section, bindings.find(({ name }) => name === store.workload), driverName) })
}

/** True when a store's section allows work below a prefix, or in a bucket or pool, that may hold what the run did not make. */
export function allowsOverwrite(section: JsonObject, prefix: string): boolean {
  const allowed = section['allow_overwrite']
  const places = [prefix, section['bucket'], section['pool']]
  return Array.isArray(allowed) && (allowed as readonly Json[]).some((name) => places.includes(name))
}
