// One VU of a shard: its sandbox, opened when needed and rebuilt when broken, and what each of its iterations left behind.
import type { Clock, Tags } from '../../bindings/sdk/index.ts'
import type { GuestError } from '../link/protocol.ts'
import type { Scenario } from '../plan/plan.ts'
import { NoRoomError, openError, type GuestResult, type GuestVu, type IterationInfo } from '../sandbox/sandbox.ts'
import type { IterationEnd, IterationRequest, Vu } from '../schedule/vu.ts'
import type { AgentContext } from './context.ts'
import { GuestCalls } from './guest-calls.ts'
import type { Rebuilds } from './rebuilds.ts'

/** What a seat needs to know of a scenario each time it runs for it. */
export interface SeatScenario {
  readonly scenario: Scenario
  /** Run tags aside: scenario name, the scenario's own tags, and what the iteration is: the same object for the same ones. */
  tagsOf(request: IterationRequest): Tags
  info(request: IterationRequest, seatNumber: number): IterationInfo
}

export interface SeatOptions {
  readonly number: number
  readonly context: AgentContext
  readonly clock: Clock
  readonly rebuilds: Rebuilds
  readonly open: (calls: GuestCalls) => Promise<GuestVu>
  readonly scenarios: ReadonlyMap<string, SeatScenario>
  /** What setup returned, JSON text. */
  readonly data: string | undefined
  /** True once test.abort() was called: what ends by it is not the script's failure. */
  readonly aborted: () => boolean
  /** Told once, when it has a sandbox for the first time. */
  readonly made: () => void
}

export class Seat implements Vu {
  readonly #o: SeatOptions
  #calls: GuestCalls
  #vu: GuestVu | undefined
  #breaks = 0
  /** How long the last iteration took, ms. */
  #spentMs = 0
  #interrupted = false
  #running = false
  #made = false
  #current: { readonly request: IterationRequest; readonly of: SeatScenario } | undefined

  constructor(options: SeatOptions) {
    this.#o = options
    this.#calls = new GuestCalls(options.context, options.number + 1)
  }

  get number(): number { return this.#o.number }

  /** Opens the sandbox: init code, then the script's `setupVU`. Rejects with what `openingError` can read. */
  async open(): Promise<void> {
    // What the VU before began may still be answered: that must reach nobody any more.
    const calls = new GuestCalls(this.#o.context, this.#o.number + 1)
    this.#calls = calls
    const vu = await this.#o.open(calls)
    calls.attach(vu)
    this.#vu = vu
    if (!this.#made) this.#o.made()
    this.#made = true
    // Init code can't be interrupted: what was asked for meanwhile is done now.
    const error = this.#interrupted ? STOPPED
      : vu.functions.includes('setupVU') ? await this.#hook('setupVU', 'setup') : undefined
    if (error === undefined) return
    this.#drop()
    throw new HookError('setupVU', error)
  }

  /** Runs the script's `teardownVU`, if it has one; the error it threw, if it did. */
  async tearDown(): Promise<GuestError | undefined> {
    const vu = this.#vu
    if (vu === undefined || vu.broken !== undefined || !vu.functions.includes('teardownVU')) return undefined
    return this.#hook('teardownVU', 'teardown')
  }

  run(request: IterationRequest): Promise<IterationEnd> {
    this.#interrupted = false
    this.#running = true
    const of = this.#o.scenarios.get(request.scenario)
    if (of === undefined) return Promise.resolve(this.#failed(new Error(`no scenario is called ${request.scenario}`)))
    const vu = this.#vu
    if (vu !== undefined && vu.broken === undefined) return this.#iterate(vu, request, of)
    return this.#reopen(request, of).catch(this.#failed)
  }

  /** A bug of ours. */
  readonly #failed = (error: unknown): IterationEnd => {
    this.#running = false
    this.#o.context.bug(error)
    return 'interrupted'
  }

  interrupt(): void {
    if (!this.#running) return
    this.#interrupted = true
    this.#calls.cancel()
    this.#vu?.interrupt()
  }

  /** Ends a hook (setupVU, teardownVU) that takes too long, and what is being opened as soon as that can be ended. */
  interruptHook(): void {
    this.#interrupted = true
    this.#calls.cancel()
    this.#vu?.interrupt()
  }

  dispose(): void {
    this.#interrupted = true
    this.#drop()
  }

  #drop(): void {
    this.#calls.cancel()
    this.#vu?.[Symbol.dispose]()
    this.#vu = undefined
  }

  /** Opens the VU anew, then runs the iteration. */
  async #reopen(request: IterationRequest, of: SeatScenario): Promise<IterationEnd> {
    const failure = await this.#rebuild()
    const vu = this.#vu
    if (!this.#gaveUp() && failure === undefined && vu !== undefined) return this.#iterate(vu, request, of)
    this.#running = false
    if (this.#gaveUp() || failure === undefined) return 'interrupted'
    const nowMs = this.#o.clock.now()
    return this.#ended(failure, nowMs, nowMs, request, of.tagsOf(request))
  }

  // One wait an iteration, and no more: this runs for every iteration there is.
  #iterate(vu: GuestVu, request: IterationRequest, of: SeatScenario): Promise<IterationEnd> {
    const { clock, data } = this.#o
    const startedMs = clock.now()
    const tags = of.tagsOf(request)
    this.#current = { request, of }
    this.#calls.enter('iteration', tags, request.paced ? request.dueMs : undefined, request.numberOfVu, request.measured)
    return vu.run({
      fn: request.exec, argText: data, phase: 'iteration', iteration: request.numberOfVu, env: of.scenario.env,
      scenario: request.scenario, info: this.#info,
    }).then((result) => {
      try {
        return this.#finished(vu, result, startedMs, request, tags)
      } catch (error) {
        return this.#failed(error)
      }
    })
  }

  #finished(vu: GuestVu, result: GuestResult, startedMs: number, request: IterationRequest, tags: Tags): IterationEnd {
    const { clock, context } = this.#o
    const endedMs = clock.now()
    this.#running = false
    // A VU that broke waits for nothing any more: what it has in flight is no load that a living VU would make.
    if (vu.broken !== undefined) this.#calls.cancel()
    for (const late of result.lateErrors) context.sink.error(late, request.scenario, false)
    if (this.#gaveUp() || this.#o.aborted()) return 'interrupted'
    return this.#ended(result.ok ? undefined : result.error, startedMs, endedMs, request, tags)
  }

  readonly #info = (): IterationInfo => {
    if (this.#current === undefined) throw new Error('only an iteration has information')
    return this.#current.of.info(this.#current.request, this.#o.number)
  }

  /** Asked anew after each wait: the schedule may have interrupted the iteration meanwhile. */
  #gaveUp(): boolean { return this.#interrupted }

  #ended(error: GuestError | undefined, startedMs: number, endedMs: number, request: IterationRequest, tags: Tags): IterationEnd {
    const { sink } = this.#o.context
    this.#spentMs = endedMs - startedMs
    if (this.#vu !== undefined && this.#vu.broken === undefined) this.#breaks = 0
    if (request.measured) {
      sink.add('iterations', 1, tags)
      sink.add('iteration_duration', endedMs - startedMs, tags)
      sink.add('iteration_response', endedMs - request.dueMs, tags)
      sink.add('iterations_failed', error === undefined ? 0 : 1, tags)
    }
    if (error === undefined) return 'done'
    sink.error(error, request.scenario, true)
    return 'failed'
  }

  /** Makes sure there is a sandbox that can run; the error that stopped it from being opened, if there is one. */
  async #rebuild(): Promise<GuestError | undefined> {
    this.#drop()
    if (this.#made) await this.#pause(this.#o.rebuilds.pauseMs(this.#o.clock.now(), this.#breaks++, this.#spentMs))
    if (this.#gaveUp()) return undefined
    try {
      await this.open()
      return undefined
    } catch (error) {
      const known = openingError(error)
      if (known === undefined) throw error
      return known
    }
  }

  /** Waits, unless interrupted sooner. */
  #pause(durationMs: number): Promise<void> {
    return this.#calls.wait(durationMs, this.#calls.signal)
  }

  async #hook(fn: 'setupVU' | 'teardownVU', phase: 'setup' | 'teardown'): Promise<GuestError | undefined> {
    const vu = this.#vu
    if (vu === undefined) return undefined
    this.#calls.enter(phase, { group: `::${fn}` }, undefined)
    const result = await vu.run({ fn, argText: this.#o.data, phase, iteration: -1, scenario: undefined, env: undefined, info: undefined })
    for (const late of result.lateErrors) this.#o.context.sink.error(late, '', false)
    return result.ok ? undefined : result.error
  }
}

const STOPPED: GuestError = { kind: 'interrupted', name: 'Interrupted', message: 'it was stopped while its VU was opened', stack: '' }

/** `setupVU` of a VU failed. */
class HookError extends Error {
  readonly error: GuestError
  constructor(hook: string, error: GuestError) {
    super(`${hook}: ${error.message}`)
    this.error = error
  }
}

/** The script's error that kept a VU from being opened; undefined for bugs. */
export function openingError(error: unknown): GuestError | undefined {
  if (error instanceof HookError) return error.error
  if (error instanceof NoRoomError) return { kind: 'memory', name: 'MemoryError', message: error.message, stack: '' }
  return openError(error)
}
