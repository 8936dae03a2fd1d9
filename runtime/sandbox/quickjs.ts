// QuickJS, loaded: compiled once for the process, its own memory for each instance, its allocations counted.
import { RELEASE_SYNC, type QuickJSEmscriptenModule, type QuickJSFFI } from 'quickjs-emscripten'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { installAllocator, withTableExported, type Libc } from './allocator.ts'
import { wasm, type Exports, type Imports, type Instance, type Memory, type Module } from './webassembly.ts'

/** What an instance may have at first and at most, in pages of 64 KiB: QuickJS's build says 16 MiB and 2 GiB. */
const PAGES_FIRST = 256
const PAGES_MAX = 32768

/** There is no memory for another VU, or another WASM module. */
export class NoRoomError extends Error {}

/** What emscripten's loader takes, as far as it is used here. */
interface LoaderOptions {
  readonly print: () => void
  readonly printErr: () => void
  readonly wasmMemory: Memory
  readonly instantiateWasm: (imports: Imports, done: (instance: Instance, module: Module) => void) => void
}

/** An instance with memory of its own: the library's two faces of it, and what the WebAssembly itself exports. */
export interface QuickJs { readonly module: QuickJSEmscriptenModule; readonly ffi: QuickJSFFI; readonly exports: Exports }

let compiling: Promise<Module> | undefined
const compile = (): Promise<Module> => compiling ??= (async () => {
  const library = createRequire(createRequire(import.meta.url).resolve('quickjs-emscripten'))
  return wasm.compile(withTableExported(await readFile(library.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'))))
})()

function newMemory(): Memory {
  try {
    return new wasm.Memory({ initial: PAGES_FIRST, maximum: PAGES_MAX })
  } catch (error) {
    throw new NoRoomError(`there is no memory for another WebAssembly module: ${String(error)}`, { cause: error })
  }
}

let early: Promise<QuickJs> | undefined
let wanted = false

/** Loads an instance ahead of time, for the first `loadQuickJs`; `then` is done with it before that gets it, where nobody waits yet. */
export function preloadQuickJs(then: (quickJs: QuickJs) => void): void {
  early ??= load().then((quickJs) => {
    if (!wanted) then(quickJs)
    return quickJs
  })
  // Told to whoever loads it.
  early.catch(() => { return })
}

/** A new instance, on the machine's date or one that is given. Rejects with NoRoomError when the process can't have another. */
export function loadQuickJs(epochMs?: () => number): Promise<QuickJs> {
  if (epochMs !== undefined) return load(epochMs)
  wanted = true
  const loading = early ?? load()
  early = undefined
  return loading
}

/** How emscripten's loader gives the date to QuickJS. */
const DATE = /^\(\)\s*=>\s*Date\.now\(\)$/

/** The imports with a date of our own: the one function that does nothing but ask for it is found by looking. */
function dated(imports: Imports, epochMs: () => number): Imports {
  const found = Object.entries(imports).flatMap(([module, functions]) => Object.keys(functions)
    .filter((name) => DATE.test(String(functions[name]))).map((name) => [module, name] as const))
  const [[module, name] = ['', '']] = found
  if (found.length !== 1) throw new Error('this build of QuickJS takes the date from where it was not expected')
  return { ...imports, [module]: { ...imports[module], [name]: epochMs } }
}

async function load(epochMs?: () => number): Promise<QuickJs> {
  const [compiled, Ffi, imported] = await Promise.all([compile(), RELEASE_SYNC.importFFI(), RELEASE_SYNC.importModuleLoader()])
  const outer = 'default' in imported ? imported.default : imported
  const loader = 'default' in outer ? outer.default : outer
  const memory = newMemory()
  let exports: Exports = {}
  const options: LoaderOptions = {
    print: () => undefined, printErr: () => undefined, wasmMemory: memory,
    instantiateWasm: (imports, done) => {
      const instance = new wasm.Instance(compiled, epochMs === undefined ? imports : dated(imports, epochMs))
      exports = instance.exports
      done(instance, compiled)
    },
  }
  const module = await loader(options)
  const ffi = new Ffi(module)
  // A runtime begins with its four allocation functions, as indices of the function table.
  const runtime = ffi.QTS_NewRuntime()
  const [malloc = 0, free = 0, realloc = 0, size = 0] = new Int32Array(memory.buffer, runtime, 4)
  ffi.QTS_FreeRuntime(runtime)
  // Taken as they are, not wrapped: WebAssembly calls its own kind directly.
  const libc = module as unknown as { readonly _malloc: Libc['malloc']; readonly _free: Libc['free'] }
  installAllocator(exports, { memory, malloc: libc._malloc, free: libc._free }, [malloc, free, realloc, size])
  return { module, ffi, exports }
}
