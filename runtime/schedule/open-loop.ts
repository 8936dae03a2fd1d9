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
 * How long VUs are made without a pause, ms: each takes a millisecond or more in which nothing else is done, and those made in one go
 * make others late, for which more would be made. Between two goes what has ended sets its VU free.
 */
const MAKING_MS = 2

/** An iteration that was due and waits for a VU to be made. */
interface Waiting { readonly number: number; readonly dueMs: number }

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
  /** Late iterations that would be dropped could no VU be made: never more than can be. */
  readonly #waiting: Waiting[] = []
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
      const { taken } = this.#arrivals
      this.#drop(this.#due.countTo(Infinity) - taken)
    } else if (this.#isQueue) this.#due.countTo(clock.now())
    this.#drop(this.#waiting.length)
    this.#waiting.length = 0
    this.#over = true
    this.#timer?.cancel()
    this.#settle()
  }

  /**
   * Sees to everything that is due, in one go. What finds no idle VU is looked at once more, a turn of the event loop later: an iteration
   * that has all but ended sets its VU free by then, and after a stall many are due at once that a few VUs can do. Only then is a VU made,
   * and no more at a time than the load can bear; what waits for that takes a VU that is free sooner.
   */
  #pump(): void {
    const { clock } = this.#o
    this.#timer?.cancel()
    const nowMs = clock.now()
    const make = (): Worker | undefined => clock.now() - nowMs < MAKING_MS ? this.#pool.make() : undefined
    this.#beginWaiting(make)
    let dropped = 0
    let { dueMs } = this.#arrivals
    for (; dueMs <= nowMs; { dueMs } = this.#arrivals) {
      const isSecondLook = dueMs <= this.#lookedMs
      const worker = this.#pool.take() ?? (isSecondLook ? make() : undefined)
      if (worker === undefined) {
        if (!isSecondLook) break
        const mayWait = this.#waiting.length < this.#pool.unmade
        if (mayWait || this.#isQueue) this.#shortMs = nowMs
        // Late iterations stay where they are until a VU is free, which pumps again.
        if (this.#isQueue) break
        const number = this.#arrivals.take()
        if (mayWait) this.#waiting.push({ number, dueMs })
        else dropped++
      } else this.#begin(worker, this.#arrivals.take(), dueMs)
    }
    this.#drop(dropped)
    const isLate = dueMs <= this.#lookedMs
    this.#lookedMs = Math.max(this.#lookedMs, nowMs)
    const goesOnMaking = this.#waiting.length > 0 || (isLate && this.#pool.unmade > 0)
    if (goesOnMaking || (!isLate && dueMs < Infinity)) {
      this.#timer = clock.at(goesOnMaking ? nowMs : Math.max(dueMs, nowMs), () => { this.#pump() })
    }
  }

  /** Begins what waits, the first due first, on VUs that are idle or that `make` makes. */
  #beginWaiting(make: () => Worker | undefined): void {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      const worker = this.#pool.take() ?? make()
      if (worker === undefined) return
      this.#waiting.shift()
      this.#begin(worker, first.number, first.dueMs)
    }
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
    if (this.#waiting.length === 0 && this.#arrivals.dueMs > nowMs) return
    if (this.#isQueue) this.#pump()
    else this.#beginDue(nowMs)
  }

  /**
   * Begins what is due as far as VUs are idle, sooner than the timer comes round, which is a millisecond's at best. What finds none is
   * left to the timer: whether it is late is not decided here.
   */
  #beginDue(nowMs: number): void {
    this.#beginWaiting(() => undefined)
    for (let { dueMs } = this.#arrivals; dueMs <= nowMs; { dueMs } = this.#arrivals) {
      const worker = this.#pool.take()
      if (worker === undefined) return
      this.#begin(worker, this.#arrivals.take(), dueMs)
    }
  }

  get #isQueue(): boolean { return this.#o.scenario.late === 'queue' }

  #drop(count: number): void { if (count > 0) this.#o.onDropped(count) }

  #settle(): void { if (this.#over && this.#o.iterations.running === 0) this.#allEnded() }
}
