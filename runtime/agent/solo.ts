// Single runs outside the load: first evaluation, setup, teardown, handleSummary, each in a VU of its own that is gone afterwards.
import type { Clock, GuestPhase } from '../../bindings/sdk/index.ts'
import type { Failure, GuestError } from '../link/protocol.ts'
import { openError, type GuestResult, type GuestVu, type Sandbox } from '../sandbox/sandbox.ts'
import type { AgentContext } from './context.ts'
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
  readonly #sandbox: Sandbox
  readonly #context: AgentContext
  readonly #clock: Clock
  #stop: (() => void) | undefined

  constructor(sandbox: Sandbox, context: AgentContext, clock: Clock) {
    this.#sandbox = sandbox
    this.#context = context
    this.#clock = clock
  }

  /** Interrupts the run that is under way, if there is one. */
  stop(): void { this.#stop?.() }

  async run(solo: SoloRun): Promise<SoloEnd> {
    const calls = new GuestCalls(this.#context, 0)
    let vu: GuestVu
    try {
      vu = await this.#sandbox.openVu({ id: 0, seed: solo.seed, env: solo.env, phase: 'init' }, calls)
    } catch (error) {
      const known = openError(error)
      if (known === undefined) throw error
      return { ok: false, failure: { kind: 'script', error: known } }
    }
    try {
      return await this.#within(vu, calls, solo)
    } finally {
      calls.cancel()
      vu[Symbol.dispose]()
    }
  }

  async #within(vu: GuestVu, calls: GuestCalls, solo: SoloRun): Promise<SoloEnd> {
    let timedOut = false
    const interrupt = (): void => { calls.cancel(); vu.interrupt() }
    const timer = this.#clock.at(this.#clock.now() + solo.timeoutMs, () => { timedOut = true; interrupt() })
    this.#stop = interrupt
    calls.attach(vu)
    calls.enter(solo.phase, GROUPS[solo.fn] === '' ? {} : { group: GROUPS[solo.fn] }, undefined)
    const result = await vu.run({
      fn: solo.fn, argText: solo.argText, phase: solo.phase, iteration: -1, info: undefined, env: undefined, wantValue: true,
    })
    timer.cancel()
    this.#stop = undefined
    for (const late of result.lateErrors) this.#context.sink.error(late, '', false)
    return this.#end(result, timedOut, solo)
  }

  #end(result: GuestResult, timedOut: boolean, solo: SoloRun): SoloEnd {
    if (result.ok) return { ok: true, valueText: result.valueText }
    if (timedOut) return { ok: false, failure: { kind: 'timeout', afterMs: solo.timeoutMs } }
    const error: GuestError = result.error
    return { ok: false, failure: { kind: 'script', error } }
  }
}
