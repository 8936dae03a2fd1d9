// VUs that loop: each begins its next iteration when the one before has ended, while it is to be there.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { LoopingScenario } from '../plan/plan.ts'
import { spansOf } from '../plan/vu-spans.ts'
import { vusMax } from '../plan/load-shape.ts'
import { Agenda, type Appointment } from './agenda.ts'
import type { Halt } from './halt.ts'
import type { Iterations, ScenarioSeat, Worker } from './iterations.ts'
import { ownIterationCount, sharedIteration } from './seating.ts'
import type { Work } from './work.ts'

export interface ClosedLoopOptions {
  readonly scenario: LoopingScenario
  readonly seats: readonly ScenarioSeat[]
  readonly clock: Clock
  /** The scenario's start: ms on the clock. */
  readonly startMs: number
  readonly iterations: Iterations
  readonly halt: Halt
}

/** A VU in its loop: it may go on until a moment, which moves when it is needed again before it has stopped. */
interface Looper extends Worker { untilMs: number; looping: boolean }

/** The number of a looper's next iteration; undefined when there is none left. */
type Numbers = (looper: Looper) => number | undefined

export class ClosedLoop implements Work {
  readonly #o: ClosedLoopOptions
  readonly #numbers: Numbers
  readonly #loops = new Set<Promise<void>>()
  #most = 0

  constructor(options: ClosedLoopOptions) {
    this.#o = options
    this.#numbers = numbersOf(options.scenario)
  }

  get vus(): number { return this.#o.seats.length }
  get active(): number { return this.#loops.size }
  get most(): number { return this.#most }
  readonly queued = 0
  get planned(): number | null {
    const { scenario, seats } = this.#o
    switch (scenario.executor) {
      case 'shared-iterations': return ownIterationCount(scenario.iterations, scenario.vus, seats)
      case 'per-vu-iterations': return scenario.iterations * seats.length
      case 'constant-vus': case 'ramping-vus': case 'staircase': return null
      default: return scenario satisfies never
    }
  }
  readonly offered = null

  async run(): Promise<void> {
    const { scenario, clock, halt } = this.#o
    const { starts, releases } = this.#appointments()
    const starting = new Agenda(clock, starts)
    const releasing = new Agenda(clock, releases)
    starting.follow()
    releasing.follow()
    // Its VUs may all have gone, and others are still to come.
    if (scenario.executor === 'ramping-vus' || scenario.executor === 'staircase') await halt.over
    while (this.#loops.size > 0) await Promise.all(this.#loops)
    starting.cancel()
    releasing.cancel()
  }

  end(): void { return }

  /** When which VU begins to loop, and when the last iteration of one that was ramped down has to end. */
  #appointments(): { readonly starts: readonly Appointment[]; readonly releases: readonly Appointment[] } {
    const { scenario, seats, startMs, halt, iterations } = this.#o
    const spans = spansOf(scenario)
    const starts: Appointment[] = []
    const releases: Appointment[] = []
    for (const seat of seats) {
      const looper: Looper = { seat, begun: 0, untilMs: 0, looping: false }
      for (const { onNs, offNs, releaseNs } of spans(seat.position)) {
        const untilMs = startMs + offNs / 1e6
        const releaseMs = startMs + releaseNs / 1e6
        starts.push({ atMs: startMs + onNs / 1e6, act: () => { this.#begin(looper, untilMs) } })
        if (releaseMs >= halt.hardEndMs) continue
        // Needed again meanwhile, it has a later moment to go on until.
        releases.push({ atMs: releaseMs, act: () => { if (looper.untilMs === untilMs) iterations.interrupt(looper) } })
      }
    }
    return { starts, releases }
  }

  #begin(looper: Looper, untilMs: number): void {
    looper.untilMs = untilMs
    if (looper.looping) return
    looper.looping = true
    const loop = this.#loop(looper).then(() => { this.#loops.delete(loop) })
    this.#loops.add(loop)
    this.#most = Math.max(this.#most, this.#loops.size)
  }

  async #loop(looper: Looper): Promise<void> {
    const { clock, halt, iterations } = this.#o
    // The clock is asked once a round: an iteration's end is the beginning of the next.
    let nowMs = clock.now()
    while (!halt.begun && nowMs < looper.untilMs) {
      const number = this.#numbers(looper)
      if (number === undefined) break
      const beganMs = nowMs
      const request = iterations.begin(looper, number, beganMs)
      const end = await looper.seat.vu.run(request)
      nowMs = clock.now()
      const nextMs = iterations.ended(looper, request, end, beganMs, nowMs)
      if (nextMs <= nowMs) continue
      await halt.pauseUntil(Math.min(nextMs, looper.untilMs))
      nowMs = clock.now()
    }
    looper.looping = false
  }
}

function numbersOf(scenario: LoopingScenario): Numbers {
  const vus = vusMax(scenario)
  const ofOwn: Numbers = ({ seat, begun }) => seat.position + begun * vus
  switch (scenario.executor) {
    case 'shared-iterations': return ({ seat, begun }) => sharedIteration(scenario.iterations, vus, seat.position, begun)
    case 'per-vu-iterations': return (looper) => looper.begun < scenario.iterations ? ofOwn(looper) : undefined
    case 'constant-vus': case 'ramping-vus': case 'staircase': return ofOwn
    default: return scenario satisfies never
  }
}
