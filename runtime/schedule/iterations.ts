// The iterations of one scenario in one shard: each begun on a VU, counted when it ends, interrupted when told.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { Chance } from '../plan/arrivals.ts'
import { isArrivals, stepAt } from '../plan/load-shape.ts'
import type { Scenario } from '../plan/plan.ts'
import { nextMs, taskOf } from './choices.ts'
import type { OwnSeat } from './seating.ts'
import type { IterationEnd, IterationRequest, Vu } from './vu.ts'

export interface ScenarioSeat extends OwnSeat { readonly vu: Vu }

/** A seat at work in its scenario. */
export interface Worker {
  readonly seat: ScenarioSeat
  /** Iterations it has begun. */
  begun: number
}

export interface IterationsOptions {
  readonly scenario: Scenario
  readonly clock: Clock
  /** The scenario's start: ms on the clock. */
  readonly startMs: number
  readonly chance: Chance
  /** A VU begins its next iteration no sooner than this after it began the last one. */
  readonly minIterationMs: number
}

export class Iterations {
  readonly #o: IterationsOptions
  readonly #paced: boolean
  readonly #running = new Set<Worker>()
  #begun = 0
  #done = 0
  #failed = 0
  #interrupted = 0
  #lastEndMs: number | undefined

  constructor(options: IterationsOptions) {
    this.#o = options
    this.#paced = isArrivals(options.scenario)
  }

  get running(): number { return this.#running.size }
  get begun(): number { return this.#begun }
  get done(): number { return this.#done }
  get failed(): number { return this.#failed }
  get interrupted(): number { return this.#interrupted }
  /** When the last one ended that has ended; ms on the clock. */
  get lastEndMs(): number | undefined { return this.#lastEndMs }

  /**
   * Counts one as begun at `beganMs` and says what its VU is to run; `ended` must be told of its end. `dueMs`: where something else than
   * its beginning says when it is due.
   */
  begin(worker: Worker, numberInTest: number, beganMs: number, dueMs = beganMs): IterationRequest {
    this.#begun++
    this.#running.add(worker)
    return this.#request(numberInTest, worker.begun++, dueMs)
  }

  /** Counts it as ended at `endedMs`; answers when its VU may begin the next (ms on the clock). */
  ended(worker: Worker, request: IterationRequest, end: IterationEnd, beganMs: number, endedMs: number): number {
    const { chance, minIterationMs, scenario } = this.#o
    this.#running.delete(worker)
    this.#lastEndMs = endedMs
    this.#count(end)
    return Math.max(nextMs(scenario.waitTime, chance, request, beganMs, endedMs), beganMs + minIterationMs)
  }

  interrupt(worker: Worker): void { if (this.#running.has(worker)) worker.seat.vu.interrupt() }

  interruptAll(): void { for (const { seat } of [...this.#running]) seat.vu.interrupt() }

  #request(numberInTest: number, numberOfVu: number, dueMs: number): IterationRequest {
    const { scenario, startMs, chance } = this.#o
    const step = stepAt(scenario, Math.round((dueMs - startMs) * 1e6))
    const task = scenario.tasks === undefined ? undefined : taskOf(scenario.tasks, chance, { numberInTest, numberOfVu })
    return {
      scenario: scenario.name, exec: task ?? scenario.exec, task, step: step === undefined ? undefined : String(step.level),
      measured: step?.settling !== true, paced: this.#paced, numberInTest, numberOfVu, dueMs,
    }
  }

  #count(end: IterationEnd): void {
    switch (end) {
      case 'done': this.#done++; break
      case 'failed': this.#failed++; break
      case 'interrupted': this.#interrupted++; break
      default: end satisfies never
    }
  }
}
