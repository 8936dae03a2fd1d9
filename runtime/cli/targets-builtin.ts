// `builtin:` of the targets file: what the built-in stores are told that a run starts.
import type { Binding, JsonObject } from '../../bindings/sdk/index.ts'
import { didYouMean } from '../plan/nearest.ts'
import type { SettingsProblems } from './targets-problem.ts'
import { DEFAULT_TARGET, mapping, type Store } from './targets.ts'

/**
 * The options of each built-in store the file names, checked by its binding. To name one is to choose it: the file can't name
 * another store for the workload at its top, and the environment is not asked.
 */
export async function readBuiltin(
  root: JsonObject, { bindings, stores }: { readonly bindings: readonly Binding[]; readonly stores: readonly Store[] },
  problems: SettingsProblems,
): Promise<Readonly<Record<string, JsonObject>>> {
  const sections = Object.entries(mapping(root['builtin'], ['builtin'], 'settings by workload', problems))
  const known = bindings.flatMap(({ name, workload }) => workload?.builtin === undefined ? [] : [name])
  const read = await Promise.all(sections.map(async ([name, value]): Promise<[string, JsonObject][]> => {
    const builtin = await bindings.find((binding) => binding.name === name)?.workload?.builtin?.()
    if (builtin === undefined) {
      problems.at(['builtin', name], `there is no such built-in store; known: ${known.join(', ')}${didYouMean(name, known)}`)
      return []
    }
    if (stores.some(({ target, workload }) => target === DEFAULT_TARGET && workload === name)) {
      problems.at(['builtin', name], `the file names another store for ${name}, so that this one would not be used: remove one of the two`)
    }
    const options = mapping(value, ['builtin', name], 'options of the built-in store', problems)
    for (const { path, message } of builtin.check(options)) problems.at(['builtin', name, ...path], message)
    return [[name, options]]
  }))
  return Object.fromEntries(read.flat())
}
