// One VU: what it is running, what it waits for, how it ends.
import type { Json } from '../../bindings/sdk/index.ts'
import type { JSValuePointer } from 'quickjs-emscripten'
import { MAIL, STATE } from './border.ts'
import { Chance } from './chance.ts'
import type { GuestError, GuestHost, GuestResult, GuestVu, RunRequest, SandboxOptions, Unawaited, VuOptions } from './contract.ts'
import type { Engine, Resident } from './engine.ts'
import {
  evictedError, interruptedError, memoryError, moduleError, noFunctionError, noKernelError, OpenError, sliceError, stuckError,
} from './errors.ts'
import { GuestContext } from './guest-context.ts'
import { Inbox } from './inbox.ts'
import { Outbox } from './outbox.ts'
import { Run } from './run.ts'
import { INIT } from './running.ts'
import { NoRoomError } from './quickjs.ts'
import type { Deliverer, Turn } from './turn.ts'

export interface VuParts {
  readonly engine: Engine
  readonly limits: Required<Pick<SandboxOptions, 'bundle' | 'memoryLimitBytes' | 'sliceLimitMs' | 'initLimitMs' | 'stackSizeBytes'>> & {
    readonly intrinsics: number
  }
  readonly options: VuOptions
  readonly host: GuestHost
  readonly turn: Turn
  /** Where the VU's call ids start: an answer meant for another VU of this sandbox finds no call of this one's. */
  readonly serial: number
  /** One copy of each operation's name for all VUs. */
  readonly names: Map<string, string>
  /** True the first time anything unawaited is told of this place. */
  readonly isNews: (what: Unawaited) => boolean
  /** After each entry: the VU's heap is measured. */
  readonly onEntered: (vu: Vu) => void
  /** The VU is broken or disposed of. */
  readonly onGone: (vu: Vu) => void
}

export class Vu implements GuestVu, Resident, Deliverer {
  readonly id: number
  readonly #o: VuParts
  readonly #guest: GuestContext
  readonly #inbox: Inbox
  readonly #outbox: Outbox
  #functions: readonly string[] = []
  #broken: GuestError | undefined
  #opening: { readonly resolve: () => void; readonly reject: (error: OpenError) => void } | undefined
  #run: Run | undefined
  #waitsForTurn = false
  #disposed = false
  #argText: string | undefined
  #env: RunRequest['env']

  /** Throws NoRoomError when the engine has no memory for it. */
  constructor(parts: VuParts) {
    const { engine, limits, options } = parts
    this.id = options.id
    this.#o = parts
    const settings = JSON.stringify({ vu: options.id, env: options.env, serial: parts.serial })
    this.#guest = new GuestContext(engine, { ...limits, settings })
    const chance = new Chance(options.seed, options.id)
    this.#inbox = new Inbox({
      vu: this, guest: this.#guest, host: parts.host, names: parts.names, isNews: parts.isNews,
      info: () => this.#run?.request.info?.(), chance,
    })
    this.#outbox = new Outbox(this.#guest, chance)
    engine.residents.add(this)
  }

  get functions(): readonly string[] { return this.#functions }
  get broken(): GuestError | undefined { return this.#broken }
  get heapBytes(): number { return this.#guest.heapBytes }
  get engine(): Engine { return this.#o.engine }
  get options(): Json { return JSON.parse(this.#broken === undefined ? this.#guest.text('options') ?? 'null' : 'null') as Json }

  /** Evaluates the bundle; resolves when its init code has ended. Rejects with OpenError. */
  evaluate(): Promise<void> {
    const { bundle } = this.#o.limits
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject }
      this.#enter(() => {
        this.#guest.put(MAIL.state, STATE.running)
        this.#outbox.writePlace(undefined, -1, this.#o.options.phase)
        return this.#guest.evaluate(bundle.code, bundle.name) ?? (this.#guest.takeWays() ? undefined : noKernelError)
      })
    })
  }

  run(request: RunRequest): Promise<GuestResult> {
    if (this.#run !== undefined) throw new Error(`VU ${this.id} is running ${this.#run.request.fn} already`)
    return new Promise((resolve) => {
      const run = new Run(request, resolve)
      this.#run = run
      if (this.#broken !== undefined) this.#end({ ok: false, error: this.#broken, lateErrors: [] })
      else if (this.#o.engine.busy || this.#o.turn.isSpent) this.#awaitTurn()
      else this.#start(run)
    })
  }

  settle(id: number, ok: boolean, value: Json | undefined): void {
    if (this.#broken !== undefined) return
    this.#outbox.add(id, ok, value)
    this.#awaitTurn()
  }

  interrupt(): void {
    if (this.#opening !== undefined) { this[Symbol.dispose](); return }
    const run = this.#run
    if (run === undefined || run.result !== undefined) return
    run.interrupted = true
    if (this.#o.engine.busy) this.#awaitTurn()
    else this.#interrupt()
  }

  /** The end of a turn: what waited for it is done now. */
  deliver(): void {
    this.#waitsForTurn = false
    if (this.#disposed) this.#break(interruptedError)
    const run = this.#run
    if (run?.result !== undefined) this.#end(run.result)
    else if (run?.interrupted === true) this.#interrupt()
    else if (run?.started === false) this.#start(run)
    if (this.#outbox.waiting && this.#broken === undefined) this.#enter(this.#deliverAnswers)
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    if (this.#o.engine.busy) this.#awaitTurn()
    else this.#break(interruptedError)
  }

  lost(culprit: number, reason: string): void { this.#break(moduleError(culprit, reason)) }

  /** Takes the VU out of a module that has hardly room left for the others. */
  evict(): void { this.#break(evictedError) }

  rejected(promise: bigint, reason: bigint, isHandled: boolean): void { this.#guest.rejected(promise, reason, isHandled) }

  posted(argc: number, argv: JSValuePointer): number { return this.#inbox.posted(argc, argv) }

  #awaitTurn(): void {
    if (this.#waitsForTurn) return
    this.#waitsForTurn = true
    this.#o.turn.await(this)
  }

  readonly #deliverAnswers = (): GuestError | undefined => this.#outbox.deliver()

  #start(run: Run): void {
    const { request } = run
    run.begin(this.#functions.indexOf(request.fn))
    if (run.index < 0) { this.#end({ ok: false, error: noFunctionError(request.fn), lateErrors: [] }); return }
    this.#enter(() => {
      const guest = this.#guest
      if (request.env !== this.#env) {
        this.#env = request.env
        const thrown = guest.call('env', request.env === undefined ? undefined : JSON.stringify(request.env))
        if (thrown !== undefined) return thrown
      }
      const isNew = request.argText !== this.#argText && request.argText !== undefined
      if (isNew) this.#argText = request.argText
      this.#outbox.writeRun(request, run.index)
      guest.put(MAIL.state, STATE.running)
      const error = guest.run(isNew ? request.argText : undefined)
      if (error !== undefined) this.#threw(run, error)
      return undefined
    })
  }

  /** One entry: a step of the kernel's, promise jobs, notes, and what is over is over. */
  #enter(step: () => GuestError | undefined): void {
    const { engine, limits } = this.#o
    const guest = this.#guest
    let thrown: GuestError | undefined
    let result: GuestResult | undefined
    let denied = false
    engine.begin(this, this.#opening === undefined ? limits.sliceLimitMs : limits.initLimitMs, this.#run?.index ?? INIT)
    try {
      thrown = step()
      if (thrown === undefined) {
        guest.runJobs()
        if (guest.get(MAIL.noted) !== 0) thrown = guest.call('flush', undefined)
        if (this.#opening === undefined) result = this.#resultIfOver()
        else thrown ??= this.#openIfEvaluated()
      }
      denied = guest.measureHeap()
    } catch (error) {
      if (error instanceof NoRoomError) denied = true
      else engine.condemn(this, error)
    } finally {
      engine.end()
    }
    if (this.#broken !== undefined) return
    const stack = thrown?.stack ?? this.#run?.error?.stack ?? ''
    if (engine.overran) this.#break(sliceError(this.#what, engine.limitMs, stack))
    else if (denied) this.#break(memoryError(this.#what, limits.memoryLimitBytes, stack))
    else if (thrown !== undefined) this.#break(thrown)
    else if (result !== undefined) this.#end(result)
    if (this.broken === undefined) this.#o.onEntered(this)
  }

  get #what(): string { return this.#run === undefined ? 'init code' : `${this.#run.request.fn}()` }

  #openIfEvaluated(): GuestError | undefined {
    const evaluation = this.#guest.evaluation()
    if (evaluation === 'pending') return this.#guest.get(MAIL.pending) > 0 || this.#outbox.waiting ? undefined : stuckError('init code')
    if (evaluation !== 'done') return evaluation
    if (this.#guest.anyRejected) {
      const [lost] = this.#guest.takeRejected(new Set())
      if (lost !== undefined) return lost
    }
    const functions = this.#guest.text('functions')
    if (functions === undefined) return noKernelError
    this.#functions = functions.split('\n').slice(0, -1)
    this.#guest.put(MAIL.state, STATE.idle)
    this.#opening?.resolve()
    this.#opening = undefined
    return undefined
  }

  #resultIfOver(): GuestResult | undefined {
    const guest = this.#guest
    const run = this.#run
    if (run?.started !== true || run.interrupted || run.result !== undefined) return undefined
    if (guest.get(MAIL.state) === STATE.running && !this.#functionEnded(run)) return undefined
    if (guest.get(MAIL.pending) > 0) return undefined
    let { error } = run
    let valueText: string | undefined
    if (error === undefined && run.request.wantValue === true) {
      const value = guest.returnedText()
      if ('kind' in value) error = { ...value, message: `${this.#what} returned what can't be written as JSON: ${value.message}` }
      else valueText = value.text
    }
    guest.endRun()
    if (guest.get(MAIL.left) !== 0 || guest.anyRejected) this.#inbox.takeLeft()
    const lateErrors = this.#inbox.takeLate()
    return error === undefined ? { ok: true, valueText, lateErrors } : { ok: false, error, lateErrors }
  }

  /** Looks whether the function of the run has ended, and what that means; false while it goes on. */
  #functionEnded(run: Run): boolean {
    const guest = this.#guest
    const stands = guest.running()
    if (stands === 'pending') {
      if (guest.get(MAIL.pending) > 0 || this.#outbox.waiting) return false
      this.#threw(run, guest.call('drop', undefined) ?? stuckError(this.#what))
    } else if (stands !== 'done') this.#threw(run, stands)
    else {
      guest.put(MAIL.state, STATE.returned)
      if (guest.get(MAIL.pending) > 0) run.error = guest.call('returned', undefined)
    }
    return true
  }

  #threw(run: Run, error: GuestError): void {
    run.error = error
    this.#guest.put(MAIL.state, STATE.threw)
  }

  #interrupt(): void {
    this.#enter(() => {
      this.#guest.endRun()
      return this.#guest.call('drop', undefined)
    })
    if (this.#broken === undefined) this.#end({ ok: false, error: interruptedError, lateErrors: this.#inbox.takeLate() })
  }

  /** Hands the result over, in a delivery at once, else at the end of the turn. */
  #end(result: GuestResult): void {
    const run = this.#run
    if (run === undefined) return
    run.result = result
    if (!this.#o.turn.isNow) {
      this.#awaitTurn()
      return
    }
    this.#run = undefined
    run.resolve(result)
  }

  /** The VU is gone: everything that waits for it hears why, and its memory is given back. */
  #break(reason: GuestError): void {
    if (this.#broken !== undefined) return
    this.#broken = reason
    const { engine } = this.#o
    this.#outbox.drop()
    engine.residents.delete(this)
    this.#o.onGone(this)
    try {
      this.#guest[Symbol.dispose]()
    } catch (error) {
      engine.condemn(this, error)
    }
    const lateErrors = this.#inbox.takeLate()
    if (this.#run !== undefined && this.#run.result === undefined) this.#end({ ok: false, error: reason, lateErrors })
    this.#opening?.reject(new OpenError(reason))
    this.#opening = undefined
  }
}
