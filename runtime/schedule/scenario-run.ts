// One scenario in one shard, from waiting to done: starts iterations on its VUs, stops them in time, counts them.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'
import type { Scenario } from '../plan/plan.ts'
import { lengthOf, ownIterationCount, sharedIteration, type OwnSeat } from './seating.ts'
import type { IterationEnd, Vu } from './vu.ts'

const msOf = (ns: number): number => ns / 1e6

export interface ScenarioSeat extends OwnSeat { readonly vu: Vu }

export interface ScenarioRunOptions {
  readonly scenario: Scenario
  readonly seats: readonly ScenarioSeat[]
  readonly clock: Clock
  /** The run's start: ms on the clock. */
  readonly startMs: number
  /** A VU begins its next iteration no sooner than this after it began the last one. */
  readonly minIterationMs: number
  /** Iterations that there was no time for, told once when the time is over; nothing is told of a scenario stopped before that. */
  readonly onDropped: (count: number) => void
}

export type ScenarioState = 'waiting' | 'running' | 'stopping' | 'interrupted' | 'done'

/** What a scenario did so far in this shard. */
export interface ScenarioCounts {
  readonly state: ScenarioState
  readonly vusActive: number
  readonly vus: number
  readonly done: number
  readonly failed: number
  readonly interrupted: number
  readonly planned: number | null
}

/**
 * The closed-loop executors: shared-iterations, per-vu-iterations, constant-vus. They differ only in where a VU's next iteration
 * number comes from; time, stopping and counting are the same.
 */
export class ScenarioRun {
  readonly #o: ScenarioRunOptions
  readonly #running = new Set<ScenarioSeat>()
  readonly #pauses = new Set<() => void>()
  readonly #timers: Timer[] = []
  #state: ScenarioState = 'waiting'
  #stopped = false
  #done = 0
  #failed = 0
  #interrupted = 0
  #attempted = 0
  #beganMs: number | undefined
  #lastEndMs: number | undefined
  /** True when it was stopped before its time was over. */
  #cutShort = false
  /** True when iterations were interrupted. */
  #cut = false

  constructor(options: ScenarioRunOptions) { this.#o = options }

  get name(): string { return this.#o.scenario.name }
  get startMs(): number { return this.#o.startMs + msOf(this.#o.scenario.startTimeNs) }
  /** When no iteration is begun any more. */
  get endMs(): number { return this.startMs + msOf(lengthOf(this.#o.scenario)) }

  counts(): ScenarioCounts {
    return {
      state: this.#state, vusActive: this.#running.size, vus: this.#o.seats.length,
      done: this.#done, failed: this.#failed, interrupted: this.#interrupted, planned: this.#planned(),
    }
  }

  /** How far the scenario is, 0 … 1: of its iterations where they are counted, else of its time. */
  progress(nowMs: number): number {
    const planned = this.#planned()
    if (planned !== null && planned > 0) return Math.min(1, this.#attemptedDone() / planned)
    return Math.max(0, Math.min(1, (nowMs - this.startMs) / (this.endMs - this.startMs)))
  }

  /** Start and scheduled end of what was measured (ms on the clock); undefined when nothing was begun. */
  measured(): { readonly fromMs: number; readonly toMs: number } | undefined {
    if (this.#beganMs === undefined) return undefined
    const last = this.#lastEndMs ?? this.#o.clock.now()
    const timed = this.#o.scenario.executor === 'constant-vus' && !this.#cutShort
    return { fromMs: this.#beganMs, toMs: timed ? this.endMs : Math.min(last, this.endMs) }
  }

  /** Runs it all; resolves when every iteration has ended. Never rejects. Called once. */
  async run(): Promise<void> {
    await this.#pauseUntil(this.startMs)
    if (this.#stopped || this.#o.seats.length === 0) { this.#state = 'done'; return }
    this.#state = 'running'
    this.#beganMs = this.#o.clock.now()
    const loops = Promise.all(this.#o.seats.map((seat) => this.#loop(seat)))
    const { clock, scenario } = this.#o
    this.#timers.push(
      clock.at(this.endMs, () => { this.#windDown() }),
      clock.at(this.endMs + msOf(scenario.gracefulStopNs), () => { this.#interruptAll() }),
    )
    await loops
    for (const timer of this.#timers) timer.cancel()
    const missed = this.#cutShort ? 0 : (this.#planned() ?? this.#attempted) - this.#attempted
    if (missed > 0) this.#o.onDropped(missed)
    this.#state = this.#cut ? 'interrupted' : 'done'
  }

  /** Begins nothing more. Not graceful: running iterations are interrupted at once; else they have gracefulStop to end. */
  stop(graceful: boolean): void {
    if (this.#stopped && graceful) return
    this.#cutShort ||= this.#o.clock.now() < this.endMs
    this.#windDown()
    if (!graceful) this.#interruptAll()
    else if (this.#running.size > 0) {
      const { clock, scenario } = this.#o
      this.#timers.push(clock.at(clock.now() + msOf(scenario.gracefulStopNs), () => { this.#interruptAll() }))
    }
  }

  #planned(): number | null {
    const { scenario, seats } = this.#o
    switch (scenario.executor) {
      case 'shared-iterations': return ownIterationCount(scenario.iterations, scenario.vus, seats)
      case 'per-vu-iterations': return scenario.iterations * seats.length
      case 'constant-vus': return null
      default: return scenario satisfies never
    }
  }

  #attemptedDone(): number { return this.#done + this.#failed + this.#interrupted }

  /** A seat's next iteration number; undefined when there is none left. */
  #next(seat: OwnSeat, ofVu: number): number | undefined {
    const { scenario } = this.#o
    switch (scenario.executor) {
      case 'shared-iterations': return sharedIteration(scenario.iterations, scenario.vus, seat.position, ofVu)
      case 'per-vu-iterations': return ofVu < scenario.iterations ? seat.position + ofVu * scenario.vus : undefined
      case 'constant-vus': return seat.position + ofVu * scenario.vus
      default: return scenario satisfies never
    }
  }

  async #loop(seat: ScenarioSeat): Promise<void> {
    const { clock, minIterationMs, scenario } = this.#o
    for (let ofVu = 0; !this.#stopped && clock.now() < this.endMs; ofVu++) {
      const number = this.#next(seat, ofVu)
      if (number === undefined) return
      const dueMs = clock.now()
      this.#attempted++
      this.#running.add(seat)
      const end = await seat.vu.run({ scenario: scenario.name, numberInTest: number, numberOfVu: ofVu, dueMs })
      this.#running.delete(seat)
      this.#count(end)
      if (minIterationMs > 0 && clock.now() < dueMs + minIterationMs) await this.#pauseUntil(Math.min(dueMs + minIterationMs, this.endMs))
    }
  }

  #count(end: IterationEnd): void {
    this.#lastEndMs = this.#o.clock.now()
    switch (end) {
      case 'done': this.#done++; break
      case 'failed': this.#failed++; break
      case 'interrupted': this.#interrupted++; break
      default: end satisfies never
    }
  }

  #windDown(): void {
    this.#stopped = true
    if (this.#state === 'running') this.#state = 'stopping'
    for (const wake of [...this.#pauses]) wake()
  }

  #interruptAll(): void {
    this.#windDown()
    this.#cut ||= this.#running.size > 0
    for (const seat of [...this.#running]) seat.vu.interrupt()
  }

  /** Sleeps until the moment or until the scenario is stopped. */
  #pauseUntil(moment: number): Promise<void> {
    if (this.#stopped || this.#o.clock.now() >= moment) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => { timer.cancel(); this.#pauses.delete(wake); resolve() }
      const timer = this.#o.clock.at(moment, wake)
      this.#pauses.add(wake)
    })
  }
}
