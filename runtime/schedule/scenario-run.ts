// One scenario in one shard, from waiting to done: what it does when, how far it is, and how it stops.
import type { Clock } from '../../bindings/sdk/index.ts'
import { isArrivals, isTimed, lengthOf } from '../plan/load-shape.ts'
import type { Scenario } from '../plan/plan.ts'
import { ClosedLoop } from './closed-loop.ts'
import { Halt } from './halt.ts'
import { Iterations, type ScenarioSeat } from './iterations.ts'
import { OpenLoop } from './open-loop.ts'
import type { Work } from './work.ts'

const msOf = (ns: number): number => ns / 1e6

export interface ScenarioRunOptions {
  readonly scenario: Scenario
  readonly seats: readonly ScenarioSeat[]
  readonly clock: Clock
  /** The run's start: ms on the clock. */
  readonly startMs: number
  /** A VU begins its next iteration no sooner than this after it began the last one. */
  readonly minIterationMs: number
  /** What decides by chance: the run's seed, and the scenario's place in the plan. */
  readonly chance: { readonly seed: number; readonly stream: number }
  /** Iterations that were not begun in time, for want of a VU or of time; not those a scenario that was stopped early never came to. */
  readonly onDropped: (count: number) => void
}

export type ScenarioState = 'waiting' | 'running' | 'stopping' | 'interrupted' | 'done'

/** What a scenario did so far in this shard. */
export interface ScenarioCounts {
  readonly state: ScenarioState
  /** VUs in their loop or, at an arrival rate, inside an iteration; and VUs made. */
  readonly vusActive: number
  readonly vus: number
  /** The most VUs that were active at once so far. */
  readonly vusMost: number
  /** How long it has begun iterations so far: from its planned start to its end at the latest, ms. */
  readonly ranMs: number
  readonly begun: number
  readonly done: number
  readonly failed: number
  readonly interrupted: number
  readonly dropped: number
  /** Iterations begun that had to wait for a VU that was free. */
  readonly queued: number
  readonly planned: number | null
  /** Iterations that were due so far at an arrival rate; null where VUs loop. */
  readonly offered: number | null
}

export class ScenarioRun {
  readonly #o: ScenarioRunOptions
  readonly #iterations: Iterations
  readonly #halt: Halt
  readonly #work: Work
  #state: ScenarioState = 'waiting'
  #dropped = 0
  #beganMs: number | undefined
  /** When it stopped beginning iterations. */
  #overMs: number | undefined
  /** True when iterations were interrupted. */
  #cut = false

  constructor(options: ScenarioRunOptions) {
    const { scenario, clock, chance, minIterationMs, seats } = options
    this.#o = options
    this.#iterations = new Iterations({ scenario, clock, chance, minIterationMs, startMs: this.startMs })
    this.#halt = new Halt({
      clock, endMs: this.endMs, gracefulMs: msOf(scenario.gracefulStopNs),
      onEnd: () => { this.#end() }, onHardEnd: () => { this.#interrupt() },
    })
    const common = { seats, clock, startMs: this.startMs, iterations: this.#iterations, halt: this.#halt }
    this.#work = isArrivals(scenario)
      ? new OpenLoop({ ...common, scenario, chance, onDropped: (count) => { this.#drop(count) } })
      : new ClosedLoop({ ...common, scenario })
  }

  get name(): string { return this.#o.scenario.name }
  get startMs(): number { return this.#o.startMs + msOf(this.#o.scenario.startTimeNs) }
  /** When no iteration is begun any more. */
  get endMs(): number { return this.startMs + msOf(lengthOf(this.#o.scenario)) }

  counts(): ScenarioCounts {
    const { begun, done, failed, interrupted } = this.#iterations
    const { active, vus, most, queued, planned, offered } = this.#work
    return {
      state: this.#state, vusActive: active, vus, vusMost: most, ranMs: this.#ranMs(), begun, done, failed, interrupted,
      dropped: this.#dropped, queued, planned, offered,
    }
  }

  /** How far the scenario is, 0 … 1: of its iterations where they are counted, else of its time. */
  progress(nowMs: number): number {
    const { done, failed, interrupted } = this.#iterations
    const { planned } = this.#work
    if (planned !== null && planned > 0) return Math.min(1, (done + failed + interrupted) / planned)
    return Math.max(0, Math.min(1, (nowMs - this.startMs) / (this.endMs - this.startMs)))
  }

  /** Start and scheduled end of what was measured (ms on the clock); undefined when nothing was begun. */
  measured(): { readonly fromMs: number; readonly toMs: number } | undefined {
    if (this.#beganMs === undefined) return undefined
    const last = this.#iterations.lastEndMs ?? this.#o.clock.now()
    const timed = isTimed(this.#o.scenario) && !this.#halt.cutShort
    return { fromMs: this.#beganMs, toMs: timed ? this.endMs : Math.min(last, this.endMs) }
  }

  /** Runs it all; resolves when every iteration has ended. Never rejects. Called once. */
  async run(): Promise<void> {
    await this.#halt.pauseUntil(this.startMs)
    if (!this.#halt.begun && this.#o.seats.length > 0) {
      this.#state = 'running'
      this.#beganMs = this.#o.clock.now()
      const working = this.#work.run()
      this.#halt.arm()
      await working
      const { planned } = this.#work
      if (planned !== null && !this.#halt.cutShort) this.#drop(planned - this.#iterations.begun)
    }
    this.#overMs ??= this.#iterations.lastEndMs ?? this.#o.clock.now()
    this.#halt.close()
    this.#state = this.#cut ? 'interrupted' : 'done'
  }

  /** Begins nothing more. Not graceful: running iterations are interrupted at once; else they have gracefulStop to end. */
  stop(graceful: boolean): void { this.#halt.stop(graceful) }

  #ranMs(): number {
    if (this.#beganMs === undefined) return 0
    const ranMs = Math.min(this.#overMs ?? this.#o.clock.now(), this.endMs) - this.startMs
    // Rounded to ns: all of its time must be that, whatever moment it began at.
    return Math.max(0, Math.round(ranMs * 1e6) / 1e6)
  }

  #end(): void {
    if (this.#state !== 'running') return
    this.#state = 'stopping'
    this.#overMs = this.#o.clock.now()
    this.#work.end()
  }

  #interrupt(): void {
    this.#cut ||= this.#iterations.running > 0
    this.#iterations.interruptAll()
  }

  #drop(count: number): void {
    if (count <= 0) return
    this.#dropped += count
    this.#o.onDropped(count)
  }
}
