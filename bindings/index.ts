// THE registry: one line per binding.
import { fileURLToPath } from 'node:url'
import { core } from './core/index.ts'
import { globals } from './core/globals.ts'
import { data } from './data/index.ts'
import { execution } from './execution/index.ts'
import { metrics } from './metrics/index.ts'
import { rbd } from './rbd/index.ts'
import { s3 } from './s3/index.ts'
import type { Binding } from './sdk/index.ts'

export const registry = (): readonly Binding[] => [
  core,
  execution,
  metrics,
  data,
  s3,
  rbd,
]

/** What a script can import and use without importing, as files for the bundler: TypeScript in a checkout, JavaScript when compiled. */
export interface ScriptModules {
  /** Specifier -> file of the guest module; a module comes before its aliases. */
  readonly modules: ReadonlyMap<string, string>
  /** The guest's end of the border. */
  readonly kernel: string
  /** Globals beyond the language: bundled where a script names them. */
  readonly inject: readonly { readonly names: readonly string[]; readonly file: string }[]
}

/** The files behind `bindings`: by default the registry's, or that with bindings from outside the tree. */
export function scriptModules(bindings: readonly Binding[] = registry()): ScriptModules {
  const modules = new Map<string, string>()
  for (const binding of bindings) {
    for (const specifier of [binding.module, ...binding.aliases ?? []]) modules.set(specifier, fileURLToPath(binding.guest))
  }
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  return {
    modules,
    kernel: fileURLToPath(new URL(`./sdk/guest${extension}`, import.meta.url)),
    inject: globals.map(({ names, url }) => ({ names, file: fileURLToPath(url) })),
  }
}
