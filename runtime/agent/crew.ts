// All VUs of a shard together: opened before the load and left after it, in time and with pauses in which the agent can be heard.
import { until, type Clock, type Timer } from '../../bindings/sdk/index.ts'
import type { Failure, GuestError } from '../link/protocol.ts'
import { NoRoomError } from '../sandbox/sandbox.ts'
import { openingError, type Seat } from './seat.ts'

/** The event loop breathes this often while one VU after the other is entered. */
const BREATH_MS = 20
/** How long VUs that were interrupted have to end. Init code can't be interrupted: what it has not ended by then is left behind. */
const END_MS = 1000

export class Crew {
  readonly seats: readonly Seat[]
  readonly #clock: Clock
  readonly #first: ReadonlySet<number> | undefined
  #stopped = false
  #giveUp: (() => void) | undefined
  #ending: Timer | undefined

  /** `first`: the numbers of the seats whose VUs are opened before the load; the others open when they are first used. Default: all. */
  constructor(seats: readonly Seat[], clock: Clock, first?: ReadonlySet<number>) {
    this.seats = seats
    this.#clock = clock
    this.#first = first
  }

  /** Opens every VU that is there from the start; the reason why not, if it failed. Ended early by `stop` it leaves VUs unopened. */
  async open(timeoutMs: number): Promise<Failure | undefined> {
    const limit = { passed: false }
    const timer = this.#clock.at(this.#clock.now() + timeoutMs, () => { limit.passed = true; this.stop() })
    const failed: { first?: { readonly error: unknown } } = {}
    const givenUp = new Promise<void>((resolve) => { this.#giveUp = resolve })
    const opening = this.#each(async (seat) => {
      if (this.#first?.has(seat.number) === false) return
      try {
        await seat.open()
      } catch (error) {
        failed.first ??= { error }
        this.stop()
      }
    })
    await Promise.race([opening, givenUp])
    timer.cancel()
    this.#ending?.cancel()
    if (limit.passed) return { kind: 'timeout', afterMs: timeoutMs }
    return failed.first === undefined ? undefined : failureOf(failed.first.error)
  }

  /** Interrupts what is being opened; nothing more is begun. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    for (const seat of this.seats) seat.interruptHook()
    this.#ending = this.#clock.at(this.#clock.now() + END_MS, () => { this.#giveUp?.() })
  }

  /** Runs `teardownVU` in every VU that is open; what it threw, or that it took too long. */
  async leave(timeoutMs: number): Promise<Failure | { readonly errors: readonly GuestError[] }> {
    const errors: GuestError[] = []
    const limit = { passed: false }
    this.#stopped = false
    const timer = this.#clock.at(this.#clock.now() + timeoutMs, () => {
      limit.passed = true
      this.#stopped = true
      for (const seat of this.seats) seat.interruptHook()
    })
    try {
      await this.#each(async (seat) => {
        const error = await seat.tearDown()
        if (error !== undefined) errors.push(error)
      })
    } finally {
      timer.cancel()
      this.dispose()
    }
    return limit.passed ? { kind: 'timeout', afterMs: timeoutMs } : { errors }
  }

  dispose(): void { for (const seat of this.seats) seat.dispose() }

  /** Begins the work in one seat after the other until stopped; resolves when all that was begun has ended. */
  async #each(work: (seat: Seat) => Promise<void>): Promise<void> {
    const begun: Promise<void>[] = []
    let breathMs = this.#clock.now()
    for (const seat of this.seats) {
      if (this.#stopped) break
      const working = work(seat)
      // Awaited below; until then its failure must not count as unhandled.
      working.catch(() => { return })
      begun.push(working)
      if (this.#clock.now() - breathMs > BREATH_MS) {
        await until(this.#clock, this.#clock.now())
        breathMs = this.#clock.now()
      }
    }
    await Promise.all(begun)
  }
}

/** The failure an error thrown while opening a VU stands for; bugs are thrown on. */
function failureOf(error: unknown): Failure {
  if (error instanceof NoRoomError) return { kind: 'config', message: error.message }
  const known = openingError(error)
  if (known === undefined) throw error
  return { kind: 'script', error: known }
}
