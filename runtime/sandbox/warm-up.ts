// Makes QuickJS ready before there is a script: V8 compiles a function of WebAssembly when it is first called, so that the first
// script to be evaluated would wait for the parser and the interpreter to be compiled.
import { EvalFlags, type EvalDetectModule, type JSContextPointerPointer, type OwnedHeapCharPointer } from 'quickjs-emscripten'
import { preloadQuickJs, type QuickJs } from './quickjs.ts'

/** A little of all that a kernel and a script are made of; it does nothing. */
const CODE = `
class Base { #n = 0; static of(...items) { return new this(...items) } get n() { return this.#n } set n(to) { this.#n = to } }
class Derived extends Base { constructor(a = 1, { b, ...rest } = {}) { super(); this.n = a + (b ?? rest.c ?? 2) } }
const made = Derived.of(3, { b: 4 })
const table = new Map([['a', made], ['b', new Set([1, 2])]])
const text = \`\${[...table.keys()].map((key, at) => key + at).join(',')} \${JSON.stringify(JSON.parse('{"a":[1,2.5,"x"]}'))}\`
const doubles = new Float64Array(new ArrayBuffer(64))
for (let i = 0; i < doubles.length; i++) doubles[i] = Math.imul(i, 7) >>> 1
for (const [key, value] of Object.entries({ ...made, text })) if (typeof value === 'function' || key in made) delete made[key]
try { throw new TypeError(text.replace(/(a)\\d/g, '$1').slice(1)) } catch ({ name, stack }) {
  switch (name) { case 'x': break; default: table.set(stack, 1) }
}
const wait = async (ms) => { let n = 0; do { n += await ms } while (n < 2 && n !== 0); return n }
await Promise.all([wait(1), wait(2).finally(() => table.clear())])
export const options = Object.freeze({ a: { b: [1] } }), run = wait
export default async function () { await run(0) }
`
/** All parts of the language. */
const INTRINSICS = 0
const BY_FLAGS = 0
/** A state of promises. */
const FULFILLED = 1

/** Loads QuickJS and has the parts compiled that any script needs. What goes wrong is told to the first sandbox that is opened. */
export function warmUp(): void { preloadQuickJs(exercise) }

function exercise({ module, ffi }: QuickJs): void {
  const runtime = ffi.QTS_NewRuntime()
  const context = ffi.QTS_NewContext(runtime, INTRINSICS as Parameters<typeof ffi.QTS_NewContext>[1])
  const code = Buffer.from(`${CODE}\0`)
  const pointer = module._malloc(code.length)
  module.HEAPU8.set(code, pointer)
  const detect = BY_FLAGS as EvalDetectModule
  const flags = EvalFlags.JS_EVAL_TYPE_MODULE as EvalFlags
  const value = ffi.QTS_Eval(context, pointer as OwnedHeapCharPointer, code.length - 1, 'warm-up.js', detect, flags)
  const jobContext = module._malloc(8)
  while (ffi.QTS_IsJobPending(runtime) !== 0) {
    ffi.QTS_FreeValuePointer(context, ffi.QTS_ExecutePendingJob(runtime, 1000, jobContext as JSContextPointerPointer))
  }
  const done = ffi.QTS_PromiseState(context, value) as number === FULFILLED
  ffi.QTS_FreeValuePointer(context, value)
  module._free(jobContext)
  module._free(pointer)
  ffi.QTS_FreeContext(context)
  ffi.QTS_FreeRuntime(runtime)
  if (!done) throw new Error('QuickJS could not run what warms it up')
}
