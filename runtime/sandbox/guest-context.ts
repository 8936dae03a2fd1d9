// One QuickJS runtime and context with the bundle evaluated in it: the raw guest, its memory owned and freed here.
import type { JSContextPointer, JSRuntimePointer, JSValuePointer } from 'quickjs-emscripten'
import { MAIL_SLOTS, WAYS, type Way } from './border.ts'
import type { GuestError } from './contract.ts'
import type { Engine } from './engine.ts'
import { getProperty, readError } from './errors.ts'
import { NoRoomError } from './quickjs.ts'
import { Rejections } from './rejections.ts'

/** What a guest may have beyond its limit while an error is read out of it: it may have none left. */
const GRACE_BYTES = 1 << 20
/** States of a promise; what is none has another. */
const PENDING = 0, FULFILLED = 1, REJECTED = 2
export interface GuestContextOptions {
  readonly memoryLimitBytes: number
  readonly stackSizeBytes: number
  /** Flags of the parts of the language it has (intrinsics.ts). */
  readonly intrinsics: number
  /** JSON text the kernel reads at its start. */
  readonly settings: string
}

export class GuestContext implements Disposable {
  readonly #engine: Engine
  readonly #runtime: JSRuntimePointer
  readonly #context: JSContextPointer
  readonly #memoryLimitBytes: number
  readonly #border: JSValuePointer
  readonly #ways: Partial<Record<Way, JSValuePointer>> = {}
  /** Index of the mail's first double. */
  readonly #mail: number
  #module: JSValuePointer | undefined
  /** What the running function returned: a promise, or a value. */
  #returned: JSValuePointer | undefined
  /** The bits of what the last run or the evaluation gave: what became of it is seen by the host. */
  #seen: bigint | undefined
  readonly #rejections: Rejections
  #heapBytes = 0
  #freed = false

  /** Throws NoRoomError when the module has no memory for it. */
  constructor(engine: Engine, { memoryLimitBytes, stackSizeBytes, intrinsics, settings }: GuestContextOptions) {
    const { ffi } = engine
    this.#engine = engine
    this.#memoryLimitBytes = memoryLimitBytes
    const mail = engine.malloc(MAIL_SLOTS * 8)
    this.#mail = mail >> 3
    this.#runtime = ffi.QTS_NewRuntime()
    if (this.#runtime === 0) throw new NoRoomError('a WebAssembly module is full')
    engine.keepNoSource(this.#runtime)
    ffi.QTS_RuntimeSetMemoryLimit(this.#runtime, memoryLimitBytes)
    ffi.QTS_RuntimeSetMaxStackSize(this.#runtime, stackSizeBytes)
    ffi.QTS_RuntimeEnableInterruptHandler(this.#runtime)
    ffi.QTS_RuntimeEnableModuleLoader(this.#runtime, 1)
    const context = ffi.QTS_NewContext(this.#runtime, intrinsics as Parameters<typeof ffi.QTS_NewContext>[1])
    if (context === 0) {
      ffi.QTS_FreeRuntime(this.#runtime)
      throw new NoRoomError('a WebAssembly module is full')
    }
    this.#context = context
    this.#rejections = new Rejections(engine, this.#runtime, context)
    this.#border = ffi.QTS_NewObject(context)
    // The guest's buffer owns the mail from here on: it is freed with the context.
    this.#set(this.#border, 'mail', ffi.QTS_NewArrayBuffer(context, mail as Parameters<typeof ffi.QTS_NewArrayBuffer>[1], MAIL_SLOTS * 8))
    this.#set(this.#border, 'post', ffi.QTS_NewFunction(context, 'post', 2, false, 1 as Parameters<typeof ffi.QTS_NewFunction>[4]))
    this.#set(this.#border, 'settings', engine.newString(context, settings))
    const globals = ffi.QTS_GetGlobalObject(context)
    this.#set(globals, '__chopsticks', ffi.QTS_DupValuePointer(context, this.#border))
    ffi.QTS_FreeValuePointer(context, globals)
  }

  /** Reads a slot of the mail. */
  get(slot: number): number { return this.#engine.f64[this.#mail + slot] ?? 0 }

  /** Writes a slot of the mail. */
  put(slot: number, value: number): void { this.#engine.f64[this.#mail + slot] = value }

  /** Bytes in use, as of the last `measureHeap`. */
  get heapBytes(): number { return this.#heapBytes }

  /** Counts what the guest has allocated, here and in its module's sum; true when it was denied more since the last time. */
  measureHeap(): boolean {
    if (this.#freed) return false
    const bytes = this.#engine.heapOf(this.#runtime)
    this.#engine.liveBytes += bytes - this.#heapBytes
    this.#heapBytes = bytes
    return this.#engine.takeDenied(this.#runtime)
  }

  /** Evaluates the bundle; the error it threw, if it did. Within an entry. */
  evaluate(code: string, name: string): GuestError | undefined {
    const value = this.#engine.evaluate(this.#context, code, name)
    const thrown = this.#thrownBy(value)
    if (thrown !== undefined) return thrown
    this.#module = value
    this.#engine.runJobs(this.#runtime, this.#context)
    return undefined
  }

  /** How the bundle's evaluation stands: init code may await. Within an entry. */
  evaluation(): 'pending' | 'done' | GuestError { return this.#stateOf(this.#module) }

  /** Calls an exported function, as the mail says; the error it threw at once, if it did. Within an entry. */
  run(dataText: string | undefined): GuestError | undefined {
    this.endRun()
    if (this.#rejections.any) this.#rejections.clear()
    const value = this.#call('run', dataText)
    const thrown = this.#thrownBy(value)
    if (thrown === undefined) this.#returned = value
    return thrown
  }

  /** How the function stands: a value that is no promise is done. Within an entry. */
  running(): 'pending' | 'done' | GuestError { return this.#stateOf(this.#returned) }

  /** JSON text of the value the function returned, when it is done; undefined when JSON can't say it. Within an entry. */
  returnedText(): { readonly text: string | undefined } | GuestError {
    const { ffi } = this.#engine
    const value = this.#ways.value
    if (this.#returned === undefined || value === undefined) return { text: undefined }
    const state = ffi.QTS_PromiseState(this.#context, this.#returned) as number
    const result = state === FULFILLED ? ffi.QTS_PromiseResult(this.#context, this.#returned) : undefined
    const json = this.#engine.callWith(this.#context, value, result ?? this.#returned)
    if (result !== undefined) ffi.QTS_FreeValuePointer(this.#context, result)
    const thrown = this.#thrownBy(json)
    if (thrown !== undefined) return thrown
    const text = this.#engine.typeOf(this.#context, json) === 'string' ? this.#engine.readString(this.#context, json) : undefined
    ffi.QTS_FreeValuePointer(this.#context, json)
    return { text }
  }

  /** Lets go of what the function returned. */
  endRun(): void {
    if (this.#returned === undefined) return
    if (this.#rejections.any) this.#seen = this.#engine.bitsOf(this.#returned)
    this.#engine.ffi.QTS_FreeValuePointer(this.#context, this.#returned)
    this.#returned = undefined
  }

  /** True when promises were rejected that nobody has looked at. */
  get anyRejected(): boolean { return this.#rejections.any }

  /** A promise was rejected, or is looked at after all. */
  rejected(promise: bigint, reason: bigint, isHandled: boolean): void { this.#rejections.tell(promise, reason, isHandled) }

  /** What promises were rejected with that nobody has looked at, but for errors `told` already. Within an entry, after the run's end. */
  takeRejected(told: ReadonlySet<bigint>): readonly GuestError[] {
    // Before any run it is the evaluation of the module that the host looks at.
    const seen = this.#seen ?? (this.#module === undefined ? undefined : this.#engine.bitsOf(this.#module))
    const reasons = this.#rejections.take(seen, told)
    this.#seen = undefined
    return reasons.map((reason) => this.#readAndFree(reason))
  }

  /** Takes the functions the kernel left for the host; false when the bundle has no kernel or never called boot. */
  takeWays(): boolean {
    for (const way of WAYS) {
      const fn = getProperty(this.#engine, this.#context, this.#border, way)
      if (fn !== undefined) this.#ways[way] = fn
      if (fn === undefined || this.#engine.typeOf(this.#context, fn) !== 'function') return false
    }
    return true
  }

  /** A text the kernel left for the host; undefined when it left none. */
  text(name: 'functions' | 'options'): string | undefined {
    const value = getProperty(this.#engine, this.#context, this.#border, name)
    if (value === undefined) return undefined
    const text = this.#engine.typeOf(this.#context, value) === 'string' ? this.#engine.readString(this.#context, value) : undefined
    this.#engine.ffi.QTS_FreeValuePointer(this.#context, value)
    return text
  }

  /** Calls into the kernel, for its effect; the error it threw, if it did. Within an entry. */
  call(way: Way, text: string | undefined): GuestError | undefined {
    const result = this.#call(way, text)
    const thrown = this.#thrownBy(result)
    if (thrown === undefined) this.#engine.ffi.QTS_FreeValuePointer(this.#context, result)
    return thrown
  }

  /** Calls into the kernel for an error it keeps, and reads it; `told` gets its bits where they matter. Within an entry. */
  errorOf(way: Way, told?: Set<bigint>): GuestError {
    const result = this.#call(way, undefined)
    if (this.#rejections.any) told?.add(this.#engine.bitsOf(result))
    return this.#thrownBy(result) ?? this.#readAndFree(result)
  }

  /** Runs the jobs the guest has, within an entry. */
  runJobs(): void { this.#engine.runJobs(this.#runtime, this.#context) }

  /** Text of an argument of `post`. */
  argument(argv: JSValuePointer, index: number): string {
    return this.#engine.readString(this.#context, index === 0 ? argv : this.#engine.ffi.QTS_ArgvGetJSValueConstPointer(argv, index))
  }

  /** A string for `post` to return. */
  answer(text: string): number { return this.#engine.newString(this.#context, text) }

  /** Frees everything. A condemned module is never entered again, so what it holds goes with its memory. */
  [Symbol.dispose](): void {
    if (this.#freed) return
    this.#engine.liveBytes -= this.#heapBytes
    this.#heapBytes = 0
    this.#freed = true
    if (this.#engine.condemned !== undefined) return
    const { ffi } = this.#engine
    for (const fn of Object.values(this.#ways)) ffi.QTS_FreeValuePointer(this.#context, fn)
    this.endRun()
    this.#rejections.clear()
    if (this.#module !== undefined) ffi.QTS_FreeValuePointer(this.#context, this.#module)
    ffi.QTS_FreeValuePointer(this.#context, this.#border)
    ffi.QTS_FreeContext(this.#context)
    ffi.QTS_FreeRuntime(this.#runtime)
  }

  #stateOf(promise: JSValuePointer | undefined): 'pending' | 'done' | GuestError {
    const { ffi } = this.#engine
    if (promise === undefined) return 'done'
    const state = ffi.QTS_PromiseState(this.#context, promise) as number
    if (state === PENDING) return 'pending'
    return state === REJECTED ? this.#readAndFree(ffi.QTS_PromiseResult(this.#context, promise)) : 'done'
  }

  #call(way: Way, text: string | undefined): JSValuePointer {
    const fn = this.#ways[way]
    if (fn === undefined) throw new Error(`the guest's kernel has no ${way}`)
    return this.#engine.call(this.#context, fn, text)
  }

  /** The error, if the value stands for one; the value is freed then. */
  #thrownBy(value: JSValuePointer): GuestError | undefined {
    const { ffi } = this.#engine
    if (value === 0) throw new NoRoomError('a WebAssembly module is full')
    const thrown = ffi.QTS_ResolveException(this.#context, value)
    if (thrown === 0) return undefined
    ffi.QTS_FreeValuePointer(this.#context, value)
    return this.#readAndFree(thrown)
  }

  #readAndFree(value: JSValuePointer): GuestError {
    const { ffi } = this.#engine
    ffi.QTS_RuntimeSetMemoryLimit(this.#runtime, this.#memoryLimitBytes + GRACE_BYTES)
    const error = readError(this.#engine, this.#context, value)
    ffi.QTS_RuntimeSetMemoryLimit(this.#runtime, this.#memoryLimitBytes)
    ffi.QTS_FreeValuePointer(this.#context, value)
    return error
  }

  #set(object: JSValuePointer, key: string, value: JSValuePointer): void {
    const { ffi } = this.#engine
    const name = this.#engine.newString(this.#context, key)
    ffi.QTS_SetProp(this.#context, object, name, value)
    ffi.QTS_FreeValuePointer(this.#context, name)
    ffi.QTS_FreeValuePointer(this.#context, value)
  }
}

