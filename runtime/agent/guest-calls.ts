// One VU's calls to the host, answered: host operations here, storage operations by the dispatcher.
import { setMaxListeners } from 'node:events'
import { until, type CallOptions, type GuestPhase, type Json, type Tags, type VuHost } from '../../bindings/sdk/index.ts'
import type { GuestHost, GuestVu, Unawaited } from '../sandbox/sandbox.ts'
import type { AgentContext } from './context.ts'
import type { Caller } from './timed-call.ts'
import type { Origin } from './op-record.ts'

/** A VU's waits and calls in flight all listen to its one signal, however many they are. */
const newAbort = (): AbortController => {
  const abort = new AbortController()
  setMaxListeners(0, abort.signal)
  return abort
}

const CANCELLED = 'cancelled'

/** At most this many combinations of tags are kept interned per VU; beyond, they are made anew. */
const TAG_SETS_KEPT = 256

export class GuestCalls implements GuestHost, VuHost, Caller {
  readonly #context: AgentContext
  readonly #vuNumber: number
  #vu: GuestVu | undefined
  #phase: GuestPhase = 'init'
  #abort = newAbort()
  #baseTags: Tags = {}
  /** The scenario's, while the script has set none. */
  #ownTags: Tags = {}
  #tags: Tags = {}
  readonly #interned = new Map<string, Tags>()
  #due: number | undefined
  #paced = false
  #counts = true
  #iteration = -1

  constructor(context: AgentContext, vuNumber: number) {
    this.#context = context
    this.#vuNumber = vuNumber
  }

  /**
   * Tells where the VU is: phase, the tags its scenario gives, the due moment of its iteration (in open models alone), the VU's own
   * number of it, and whether it is in the statistics.
   */
  enter(phase: GuestPhase, tags: Tags, due: number | undefined, iteration = -1, counts = true): void {
    this.#phase = phase
    this.#counts = counts
    this.#due = due
    this.#paced = due !== undefined
    this.#iteration = iteration
    if (tags !== this.#baseTags) {
      this.#baseTags = tags
      this.#interned.clear()
      this.#ownTags = Object.isFrozen(tags) ? tags : Object.freeze({ ...tags })
    }
    this.#tags = this.#ownTags
  }

  attach(vu: GuestVu): void { this.#vu = vu }

  /** Cancels what the VU has in flight. */
  cancel(): void {
    // With a reason of its own: without one an exception with a stack is made each time.
    this.#abort.abort(CANCELLED)
    this.#abort = newAbort()
  }

  // GuestHost
  call(vu: GuestVu, id: number, operation: string, args: readonly Json[], options: CallOptions | undefined): Json | undefined {
    this.#vu = vu
    const own = this.#context.operations.get(operation)
    if (own === undefined) {
      this.#store(id, operation, args, options)
      return undefined
    }
    const answer = own(this, args, this.#abort.signal)
    if (!(answer instanceof Promise)) {
      if (id > 0) this.answer(id, true, answer)
      return answer
    }
    answer.then((value) => { this.answer(id, true, value) }, (error: unknown) => {
      this.answer(id, false, { message: error instanceof Error ? error.message : String(error) })
    })
    return undefined
  }

  unawaited(_vu: GuestVu, { operation, stack }: Unawaited): void {
    this.#context.log({
      level: 'warn', source: 'chopsticks', vu: this.#vuNumber, stack,
      text: `${operation} was not awaited: the script can't see whether it failed; its failures still count`,
    })
  }

  #store(id: number, operation: string, args: readonly Json[], options: CallOptions | undefined): void {
    const { dispatcher } = this.#context
    if (id === 0 || !operation.includes('.')) throw new Error(`${operation} is no operation of the host`)
    if (dispatcher === undefined || this.#phase === 'init') {
      this.answer(id, false, { message: `${operation}: storage can't be used in init code; use setup, setupVU or an iteration` })
      return
    }
    if (this.#phase === 'summary') {
      this.answer(id, false, { message: `${operation}: storage can't be used in handleSummary` })
      return
    }
    dispatcher.start(operation, args, options, id, this)
  }

  // Caller
  get signal(): AbortSignal { return this.#abort.signal }
  get tags(): Tags { return this.#tags }
  get paced(): boolean { return this.#paced }
  get measured(): boolean { return this.#phase === 'iteration' && this.#counts }
  origin(): Origin {
    const { scenario = '', group } = this.#tags
    return { phase: this.#phase, scenario, vu: this.#vuNumber, iteration: this.#iteration, group }
  }
  takeDue(): number | undefined {
    const due = this.#due
    this.#due = undefined
    return due
  }
  answer(id: number, ok: boolean, value: Json | undefined): void { this.#vu?.settle(id, ok, value) }
  bug(error: unknown): void { this.#context.bug(error) }

  // VuHost
  get phase(): GuestPhase { return this.#phase }
  now(): number { return this.#context.clock.now() }
  add(metric: string, value: number, tags: Tags | undefined): void {
    if (!this.#counts) return
    this.#context.sink.add(metric, value, tags === undefined ? this.#tags : { ...this.#tags, ...tags })
  }
  declare(name: string, type: 'counter' | 'gauge' | 'rate' | 'trend', contains: 'default' | 'time' | 'data'): void {
    this.#context.sink.declare({ name, type, contains })
  }
  setTags(tags: Tags): void { this.#merge(tags) }
  log(level: 'debug' | 'info' | 'warn' | 'error', text: string): void {
    this.#context.log({ level, text, source: 'console', vu: this.#vuNumber })
  }
  wait(durationMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context
    return until(clock, clock.now() + durationMs, signal)
  }
  end(kind: 'abort' | 'fail', message: string, stack: string): void { this.#context.end(kind, message, stack) }
  checkStore(workload: string, where: Json): void { this.#context.checkStore(workload, where) }
  readFile(path: string, _from: string, binary: boolean): string {
    const content = this.#context.files.read(path)
    return binary ? content : Buffer.from(content, 'base64').toString('utf8')
  }
  sharedItem(name: string, index: number): string | undefined { return this.#context.arrays.item(name, index) }
  sharedLength(name: string): number | undefined { return this.#context.arrays.length(name) }
  shareArray(name: string, items: readonly string[]): void { this.#context.arrays.make(name, items) }

  #merge(tags: Tags): void {
    const key = JSON.stringify(tags)
    let merged = this.#interned.get(key)
    if (merged === undefined) {
      merged = Object.freeze({ ...this.#baseTags, ...tags })
      if (this.#interned.size >= TAG_SETS_KEPT) this.#interned.clear()
      this.#interned.set(key, merged)
    }
    this.#tags = merged
  }
}
