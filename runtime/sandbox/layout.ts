// Where QuickJS keeps what its build offers no function for: found by looking, so that another layout is noticed.
import type { JSRuntimePointer, QuickJSEmscriptenModule, QuickJSFFI } from 'quickjs-emscripten'

/** A memory limit no struct holds by chance. */
const MAGIC_LIMIT = 0x5EED1234
/** The struct of a runtime, in 32-bit words. */
const RUNTIME_WORDS = 64

/** The words of a new runtime's struct, after `prepare`. */
function wordsOf(module: QuickJSEmscriptenModule, ffi: QuickJSFFI, prepare: (runtime: JSRuntimePointer) => void): number[] {
  const runtime = ffi.QTS_NewRuntime()
  prepare(runtime)
  const words = [...new Int32Array(module.HEAPU8.buffer, runtime, RUNTIME_WORDS)]
  ffi.QTS_FreeRuntime(runtime)
  return words
}

/**
 * Where a runtime keeps the size of its heap: the word before its limit, as QuickJS's JSMallocState has it since its first release.
 *
 * @throws Error when it is not there.
 */
export function findSizeWord(module: QuickJSEmscriptenModule, ffi: QuickJSFFI): number {
  const limit = wordsOf(module, ffi, (runtime) => { ffi.QTS_RuntimeSetMemoryLimit(runtime, MAGIC_LIMIT) }).indexOf(MAGIC_LIMIT)
  if (limit < 1) throw new Error('this build of QuickJS keeps its heap size where it was not expected')
  return limit - 1
}

/**
 * Where a runtime keeps what `JS_SetStripInfo` sets: the word before its table of shapes, which begins with the table's size as a
 * power of two, that size, no shapes yet, and a pointer. Undefined where no one place looks like it: then nothing is stripped.
 */
export function findStripWord(module: QuickJSEmscriptenModule, ffi: QuickJSFFI): number | undefined {
  const words = wordsOf(module, ffi, () => { return })
  const found = [...words.keys()].filter((at) => {
    const [strip = 1, bits = 0, size = 0, count = 1, table = 0] = words.slice(at, at + 5)
    return strip === 0 && bits > 1 && bits < 16 && size === 1 << bits && count === 0 && table > 0xFFFF
  })
  return found.length === 1 ? found[0] : undefined
}

/**
 * Where a runtime keeps what `JS_SetHostPromiseRejectionTracker` sets: two words after the interrupt handler, two before the list of
 * jobs, which points to itself while it is empty.
 *
 * @throws Error when it is not there.
 */
export function findTrackerWord(module: QuickJSEmscriptenModule, ffi: QuickJSFFI): number {
  let at = 0
  const before = wordsOf(module, ffi, () => { return })
  const words = wordsOf(module, ffi, (runtime) => { ffi.QTS_RuntimeEnableInterruptHandler(runtime); at = runtime })
  const handler = words.findIndex((word, index) => word !== 0 && before[index] === 0)
  const jobs = at + (handler + 4) * 4
  const [opaque, tracker, trackerOpaque, next, previous] = words.slice(handler + 1, handler + 6)
  if (handler < 0 || opaque !== 0 || tracker !== 0 || trackerOpaque !== 0 || next !== jobs || previous !== jobs) {
    throw new Error('this build of QuickJS keeps who is told of rejected promises where it was not expected')
  }
  return handler + 2
}
