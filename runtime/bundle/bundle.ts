// Bundling: a script and all it imports become one module for the sandbox, with a source map and a digest that names it.
//
// Identifiers are minified as well: a VU holds its own copy of the bundle, and names are a third of it. Names of functions in stack
// traces come back through the source map (stack.ts); `keepNames`, which would keep `Function.name` too, makes a bundle 9 % longer.
import { createHash } from 'node:crypto'
import { access, constants, realpath, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { createRequire } from 'node:module'
import type * as Esbuild from 'esbuild'
import type { BuildFailure, BuildOptions, Metafile } from 'esbuild'
import { ENTRY, GLOBALS, modulePlugin, OURS, type BundleOptions, type Entry } from './modules.ts'
import { BundleError, problemOf, type BundleProblem } from './problem.ts'

export interface Bundled {
  readonly bundle: {
    readonly code: string
    /** SHA-256 of the code, hex. The same sources give the same digest wherever they lie. */
    readonly digest: string
    /** The name stack frames carry for it. */
    readonly name: string
  }
  /** The source map, JSON text; it holds the sources. */
  readonly map: string
  /** The chopsticks modules that are used, by their own names (not aliases). */
  readonly imports: readonly string[]
  /** Real paths of the user's files that went in, the script first. */
  readonly inputs: readonly string[]
  /** What is odd but no error. */
  readonly warnings: readonly BundleProblem[]
}

const BUNDLE_NAME = 'bundle.js'

/** Syntax QuickJS 2025 has; `using` and decorators, which it hasn't, are rewritten. */
const TARGET = 'es2023'

/**
 * Bundles a script.
 *
 * @throws BundleError with the place in the user's file: missing files and modules, syntax errors.
 */
export async function bundleScript(options: BundleOptions): Promise<Bundled> {
  const esbuild = requireEsbuild()
  building += 1
  try {
    return await bundled(options, esbuild)
  } finally {
    building -= 1
    if (building === 0) {
      started = false
      // esbuild works in a process of its own that would stay for the whole run.
      await esbuild.stop()
    }
  }
}

/** Begins to start esbuild's process, which takes as long as a small script takes to bundle; bundling a script ends it. */
export function startBundler(): void {
  if (started) return
  started = true
  void requireEsbuild().initialize({})
}

async function bundled(options: BundleOptions, esbuild: typeof Esbuild): Promise<Bundled> {
  const cwd = await realpath(options.cwd ?? process.cwd())
  const own: BundleOptions = { ...options, entry: await checkedEntry(options.entry, cwd) }
  const result = await build(esbuild, buildOptions(own, cwd), (path) => specifierOf(own, path))
  const [code, map] = ['.js', '.js.map'].map((ending) => result.outputs.find(({ path }) => path.endsWith(ending))?.text)
  if (code === undefined || map === undefined) throw new Error('esbuild gave no code or no source map')
  const digest = createHash('sha256').update(code).digest('hex')
  return {
    bundle: { code, digest, name: BUNDLE_NAME },
    map,
    imports: usedModules(own, result.metafile),
    inputs: await userFiles(own, result.metafile, cwd),
    warnings: result.warnings,
  }
}

async function checkedEntry(entry: Entry, cwd: string): Promise<Entry> {
  if (entry.kind === 'text') return { ...entry, folder: await realpath(resolve(cwd, entry.folder)) }
  const path = resolve(cwd, entry.path)
  const refuse = (why: string, cause?: unknown): never => {
    throw new BundleError({ file: relative(cwd, path) || '.', message: why }, { missing: true, cause })
  }
  const found = await stat(path).catch((cause: unknown) => refuse('there is no such file', cause))
  if (!found.isFile()) refuse('it is no file')
  await access(path, constants.R_OK).catch((cause: unknown) => refuse('it can not be read', cause))
  return { kind: 'file', path }
}

function buildOptions(options: BundleOptions, cwd: string): BuildOptions {
  return {
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    outfile: BUNDLE_NAME,
    absWorkingDir: cwd,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import', 'default'],
    target: TARGET,
    minify: true,
    legalComments: 'none',
    sourcemap: 'external',
    metafile: true,
    logLevel: 'silent',
    inject: options.inject.length === 0 ? [] : [GLOBALS],
    plugins: [modulePlugin(options)],
    ...(options.tsconfig === undefined ? {} : { tsconfig: resolve(cwd, options.tsconfig) }),
  }
}

interface Built {
  readonly outputs: readonly { readonly path: string; readonly text: string }[]
  readonly metafile: Metafile
  readonly warnings: readonly BundleProblem[]
}

// Required, not imported: looking through CommonJS for the names it exports takes an import longer than all the rest.
const requireEsbuild = (): typeof Esbuild => createRequire(import.meta.url)('esbuild') as typeof Esbuild

let building = 0
let started = false

async function build(
  esbuild: typeof Esbuild, options: BuildOptions, specifier: (path: string) => string | undefined,
): Promise<Built> {
  try {
    const { outputFiles = [], metafile, warnings } = await esbuild.build(options)
    if (metafile === undefined) throw new Error('esbuild gave no metafile')
    return { outputs: outputFiles, metafile, warnings: warnings.map((warning) => problemOf(warning, specifier)) }
  } catch (error) {
    const problems = isFailure(error) ? error.errors.map((message) => problemOf(message, specifier)) : []
    const [first, ...others] = problems
    throw first === undefined ? error : new BundleError(first, { others, cause: error })
  }
}

const isFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors)

/** The module a file of ours is imported as. */
function specifierOf({ modules }: BundleOptions, path: string): string | undefined {
  const file = path.replace(`${OURS}:`, '')
  return [...modules].find(([, guest]) => guest === file)?.[0]
}

function usedModules(options: BundleOptions, { outputs }: Metafile): string[] {
  const used = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([path, { bytesInOutput }]) => bytesInOutput > 0 && path.startsWith(`${OURS}:`) ? specifierOf(options, path) ?? [] : [])
  return [...new Set(used)].sort()
}

async function userFiles({ entry }: BundleOptions, { inputs }: Metafile, cwd: string): Promise<string[]> {
  const paths = Object.keys(inputs).filter((path) => !/^[\w-]{2,}:/.test(path))
  const files = await Promise.all(paths.map((path) => realpath(resolve(cwd, path))))
  const script = entry.kind === 'file' ? await realpath(entry.path) : undefined
  return [...new Set(script === undefined ? files : [script, ...files])]
}
