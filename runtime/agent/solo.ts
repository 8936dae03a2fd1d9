// Single runs outside the load: first evaluation, setup, teardown, handleSummary, each in a VU of its own that is gone afterwards.
import type { Clock, GuestPhase, Timer } from '../../bindings/sdk/index.ts'
import type { Failure, GuestError } from '../link/protocol.ts'
import { openError, type GuestResult, type GuestVu } from '../sandbox/sandbox.ts'
import type { AgentContext, VuMaker } from './context.ts'
import { GuestCalls } from './guest-calls.ts'

export interface SoloRun {
  readonly fn: 'setup' | 'teardown' | 'handleSummary'
  readonly phase: GuestPhase
  readonly argText: string | undefined
  readonly timeoutMs: number
  readonly seed: number
  readonly env: Readonly<Record<string, string>>
}

/** How a single run ended: a value (JSON text), or why there is none. */
export type SoloEnd = { readonly ok: true; readonly valueText: string | undefined } | { readonly ok: false; readonly failure: Failure }

const GROUPS = { setup: '::setup', teardown: '::teardown', handleSummary: '' } as const

/** Runs one exported function once, in time; a run that is stopped from outside ends as its timeout would. */
export class Solo {
  readonly #sandbox: VuMaker
  readonly #context: AgentContext
  readonly #clock: Clock
  #stop: (() => void) | undefined

  constructor(sandbox: VuMaker, context: AgentContext, clock: Clock) {
    this.#sandbox = sandbox
    this.#context = context
    this.#clock = clock
  }

  /** Interrupts the run that is under way, if there is one. */
  stop(): void { this.#stop?.() }

  async run(solo: SoloRun): Promise<SoloEnd> {
    const calls = new GuestCalls(this.#context, 0)
    const state: { vu?: GuestVu; timedOut: boolean; over: boolean } = { timedOut: false, over: false }
    let timer: Timer | undefined
    // Init code can't be interrupted: a VU that is not open yet is not waited for.
    const givenUp = new Promise<undefined>((resolve) => {
      const giveUp = (): void => {
        state.over = true
        calls.cancel()
        state.vu?.interrupt()
        resolve(undefined)
      }
      timer = this.#clock.at(this.#clock.now() + solo.timeoutMs, () => { state.timedOut = true; giveUp() })
      this.#stop = giveUp
    })
    const opening = this.#sandbox.openVu({ id: 0, seed: solo.seed, env: solo.env, phase: 'init' }, calls)
    try {
      const vu = await Promise.race([opening, givenUp])
      if (vu === undefined || state.over) {
        opening.then((late) => { late[Symbol.dispose]() }, () => { return })
        return this.#end({ ok: false, error: STOPPED, lateErrors: [] }, state.timedOut, solo)
      }
      state.vu = vu
      return this.#end(await this.#call(vu, calls, solo), state.timedOut, solo)
    } catch (error) {
      const known = openError(error)
      if (known === undefined) throw error
      return { ok: false, failure: { kind: 'script', error: known } }
    } finally {
      timer?.cancel()
      this.#stop = undefined
      calls.cancel()
      state.vu?.[Symbol.dispose]()
    }
  }

  async #call(vu: GuestVu, calls: GuestCalls, solo: SoloRun): Promise<GuestResult> {
    calls.attach(vu)
    calls.enter(solo.phase, GROUPS[solo.fn] === '' ? {} : { group: GROUPS[solo.fn] }, undefined)
    const result = await vu.run({
      fn: solo.fn, argText: solo.argText, phase: solo.phase, iteration: -1, scenario: undefined, info: undefined, env: undefined,
      wantValue: true,
    })
    for (const late of result.lateErrors) this.#context.sink.error(late, '', false)
    return result
  }

  #end(result: GuestResult, timedOut: boolean, solo: SoloRun): SoloEnd {
    if (result.ok) return { ok: true, valueText: result.valueText }
    if (timedOut) return { ok: false, failure: { kind: 'timeout', afterMs: solo.timeoutMs } }
    return { ok: false, failure: { kind: 'script', error: result.error } }
  }
}

/** How a run ends that was stopped before its function was called. */
export const STOPPED: GuestError = { kind: 'interrupted', name: 'Interrupted', message: 'it was stopped before it began', stack: '' }
