// Where each import of a script leads: to our guest modules, to the user's files and packages, or to a sentence that says why not.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { dirname, extname, resolve as resolvePath } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Loader, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'

/** The script: a file, or text from standard input whose imports start from `folder`. Paths are absolute, or relative to `cwd`. */
export type Entry =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string; readonly folder: string }

/** What a script is bundled from. */
export interface BundleOptions {
  readonly entry: Entry
  /** Specifier -> file of the guest module; a module comes before its aliases. */
  readonly modules: ReadonlyMap<string, string>
  /** The guest's end of the border: exports `boot(script)`. */
  readonly kernel: string
  /** Globals beyond the language, each bundled only where it is named. */
  readonly inject: readonly { readonly names: readonly string[]; readonly file: string }[]
  /** Told of each module of ours that is imported, by the name it is imported by, as soon as that is seen; again for each import. */
  readonly onModule?: (specifier: string) => void
  /** A tsconfig.json; without it, the one that is nearest above each file. */
  readonly tsconfig?: string
  /** The folder that file names in messages are relative to; default: the process's own. */
  readonly cwd?: string
}

/** Files that are ours carry this namespace, in the source map too: that is how their stack frames are known. */
export const OURS = 'chopsticks'
/** The module made around the script, and the one made of the globals. */
const MADE = 'chopsticks-made'
/** A script that came from standard input. */
const STDIN = 'stdin'

export const ENTRY = `${MADE}:entry`
const USER = `${MADE}:script`
/** Exports every global; one module for all, for each takes a message to esbuild and an answer. */
export const GLOBALS = `${MADE}:globals`

/** True of a source that is none of the user's. */
export const isOurs = (source: string): boolean => source.startsWith(`${OURS}:`) || source.startsWith(`${MADE}:`)

const NODE_MODULES = new Set(builtinModules.map((name) => name.replace(/^node:/, '').replace(/\/.*/, '')))
/** Marks a question this plugin asks esbuild itself, so that it is not asked back. */
const ASKED = { asked: true }

const error = (text: string): OnResolveResult => ({ errors: [{ text }] })

/** Resolves everything in a fixed order: made modules, ours, refused ones; what is left is esbuild's. */
export function modulePlugin(options: BundleOptions): Plugin {
  return {
    name: 'chopsticks',
    setup(build) {
      build.onResolve({ filter: /.*/ }, (args) => resolve(build, args, options))
      build.onLoad({ filter: /.*/, namespace: MADE }, ({ path }) => made(path, options))
      build.onLoad({ filter: /.*/, namespace: OURS }, ({ path }) => ours(path))
      build.onLoad({ filter: /.*/, namespace: STDIN }, () =>
        options.entry.kind === 'text' ? { contents: options.entry.text, loader: 'ts', resolveDir: options.entry.folder } : undefined)
    },
  }
}

async function resolve(build: PluginBuild, args: OnResolveArgs, options: BundleOptions): Promise<OnResolveResult | undefined> {
  const { path, importer, namespace, resolveDir } = args
  if (args.pluginData === ASKED) return undefined
  if (path === USER) return userScript(options)
  if (path.startsWith(`${MADE}:`)) return { path: path.slice(MADE.length + 1), namespace: MADE, sideEffects: path === ENTRY }
  const guest = options.modules.get(path)
  if (guest !== undefined) {
    options.onModule?.(path)
    return { path: guest, namespace: OURS, sideEffects: false }
  }
  // What is imported for its names alone may go when they are not used; the kernel, and what it imports, does its work by being there.
  if (namespace === MADE) return { path, namespace: OURS, sideEffects: path === options.kernel }
  if (namespace === OURS) {
    // Compiled files name their neighbours in full: esbuild need not be asked where they are, which takes two messages each.
    const neighbour = resolvePath(resolveDir, path)
    if (path.startsWith('.') && extname(path) === extname(importer) && existsSync(neighbour)) return { path: neighbour, namespace: OURS }
    const found = await build.resolve(path, { kind: args.kind, resolveDir, importer, pluginData: ASKED })
    return found.errors.length > 0 ? found : { path: found.path, namespace: OURS }
  }
  const refusal = refused(path, options)
  if (refusal !== undefined) return error(refusal)
  if (path.startsWith('file:')) return { path: fileURLToPath(path) }
  if (path.startsWith('node:')) return error(noNode(path))
  if (!NODE_MODULES.has(path.replace(/\/.*/, ''))) return undefined
  // A package of the user's may have the name of one of Node's own modules (`events`, `buffer`).
  const found = await build.resolve(path, { kind: args.kind, resolveDir, importer, pluginData: ASKED })
  return found.errors.length > 0 ? error(noNode(path)) : found
}

const noNode = (path: string): string => `'${path}' is part of Node: scripts run in a sandbox without it, use open() and chopsticks modules`

/** Why an import can't be had, or undefined when nothing speaks against it. */
function refused(path: string, { modules }: BundleOptions): string | undefined {
  if (/^https?:/.test(path)) return `'${path}': modules are not fetched; download it beside the script and import the file`
  if (path === 'chopsticks' || path.startsWith('chopsticks/')) {
    const known = [...modules.keys()].filter((name) => /^chopsticks(\/|$)/.test(name))
    return `there is no module '${path}'; the modules are ${known.join(', ')}`
  }
  if (path === 'k6/http' || path.startsWith('k6/net/')) {
    return `'${path}' is not here: chopsticks drives storage, not web pages; use an operation of chopsticks/s3, such as s3.get(key)`
  }
  if (path === 'k6' || path.startsWith('k6/')) {
    const known = [...modules.keys()].filter((name) => /^k6(\/|$)/.test(name))
    return `'${path}' is not here; of k6's modules there are ${known.join(', ')}`
  }
  return undefined
}

function userScript({ entry }: BundleOptions): OnResolveResult {
  return entry.kind === 'file' ? { path: entry.path } : { path: '<stdin>', namespace: STDIN }
}

/** The kernel comes first, so that what it provides is there when the script's body runs. */
function made(path: string, options: BundleOptions): OnLoadResult {
  const text = (value: string): string => JSON.stringify(value)
  const contents = `${MADE}:${path}` === ENTRY
    ? `import { boot } from ${text(options.kernel)}\nimport * as script from ${text(USER)}\nboot(script)`
    : globalsModule(options, text)
  return { contents, resolveDir: dirname(options.kernel) }
}

function globalsModule({ inject }: BundleOptions, text: (value: string) => string): string {
  return inject.map(({ names, file }) => {
    // Both ways a script may name a global.
    const exported = names.flatMap((name) => [name, `${name} as ${text(`globalThis.${name}`)}`])
    return `export { ${exported.join(', ')} } from ${text(file)}`
  }).join('\n')
}

const LOADERS: Readonly<Record<string, Loader>> = { '.ts': 'ts', '.js': 'js' }

/** Our own source maps are left out: through them a frame would lead to a file that does not carry our namespace. */
async function ours(path: string): Promise<OnLoadResult> {
  const contents = (await readFile(path, 'utf8')).replace(/^\/\/# sourceMappingURL=.*$/gm, '')
  return { contents, loader: LOADERS[extname(path)] ?? 'js', resolveDir: dirname(path) }
}
