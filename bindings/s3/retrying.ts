// What a target says about how long operations may take and when they are tried again, put around its session.
import {
  StorageError, until, type Call, type Clock, type Json, type Outcome, type Random, type Session,
} from '../sdk/index.ts'
import { Around } from './around.ts'
import { COMPOSITES } from './operation-names.ts'
import type { RetrySettings, S3Settings } from './settings.ts'

type Run = (call: Call) => Promise<Outcome>

/** The call of an operation made of steps, each of which is done in a way of its own. */
const stepwise = (call: Call, each: (op: string, run: Run, step: Call) => Promise<Outcome>): Call => ({
  signal: call.signal, timeoutMs: call.timeoutMs, mark: (phase) => { call.mark(phase) },
  step: (op, run) => call.step === undefined ? each(op, run, call) : call.step(op, (step) => each(op, run, step)),
})

/** The call with this limit, where it is one. */
const timed = (call: Call, timeoutMs: number | undefined): Call =>
  timeoutMs === undefined ? call : { signal: call.signal, timeoutMs, mark: (phase) => { call.mark(phase) } }

/** Gives operations their time by name, where the script gave them none. */
export class TimedByName extends Around {
  readonly #timeoutsMs: S3Settings['timeoutsMs']
  constructor(within: Session, timeoutsMs: S3Settings['timeoutsMs']) {
    super(within)
    this.#timeoutsMs = timeoutsMs
  }
  run(op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    if (COMPOSITES.has(op)) {
      return this.within.run(op, args, stepwise(call, (name, run, step) => run(timed(step, this.#limitOf(name, step)))))
    }
    return this.within.run(op, args, timed(call, this.#limitOf(op, call)))
  }
  #limitOf(op: string, { timeoutMs }: Call): number | undefined {
    return timeoutMs > 0 || !Object.hasOwn(this.#timeoutsMs, op) ? undefined : this.#timeoutsMs[op]
  }
}

/** The longest wait between two attempts. */
const BACKOFF_MAX_MS = 20_000

/** Tries failed operations again. The caller hears of each retry by a mark; what is thrown is the last attempt's error. */
export class Retrying extends Around {
  readonly #settings: RetrySettings
  readonly #clock: Clock
  readonly #random: Random
  constructor(within: Session, settings: RetrySettings, clock: Clock, random: Random) {
    super(within)
    this.#settings = settings
    this.#clock = clock
    this.#random = random
  }

  run(op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    if (!COMPOSITES.has(op)) return this.#patiently((again) => this.within.run(op, args, again), call)
    return this.within.run(op, args, stepwise(call, (_name, run, step) => this.#patiently(run, step)))
  }

  async #patiently(run: Run, call: Call): Promise<Outcome> {
    const { max, on, backoffMs } = this.#settings
    for (let retry = 0; ; retry++) {
      try {
        return await run(call)
      } catch (error) {
        if (!(error instanceof StorageError) || retry >= max || !on.has(error.code)) throw error
        const fullMs = Math.min(backoffMs * 2 ** retry, BACKOFF_MAX_MS)
        await until(this.#clock, this.#clock.now() + fullMs * (0.5 + this.#random.fraction() / 2), call.signal)
        if (call.signal.aborted) throw error
        call.mark('retry')
      }
    }
  }
}
