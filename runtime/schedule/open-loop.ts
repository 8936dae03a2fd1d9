// Iterations that are due at moments, whatever those before them do: each goes to a VU that is free, or is late.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'
import { arrivals, type Arrival, type Chance } from '../plan/arrivals.ts'
import { vusMax } from '../plan/load-shape.ts'
import type { ArrivalScenario } from '../plan/plan.ts'
import type { Halt } from './halt.ts'
import type { Iterations, ScenarioSeat, Worker } from './iterations.ts'
import { Pool } from './pool.ts'
import { ownIterations } from './seating.ts'
import type { Work } from './work.ts'

export interface OpenLoopOptions {
  readonly scenario: ArrivalScenario
  readonly seats: readonly ScenarioSeat[]
  readonly clock: Clock
  /** The scenario's start: ms on the clock. */
  readonly startMs: number
  readonly chance: Chance
  readonly iterations: Iterations
  readonly halt: Halt
  /** Iterations for which no VU was free. */
  readonly onDropped: (count: number) => void
}

/**
 * How long iterations are begun, and VUs made for them, before what has come back from the store has its turn, ms. Each beginning takes
 * some of the loop's time, and making a VU a millisecond or more: in one go they would keep answers waiting, and so VUs busy that are
 * done, for which others are put to work or made.
 */
const GO_MS = 2

/** The iterations of a shard in the order in which they are due; the next one can be looked at before it is taken. */
class Arrivals {
  readonly #startMs: number
  readonly #all: Iterator<Arrival, undefined>
  #next: Arrival | undefined
  #taken = 0

  constructor({ scenario, seats, startMs, chance }: Pick<OpenLoopOptions, 'scenario' | 'seats' | 'startMs' | 'chance'>) {
    this.#startMs = startMs
    this.#all = arrivals(scenario, ownIterations(Infinity, vusMax(scenario), seats), chance)
    this.#next = this.#all.next().value
  }

  /** When the next one is due, ms on the clock; Infinity when there is none. */
  get dueMs(): number { return this.#next === undefined ? Infinity : this.#startMs + this.#next.dueNs / 1e6 }
  get taken(): number { return this.#taken }

  take(): number {
    const taken = this.#next
    if (taken === undefined) throw new RangeError('there is no iteration to take')
    this.#next = this.#all.next().value
    this.#taken++
    return taken.number
  }

  /** Takes all that are due by the moment; how many were taken in all. */
  countTo(moment: number): number {
    while (this.#next !== undefined && this.dueMs <= moment) this.take()
    return this.#taken
  }
}

export class OpenLoop implements Work {
  readonly #o: OpenLoopOptions
  readonly #pool: Pool
  readonly #arrivals: Arrivals
  /** What is due by now, begun or not: it runs ahead of `#arrivals` where late iterations wait. */
  readonly #due: Arrivals
  readonly #ended: Promise<void>
  #allEnded: () => void = () => { return }
  #timer: Timer | undefined
  /** What was due by then has been looked at in an earlier turn. */
  #lookedMs = -Infinity
  /** What was due by then waits for a VU, or has waited. */
  #shortMs = -Infinity
  #queued = 0
  #most = 0
  #over = false

  constructor(options: OpenLoopOptions) {
    const { scenario, seats } = options
    this.#o = options
    this.#pool = new Pool(seats, seats.filter(({ position }) => position < scenario.preAllocatedVUs).length)
    this.#arrivals = new Arrivals(options)
    this.#due = scenario.late === 'queue' ? new Arrivals(options) : this.#arrivals
    this.#ended = new Promise((resolve) => { this.#allEnded = resolve })
  }

  get vus(): number { return this.#pool.made }
  get active(): number { return this.#o.iterations.running }
  get most(): number { return this.#most }
  get queued(): number { return this.#queued }
  readonly planned = null
  get offered(): number { return this.#isQueue && !this.#over ? this.#due.countTo(this.#o.clock.now()) : this.#due.taken }

  async run(): Promise<void> {
    this.#pump()
    await this.#ended
  }

  end(): void {
    const { halt, clock } = this.#o
    // Time is over: what is due and can still be begun is, and what can't is missed.
    if (!halt.cutShort) {
      this.#lookedMs = Infinity
      if (clock.now() < halt.hardEndMs) this.#pump()
    }
    const { taken } = this.#arrivals
    const missed = this.#due.countTo(!halt.cutShort ? Infinity : this.#isQueue ? clock.now() : this.#lookedMs) - taken
    // What waits in a scenario that is stopped early need not have been begun by then.
    if (!halt.cutShort || !this.#isQueue) this.#drop(missed)
    this.#over = true
    this.#timer?.cancel()
    this.#settle()
  }

  /**
   * Sees to what is due. What finds no idle VU is looked at once more, a turn of the event loop later: an iteration that has all but ended
   * sets its VU free by then, and after a stall many are due at once that a few VUs can do. Only then is a VU made. What can't be begun
   * in one go is left for the next turn, in which VUs may be free.
   */
  #pump(): void {
    const { clock } = this.#o
    this.#timer?.cancel()
    const nowMs = clock.now()
    let dropped = 0
    let goesOn = false
    let { dueMs } = this.#arrivals
    for (; dueMs <= nowMs && !goesOn; { dueMs } = this.#arrivals) {
      const isSecondLook = dueMs <= this.#lookedMs
      const idle = this.#pool.take()
      const worker = idle ?? (isSecondLook ? this.#pool.make() : undefined)
      // Late iterations stay where they are until a VU is free, which pumps again.
      if (worker === undefined && (!isSecondLook || this.#isQueue)) {
        if (isSecondLook) this.#shortMs = nowMs
        break
      }
      const number = this.#arrivals.take()
      if (worker === undefined) { dropped++; continue }
      this.#begin(worker, number, dueMs)
      goesOn = clock.now() - nowMs >= GO_MS
      if (goesOn && idle === undefined) this.#shortMs = nowMs
    }
    this.#drop(dropped)
    const waits = dueMs <= this.#lookedMs && !goesOn
    this.#lookedMs = Math.max(this.#lookedMs, nowMs)
    if (!waits && dueMs < Infinity) this.#timer = clock.at(Math.max(dueMs, nowMs), () => { this.#pump() })
  }

  #begin(worker: Worker, number: number, dueMs: number): void {
    const { clock, iterations } = this.#o
    if (dueMs <= this.#shortMs) this.#queued++
    const beganMs = clock.now()
    const request = iterations.begin(worker, number, beganMs, dueMs)
    if (iterations.running > this.#most) this.#most = iterations.running
    void worker.seat.vu.run(request).then((end) => {
      const endedMs = clock.now()
      return this.#free(worker, iterations.ended(worker, request, end, beganMs, endedMs), endedMs)
    })
  }

  async #free(worker: Worker, nextMs: number, endedMs: number): Promise<void> {
    const { clock, halt } = this.#o
    let nowMs = endedMs
    if (nextMs > nowMs) {
      await halt.pauseUntil(nextMs)
      nowMs = clock.now()
    }
    if (this.#over) { this.#settle(); return }
    this.#pool.give(worker)
    if (this.#arrivals.dueMs > nowMs) return
    if (this.#isQueue) this.#pump()
    else this.#beginNext()
  }

  /**
   * Begins on a VU that has become idle what is due first, sooner than the timer comes round. What is due besides is left to the timer:
   * whether it is late is not decided here.
   */
  #beginNext(): void {
    const worker = this.#pool.take()
    if (worker === undefined) return
    const { dueMs } = this.#arrivals
    this.#begin(worker, this.#arrivals.take(), dueMs)
  }

  get #isQueue(): boolean { return this.#o.scenario.late === 'queue' }

  #drop(count: number): void { if (count > 0) this.#o.onDropped(count) }

  #settle(): void { if (this.#over && this.#o.iterations.running === 0) this.#allEnded() }
}
