// What a target says about how long operations may take and when they are tried again, put around its session.
import {
  StorageError, until, type Call, type Clock, type Json, type Outcome, type Random, type Session,
} from '../sdk/index.ts'
import { Around } from './around.ts'
import type { RetrySettings, S3Settings } from './settings.ts'

/** Gives operations their time by name, where the script gave them none. */
export class TimedByName extends Around {
  readonly #timeoutsMs: S3Settings['timeoutsMs']
  constructor(within: Session, timeoutsMs: S3Settings['timeoutsMs']) {
    super(within)
    this.#timeoutsMs = timeoutsMs
  }
  run(op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    const timeoutMs = call.timeoutMs > 0 || !Object.hasOwn(this.#timeoutsMs, op) ? undefined : this.#timeoutsMs[op]
    if (timeoutMs === undefined) return this.within.run(op, args, call)
    return this.within.run(op, args, { signal: call.signal, timeoutMs, mark: (phase) => { call.mark(phase) } })
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

  async run(op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    const { max, on, backoffMs } = this.#settings
    for (let retry = 0; ; retry++) {
      try {
        return await this.within.run(op, args, call)
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
