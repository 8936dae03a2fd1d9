// Sandboxes: VUs spread over WASM modules, opened, watched and given up.
import type { GuestHost, GuestVu, SandboxOptions, Unawaited, VuOptions } from './contract.ts'
import { Engine, type Resident } from './engine.ts'
import { intrinsicsOf } from './intrinsics.ts'
import { NoRoomError } from './quickjs.ts'
import { Running } from './running.ts'
import { Turn } from './turn.ts'
import { Vu, type VuParts } from './vu.ts'

export type { GuestError, GuestHost, GuestResult, GuestVu, RunRequest, SandboxOptions, Unawaited, VuOptions } from './contract.ts'
export type { IterationInfo } from '../../bindings/sdk/guest.ts'
export { openError } from './errors.ts'
export { NoRoomError } from './quickjs.ts'

const MODULE_HEAP_BYTES = 1.2 * 2 ** 30
/** A module's live heap beyond which one VU must go, so that the others keep room: a module has 2 GiB. */
const MODULE_FULL_BYTES = 1.75 * 2 ** 30
const MODULES_MAX = 8
const STACK_MAX_BYTES = 256 * 1024
const INIT_LIMIT_MS = 2000
/** What a VU takes at least, once it runs. */
const VU_GUESS_BYTES = 128 * 1024
/** Calls of one VU that have ids of their own among 4096 VUs opened one after another; an id has room for 2³⁷. */
const SERIAL_RANGE = 2 ** 24
const SERIAL_RANGES = 4096
/** Places told of, at most. */
const NEWS_MAX = 1000

export class Sandbox implements Disposable {
  readonly #o: SandboxOptions
  readonly #limits: VuParts['limits']
  readonly #turn = new Turn()
  readonly #running: Running
  readonly #names = new Map<string, string>()
  readonly #told = new Set<string>()
  readonly #engines = new Set<Engine>()
  readonly #vus = new Set<Vu>()
  #loading: Promise<void> | undefined
  #opened = 0
  #disposed = false

  private constructor(options: SandboxOptions) {
    this.#o = options
    this.#running = options.running ?? new Running()
    this.#limits = {
      bundle: options.bundle, memoryLimitBytes: options.memoryLimitBytes, sliceLimitMs: options.sliceLimitMs,
      initLimitMs: options.initLimitMs ?? Math.max(INIT_LIMIT_MS, options.sliceLimitMs),
      intrinsics: intrinsicsOf(options.bundle.code),
      stackSizeBytes: Math.min(options.stackSizeBytes ?? STACK_MAX_BYTES, STACK_MAX_BYTES),
    }
  }

  /** Loads the first WASM module. Rejects when the process can't have one. */
  static async open(options: SandboxOptions): Promise<Sandbox> {
    const sandbox = new Sandbox(options)
    await sandbox.#load()
    return sandbox
  }

  get sliceLimitMs(): number { return this.#limits.sliceLimitMs }
  get initLimitMs(): number { return this.#limits.initLimitMs }

  get moduleCount(): number { return this.#engines.size }

  /** Memory committed to all modules, bytes; it never shrinks. */
  heapBytes(): number { return sum(this.#engines, (engine) => engine.memoryBytes) }

  /** Heap all VUs have in use, bytes. */
  liveBytes(): number { return sum(this.#engines, (engine) => engine.liveBytes) }

  /**
   * Opens a VU: a runtime of its own with the bundle evaluated in it. Rejects with an error `openError` reads when init code threw
   * or broke a limit, and with NoRoomError when there is no memory for it.
   */
  async openVu(options: VuOptions, host: GuestHost): Promise<GuestVu> {
    for (;;) {
      if (this.#disposed) throw new Error('the sandbox is closed')
      const engine = this.#roomiest()
      if (engine !== undefined) return this.#openIn(engine, options, host)
      await (this.#loading ??= this.#load().finally(() => { this.#loading = undefined }))
    }
  }

  /** Disposes of all VUs; runs under way end as interrupted. */
  [Symbol.dispose](): void {
    this.#disposed = true
    for (const vu of [...this.#vus]) vu[Symbol.dispose]()
    this.#vus.clear()
    this.#engines.clear()
  }

  async #openIn(engine: Engine, options: VuOptions, host: GuestHost): Promise<GuestVu> {
    const vu = new Vu({
      engine, options, host, limits: this.#limits, turn: this.#turn, names: this.#names, isNews: this.#isNews,
      serial: this.#opened++ % SERIAL_RANGES * SERIAL_RANGE, onEntered: this.#onEntered, onGone: this.#onGone,
    })
    this.#vus.add(vu)
    await vu.evaluate()
    return vu
  }

  /** The module with most room, if there is one with enough. */
  #roomiest(): Engine | undefined {
    let roomiest: Engine | undefined
    for (const engine of this.#engines) if (engine.liveBytes < (roomiest?.liveBytes ?? Infinity)) roomiest = engine
    if (roomiest === undefined) return undefined
    const limitBytes = this.#o.moduleHeapBytes ?? MODULE_HEAP_BYTES
    const { size } = roomiest.residents
    return size === 0 || roomiest.liveBytes + Math.max(VU_GUESS_BYTES, roomiest.liveBytes / size) <= limitBytes ? roomiest : undefined
  }

  async #load(): Promise<void> {
    const max = this.#o.modulesMax ?? MODULES_MAX
    if (this.#engines.size >= max) {
      const full = `${this.#vus.size} VUs fill the ${max} WebAssembly modules this shard may have`
      throw new NoRoomError(`no room for another VU: ${full}; use more shards or fewer VUs`)
    }
    this.#engines.add(await Engine.load(this.#onCondemned, this.#running, this.#o.epochMs))
  }

  readonly #onCondemned = (engine: Engine, culprit: Resident, reason: string): void => {
    this.#engines.delete(engine)
    this.#o.onModuleAbort?.(culprit.id, reason, engine.residents.size)
  }

  readonly #onEntered = (vu: Vu): void => {
    if (vu.engine.liveBytes > MODULE_FULL_BYTES) this.#relieve(vu.engine)
  }

  readonly #onGone = (vu: Vu): void => {
    this.#vus.delete(vu)
    if (vu.broken?.kind === 'slice' || vu.broken?.kind === 'memory') this.#turn.spend()
  }

  #relieve(engine: Engine): void {
    let largest: Vu | undefined
    for (const vu of this.#vus) if (vu.engine === engine && vu.heapBytes > (largest?.heapBytes ?? 0)) largest = vu
    largest?.evict()
  }

  readonly #isNews = ({ operation, stack }: Unawaited): boolean => {
    const place = `${operation}\n${stack}`
    if (this.#told.has(place) || this.#told.size >= NEWS_MAX) return false
    this.#told.add(place)
    return true
  }
}

const sum = (engines: Iterable<Engine>, of: (engine: Engine) => number): number => {
  let total = 0
  for (const engine of engines) total += of(engine)
  return total
}
