// One WASM module with QuickJS in it: its memory, its strings, the time an entry may take, and its end.
import {
  EvalFlags, type EvalDetectModule, type JSContextPointer, type JSContextPointerPointer,
  type JSRuntimePointer, type JSValueConstPointer, type JSValueConstPointerPointer, type JSValuePointer, type OwnedHeapCharPointer,
  type QuickJSEmscriptenModule, type QuickJSFFI,
} from 'quickjs-emscripten'
import { findSizeWord, findStripWord, findTrackerWord } from './layout.ts'
import { loadQuickJs, NoRoomError, type QuickJs } from './quickjs.ts'
import { Allowance, type Running } from './running.ts'
import { installTracker } from './tracker.ts'

/** Promise jobs run between two looks at the clock: native jobs alone never poll for an interrupt. */
const JOBS_A_TURN = 1000
/** Text up to this many characters goes through one buffer that is never freed. */
const SCRATCH_BYTES = 16384
/** Below this many bytes a loop is faster than a call into the string decoder. */
const SHORT_TEXT = 24
/** `JS_STRIP_SOURCE` of quickjs.h. */
const STRIP_SOURCE = 1

/** A VU, as its module knows it. */
export interface Resident {
  readonly id: number
  /** The guest called `post`. Must not throw; returns a string value for the guest to own, or 0. */
  posted(argc: number, argv: JSValuePointer): number
  /** A promise was rejected that nobody looks at, or is looked at after all: QuickJS's bits. Must run none of the guest's code. */
  rejected(promise: bigint, reason: bigint, isHandled: boolean): void
  /** The module is lost. */
  lost(culprit: number, reason: string): void
}

/** A module is lost; called before its residents are told. */
export type OnCondemned = (engine: Engine, culprit: Resident, reason: string) => void

export class Engine {
  readonly ffi: QuickJSFFI
  readonly residents = new Set<Resident>()
  /** Live heap of all residents, bytes; kept by them. */
  liveBytes = 0
  /** Set when an exception came out of the module: nothing may enter it again, not even to free. */
  condemned: string | undefined
  /** Set when the entry under way has taken too long: its VU must go, whatever the guest did with the interrupt. */
  overran = false

  readonly #module: QuickJSEmscriptenModule
  readonly #onCondemned: OnCondemned
  readonly #running: Running
  readonly #scratch: number
  readonly #argv: JSValueConstPointerPointer
  readonly #jobContext: JSContextPointerPointer
  readonly #undefined: JSValueConstPointer
  readonly #sizeWord: number
  readonly #stripWord: number | undefined
  readonly #trackerWord: number
  readonly #tracker: number
  readonly #valueBits: number
  #code: { readonly pointer: number; readonly bytes: number } | undefined
  #current: Resident | undefined
  readonly #allowance = new Allowance()
  #u8: Uint8Array
  #i32: Int32Array
  #f64: Float64Array
  #buffer: Buffer

  private constructor({ module, ffi, exports }: QuickJs, onCondemned: OnCondemned, running: Running) {
    this.#module = module
    this.ffi = ffi
    this.#onCondemned = onCondemned
    this.#running = running
    this.#u8 = module.HEAPU8
    this.#i32 = new Int32Array(this.#u8.buffer)
    this.#f64 = new Float64Array(this.#u8.buffer)
    this.#buffer = Buffer.from(this.#u8.buffer)
    module.callbacks = {
      callFunction: (_asyncify, _context, _self, argc, argv) =>
        (this.#current?.posted(argc, argv as unknown as JSValuePointer) ?? 0) as JSValuePointer,
      shouldInterrupt: () => this.#late() ? 1 : 0,
      freeHostRef: () => undefined,
      loadModuleSource: (_asyncify, _runtime, _context, name) => this.#refusal(name),
      normalizeModule: (_asyncify, _runtime, _context, _base, name) => this.#copy(name) as OwnedHeapCharPointer,
    }
    this.#scratch = this.malloc(SCRATCH_BYTES)
    this.#argv = this.malloc(8) as JSValueConstPointerPointer
    this.#jobContext = this.malloc(8) as JSContextPointerPointer
    this.#undefined = ffi.QTS_GetUndefined()
    this.#sizeWord = findSizeWord(module, ffi)
    this.#stripWord = findStripWord(module, ffi)
    this.#trackerWord = findTrackerWord(module, ffi)
    this.#tracker = installTracker(exports, (_context, promise, reason, isHandled) => {
      this.#current?.rejected(promise, reason, isHandled !== 0)
    })
    this.#valueBits = this.malloc(8)
  }

  /** Loads QuickJS into a WASM module of its own. Rejects with NoRoomError when the process can't have another. */
  static async load(onCondemned: OnCondemned, running: Running, epochMs?: () => number): Promise<Engine> {
    return new Engine(await loadQuickJs(epochMs), onCondemned, running)
  }

  /** Doubles of the module's memory: taken anew before each use, for memory that grows moves. */
  get f64(): Float64Array {
    if (this.#f64.length === 0) this.#remap()
    return this.#f64
  }

  /** Committed memory, bytes. */
  get memoryBytes(): number { return this.#module.HEAPU8.length }

  /** Bytes a runtime has allocated and not freed. */
  heapOf(runtime: JSRuntimePointer): number {
    if (this.#u8.length === 0) this.#remap()
    return this.#i32[(runtime >> 2) + this.#sizeWord] ?? 0
  }

  /**
   * Has a new runtime forget the text of its functions, a tenth of a small VU: `toString` of a function then shows none. Places in
   * stack traces stay.
   */
  keepNoSource(runtime: JSRuntimePointer): void {
    if (this.#stripWord === undefined) return
    if (this.#u8.length === 0) this.#remap()
    this.#i32[(runtime >> 2) + this.#stripWord] = STRIP_SOURCE
  }

  /** True when a runtime was denied memory since it was last asked. */
  takeDenied(runtime: JSRuntimePointer): boolean {
    if (this.#u8.length === 0) this.#remap()
    const word = (runtime >> 2) + this.#sizeWord + 2
    const denied = this.#i32[word] !== 0
    if (denied) this.#i32[word] = 0
    return denied
  }

  // ---- Entries

  /** @param fn index of the function that is entered; INIT for init code. */
  begin(resident: Resident, limitMs: number, fn: number): void {
    this.#current = resident
    this.#allowance.begin(limitMs)
    this.overran = false
    this.#running.enter(resident.id, fn)
  }

  end(): void {
    this.#current = undefined
    // Native code that is never polled is seen by who watches alone.
    if (this.#running.leave()) this.overran = true
  }

  /** What the entry under way, or the last one, was allowed, ms. */
  get limitMs(): number { return this.#allowance.limitMs }

  get busy(): boolean { return this.#current !== undefined }

  /** Calls a function of the guest's with one string argument, or none. The caller owns what comes back. */
  call(context: JSContextPointer, fn: JSValuePointer, text: string | undefined): JSValuePointer {
    if (text === undefined) return this.ffi.QTS_Call(context, fn, this.#undefined, 0, this.#argv)
    const value = this.newString(context, text)
    const result = this.callWith(context, fn, value)
    this.ffi.QTS_FreeValuePointer(context, value)
    return result
  }

  /** Calls a function of the guest's with one value of the guest's, which stays its owner's. The caller owns what comes back. */
  callWith(context: JSContextPointer, fn: JSValuePointer, value: JSValuePointer): JSValuePointer {
    if (this.#u8.length === 0) this.#remap()
    this.#i32[this.#argv >> 2] = value
    return this.ffi.QTS_Call(context, fn, this.#undefined, 1, this.#argv)
  }

  /** Has a new runtime tell of promises that are rejected while nobody looks. */
  trackRejections(runtime: JSRuntimePointer): void {
    if (this.#u8.length === 0) this.#remap()
    this.#i32[(runtime >> 2) + this.#trackerWord] = this.#tracker
  }

  /** A value given as its bits, for the caller to own. Runs no code of the guest's. */
  owned(context: JSContextPointer, bits: bigint): JSValuePointer {
    if (this.#u8.length === 0) this.#remap()
    this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, bits), this.#valueBits)
    return this.ffi.QTS_DupValuePointer(context, this.#valueBits as JSValueConstPointer)
  }

  /** The bits of a value, as they are told of rejected promises. */
  bitsOf(value: JSValuePointer): bigint {
    if (this.#u8.length === 0) this.#remap()
    return this.#buffer.readBigInt64LE(value)
  }

  /** Runs promise jobs until none is left or the entry has taken too long. */
  runJobs(runtime: JSRuntimePointer, context: JSContextPointer): void {
    const { ffi } = this
    while (ffi.QTS_IsJobPending(runtime) !== 0) {
      ffi.QTS_FreeValuePointer(context, ffi.QTS_ExecutePendingJob(runtime, JOBS_A_TURN, this.#jobContext))
      if (ffi.QTS_IsJobPending(runtime) === 0 || this.#late()) return
    }
  }

  /** Evaluates the bundle as a module; its text is kept in the module's memory for the next VU. */
  evaluate(context: JSContextPointer, code: string, name: string): JSValuePointer {
    this.#code ??= { pointer: this.#copy(code), bytes: Buffer.byteLength(code) }
    const { pointer, bytes } = this.#code
    const detect = 0 as EvalDetectModule
    return this.ffi.QTS_Eval(context, pointer as OwnedHeapCharPointer, bytes, name, detect, EvalFlags.JS_EVAL_TYPE_MODULE as EvalFlags)
  }

  /** Marks the module as lost and tells all who live in it. */
  condemn(culprit: Resident, error: unknown): void {
    if (this.condemned !== undefined) return
    const reason = error instanceof Error ? error.message : String(error)
    this.condemned = reason
    this.#onCondemned(this, culprit, reason)
    for (const resident of [...this.residents]) resident.lost(culprit.id, reason)
    this.residents.clear()
  }

  // ---- Text

  /** A string of the guest's; the caller owns it. */
  newString(context: JSContextPointer, text: string): JSValuePointer {
    const { length } = text
    if (length * 3 >= SCRATCH_BYTES) {
      const pointer = this.#copy(text)
      const value = this.ffi.QTS_NewString(context, pointer as OwnedHeapCharPointer)
      this.#module._free(pointer)
      return value
    }
    if (this.#u8.length === 0) this.#remap()
    const written = this.#buffer.write(text, this.#scratch, 'utf8')
    this.#u8[this.#scratch + written] = 0
    return this.ffi.QTS_NewString(context, this.#scratch as OwnedHeapCharPointer)
  }

  /** The text of a guest's string, or of what any other value turns into (which runs its code); at most `bytesMax` bytes of it. */
  readString(context: JSContextPointer, value: JSValuePointer | JSValueConstPointer, bytesMax = Infinity): string {
    const pointer = this.ffi.QTS_GetString(context, value)
    if (pointer === 0) return ''
    if (this.#u8.length === 0) this.#remap()
    const u8 = this.#u8
    let end: number = pointer
    let bits = 0
    for (let byte = u8[end]; byte !== 0 && byte !== undefined && end - pointer < bytesMax; byte = u8[++end]) bits |= byte
    let text = ''
    if (bits > 127) text = this.#buffer.toString('utf8', pointer, end)
    else if (end - pointer > SHORT_TEXT) text = this.#buffer.toString('latin1', pointer, end)
    else for (let at: number = pointer; at < end; at++) text += String.fromCharCode(u8[at] ?? 0)
    this.ffi.QTS_FreeCString(context, pointer)
    return text
  }

  typeOf(context: JSContextPointer, value: JSValuePointer): string {
    const pointer = this.ffi.QTS_Typeof(context, value)
    const name = this.#module.UTF8ToString(pointer)
    this.#module._free(pointer)
    return name
  }

  /** Zeroed memory of the module. Throws NoRoomError when there is none. */
  malloc(bytes: number): number {
    const pointer = this.#module._malloc(bytes)
    if (pointer === 0) throw new NoRoomError('a WebAssembly module is full')
    if (this.#u8.length === 0) this.#remap()
    this.#u8.fill(0, pointer, pointer + bytes)
    return pointer
  }

  /** True when the entry under way is over its time. The clock starts with the first poll: entries too short to be polled cost nothing. */
  #late(): boolean {
    if (this.overran) return true
    this.overran = this.#allowance.isOver()
    return this.overran
  }

  /** Views of memory that has grown are empty: new ones are taken. */
  #remap(): void {
    this.#u8 = this.#module.HEAPU8
    this.#i32 = new Int32Array(this.#u8.buffer)
    this.#f64 = new Float64Array(this.#u8.buffer)
    this.#buffer = Buffer.from(this.#u8.buffer)
  }

  /** The text in memory of its own, ended by a zero byte. */
  #copy(text: string): number {
    const bytes = Buffer.byteLength(text)
    const pointer = this.malloc(bytes + 1)
    this.#buffer.write(text, pointer, 'utf8')
    return pointer
  }

  /** Source of a module that says why there is none. The engine frees it. */
  #refusal(name: string): OwnedHeapCharPointer {
    const text = `import('${name}'): modules can't be loaded while a script runs; import them at the top of the script`
    return this.#copy(`throw new TypeError(${JSON.stringify(text)})`) as OwnedHeapCharPointer
  }
}
