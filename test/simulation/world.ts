// A whole run in virtual time: the real coordinator, links, agents and schedule; only what VUs do inside is a plain function.
import { randomFrom, type Clock } from '../../bindings/sdk/index.ts'
import { runAgent } from '../../runtime/agent/agent.ts'
import type { VuMaker } from '../../runtime/agent/context.ts'
import type { AgentLink } from '../../runtime/coordinator/agent-line.ts'
import { TestRun } from '../../runtime/coordinator/run-test.ts'
import type { RunResult } from '../../runtime/coordinator/run.ts'
import type { Link } from '../../runtime/link/link.ts'
import { memoryLink } from '../../runtime/link/memory.ts'
import type { FromAgent, ToAgent } from '../../runtime/link/protocol.ts'
import type { Plan } from '../../runtime/plan/plan.ts'
import type { GuestResult, GuestVu, RunRequest } from '../../runtime/sandbox/sandbox.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'

/** How long a message is on its way. */
const LATENCY_MS = 1
/** How long a VU takes to be made. */
export const OPEN_MS = 2

/** What goes wrong in the world, not in the program. Moments are ms from the start of the load. */
export interface Faults {
  /** A shard whose link breaks. */
  readonly lost?: { readonly shard: number; readonly atMs: number }
  /** The store answers nobody in this time: iterations that would end in it end with it. */
  readonly stall?: { readonly fromMs: number; readonly toMs: number }
  /** The machine stands still for so long. */
  readonly still?: { readonly atMs: number; readonly durationMs: number }
  /** The run is told to stop. */
  readonly signalAtMs?: number
}

/** How long an iteration takes, and whether it fails. */
export interface Fate { readonly ms: number; readonly fails: boolean }
/** By the iteration's number within the whole test of its scenario, so that it is the same on any shard. */
type FateOf = (plan: Plan, iteration: Pick<Seen, 'scenario' | 'number'>) => Fate

/** A planted bug: what it changes on the way between the pieces of one shard, or of all. */
export interface Tamper {
  readonly toAgent?: (message: ToAgent, shard: number) => readonly ToAgent[]
  readonly fromAgent?: (message: FromAgent, shard: number) => readonly FromAgent[]
  readonly clock?: (clock: Clock, shard: number) => Clock
  /** An interrupt takes so much longer than at once. */
  readonly interruptAfterMs?: number
  /** True for an iteration that is run a second time. */
  readonly twice?: (iteration: number) => boolean
}

/** One iteration, as the VU that ran it saw it; moments are ms from the start of the load. */
export interface Seen {
  readonly shard: number
  readonly vu: number
  readonly scenario: string
  readonly number: number
  readonly ofVu: number
  readonly fn: string
  readonly beganMs: number
  endedMs: number
  end: 'done' | 'failed' | 'interrupted' | 'under way'
}

export interface Played {
  readonly plan: Plan
  readonly faults: Faults
  readonly result: RunResult
  readonly seen: readonly Seen[]
  /** When the run had ended, ms from the start of the load. */
  readonly overMs: number
}

const fate: FateOf = (plan, { scenario, number }) => {
  const random = randomFrom(plan.seed, plan.scenarios.findIndex(({ name }) => name === scenario), number)
  const ms = random.below(10) === 0 ? random.between(150, 800) : random.between(5, 90)
  return { ms, fails: random.below(12) === 0 }
}

class World {
  readonly clock = new VirtualClock()
  readonly seen: Seen[] = []
  readonly #plan: Plan
  readonly #faults: Faults
  readonly #tamper: Tamper
  readonly #fate: FateOf
  readonly #cut: (() => void)[] = []
  startMs: number | undefined

  constructor(plan: Plan, faults: Faults, tamper: Tamper, fateOf: FateOf) {
    this.#fate = fateOf
    this.#plan = plan
    this.#faults = faults
    this.#tamper = tamper
  }

  open(shard: number): AgentLink {
    const later = (task: () => void): void => { this.clock.at(this.clock.now() + LATENCY_MS, task) }
    const { left, right } = memoryLink<ToAgent, FromAgent>(later)
    const clock = this.#tamper.clock?.(this.clock, shard) ?? this.clock
    const link: Link<FromAgent, ToAgent> = {
      send: (message) => { for (const one of this.#tamper.fromAgent?.(message, shard) ?? [message]) right.send(one) },
      listen: (onMessage, onLost) => {
        right.listen((message) => {
          if (message.kind === 'start') this.#starts(this.clock.now() + message.inMs)
          for (const one of this.#tamper.toAgent?.(message, shard) ?? [message]) onMessage(one)
        }, onLost)
      },
      close: () => right.close(),
    }
    this.#cut[shard] = () => { void right.close() }
    const openSandbox = (): Promise<VuMaker> => Promise.resolve(this.#vuMaker(shard))
    void runAgent({ link, clock, bindings: [], cpuUsage: () => ({ user: 0, system: 0 }), openSandbox })
    return left
  }

  /** The load begins then: what goes wrong in it is arranged for. */
  #starts(startMs: number): void {
    if (this.startMs !== undefined) return
    this.startMs = startMs
    const { lost, still } = this.#faults
    if (lost !== undefined) this.clock.at(startMs + lost.atMs, () => { this.#cut[lost.shard]?.() })
    if (still !== undefined) this.clock.at(startMs + still.atMs, () => { this.clock.standStill(still.durationMs) })
  }

  #vuMaker(shard: number): VuMaker {
    return {
      sliceLimitMs: 1000, initLimitMs: 2000,
    openVu: ({ id }) => new Promise((resolve) => {
        this.clock.at(this.clock.now() + OPEN_MS, () => { resolve(this.#vu(shard, id)) })
      }),
      [Symbol.dispose]() { return },
    }
  }

  #vu(shard: number, id: number): GuestVu {
    let interrupt: (() => void) | undefined
    return {
      id, functions: ['default', 'upload', 'download'], options: null, broken: undefined, heapBytes: 0,
      run: (request) => {
        if (interrupt !== undefined) throw new Error(`VU ${String(id)} was given an iteration while it runs one`)
        return new Promise((resolve) => {
          interrupt = this.#iterate(shard, id, request, (result) => { interrupt = undefined; resolve(result) })
        })
      },
      settle() { return },
      interrupt: () => { interrupt?.() },
      [Symbol.dispose]() { return },
    }
  }

  /** Begins an iteration; answers how to interrupt it. */
  #iterate(shard: number, vu: number, { fn, iteration, info, scenario }: RunRequest, ended: (result: GuestResult) => void): () => void {
    const startMs = this.startMs ?? 0
    const nowMs = this.clock.now()
    const one: Seen = {
      shard, vu, scenario: scenario ?? '', number: info?.().iterationInTest ?? -1, ofVu: iteration, fn,
      beganMs: nowMs - startMs, endedMs: Infinity, end: 'under way',
    }
    this.seen.push(one)
    if (this.#tamper.twice?.(one.number) === true) this.seen.push({ ...one })
    const { ms, fails } = this.#fate(this.#plan, one)
    const { stall } = this.#faults
    const untilMs = nowMs + ms
    const stalled = stall !== undefined && untilMs >= startMs + stall.fromMs && untilMs < startMs + stall.toMs
    const finish = (end: 'done' | 'failed' | 'interrupted'): void => {
      timer.cancel()
      if (one.end !== 'under way') return
      one.end = end
      one.endedMs = this.clock.now() - startMs
      ended(end === 'done' ? { ok: true, valueText: undefined, lateErrors: [] } : {
        ok: false, lateErrors: [],
        error: { kind: end === 'failed' ? 'throw' : 'interrupted', name: 'Error', message: 'it went wrong', stack: '' },
      })
    }
    const timer = this.clock.at(stalled ? startMs + stall.toMs : untilMs, () => { finish(fails ? 'failed' : 'done') })
    const { interruptAfterMs } = this.#tamper
    return () => {
      if (interruptAfterMs === undefined) finish('interrupted')
      else this.clock.at(this.clock.now() + interruptAfterMs, () => { finish('interrupted') })
    }
  }
}

/** Plays the plan. Rejects when the coordinator does. */
export async function simulate(plan: Plan, faults: Faults = {}, tamper: Tamper = {}, fateOf = fate): Promise<Played> {
  const world = new World(plan, faults, tamper, fateOf)
  const run = new TestRun({
    plan, bundle: { code: '', digest: 'd', name: 'script' }, targets: { default: 'default', targets: {} }, targetLines: [], builtin: true,
    scriptFolder: '.', clock: world.clock, summaryData: () => '{}', open: (shard) => world.open(shard),
    inspection: { options: null, functions: ['default', 'upload', 'download'], metrics: [], files: {}, sharedArrays: {} },
    report: {
      phase: (phase) => {
        const { signalAtMs } = faults
        if (phase === 'running' && signalAtMs !== undefined) world.clock.at(world.clock.now() + signalAtMs, () => { run.stop('SIGTERM') })
      },
      frame: () => { return },
      log: () => { return },
    },
  })
  const result = await world.clock.untilPure(run.run())
  return { plan, faults, result, seen: world.seen, overMs: world.clock.now() - (world.startMs ?? 0) }
}
