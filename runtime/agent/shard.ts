// A shard: the agent's part of one plan, from loaded to closed.
import { until, StorageError, type Binding, type Clock, type Timer } from '../../bindings/sdk/index.ts'
import type { Failure, FromAgent, GuestError, StoreName, ToAgent } from '../link/protocol.ts'
import { Recorder } from '../metrics/recorder.ts'
import { openError, type Sandbox } from '../sandbox/sandbox.ts'
import { seatsOfShard, ShardRun } from '../schedule/shard-run.ts'
import { hostOperations, type AgentContext } from './context.ts'
import { Dispatcher } from './dispatch.ts'
import { keptFiles } from './files.ts'
import { watchGenerator } from './generator-load.ts'
import { progressOf, seatScenarios } from './progress.ts'
import { HookError, Seat } from './seat.ts'
import { Sessions } from './sessions.ts'
import { SharedArrays } from './shared-arrays.ts'
import { Solo, type SoloEnd } from './solo.ts'

/** How often a shard reports. */
const SNAPSHOT_MS = 1000
/** Opening VUs lets the event loop breathe this often, so that the agent can be heard and stopped meanwhile. */
const BREATH_MS = 20

export type Load = Extract<ToAgent, { kind: 'load' }>

export interface ShardParts {
  readonly load: Load
  readonly sandbox: Sandbox
  readonly bindings: readonly Binding[]
  readonly clock: Clock
  readonly send: (message: FromAgent) => void
}

export class Shard {
  readonly #load: Load
  readonly #sandbox: Sandbox
  readonly #clock: Clock
  readonly #send: (message: FromAgent) => void
  readonly #recorder: Recorder
  readonly #sessions: Sessions
  readonly #context: AgentContext
  readonly #solo: Solo
  #seats: readonly Seat[] = []
  #run: ShardRun | undefined
  #aborted = false
  #stopOpening = false
  #sequence = 0
  #startedMs = 0
  #startedEpochMs = 0

  constructor({ load, sandbox, bindings, clock, send }: ShardParts) {
    this.#load = load
    this.#sandbox = sandbox
    this.#clock = clock
    this.#send = send
    this.#recorder = new Recorder(load.plan.tags, () => clock.now() - this.#startedMs)
    for (const declaration of load.inspection.metrics) this.#recorder.declare(declaration)
    const numbers = seatsOfShard(load.plan, load.share)
    this.#sessions = new Sessions({
      bindings, targets: load.targets, prefix: load.plan.prefix, seed: load.plan.seed, clock, concurrency: Math.max(1, numbers.length),
    })
    this.#context = {
      clock, operations: hostOperations(bindings),
      sink: {
        // Init code of every VU declares the same metrics again; the first evaluation has checked and named them all.
        declare: (declaration) => { this.#recorder.declare(declaration) },
        add: (metric, value, tags) => { this.#recorder.add(metric, value, tags) },
        error: (error, scenario, endedIteration) => {
          this.#recorder.error({ message: `${error.name}: ${error.message}`, stack: error.stack, scenario, endedIteration })
        },
      },
      files: keptFiles(load.inspection.files, load.scriptFolder),
      arrays: new SharedArrays(load.inspection.sharedArrays, false),
      dispatcher: new Dispatcher(this.#sessions, clock, (sample, tags) => { this.#recorder.operation(sample, tags) }),
      log: (entry) => { send({ kind: 'log', ...entry }) },
      end: (how, message, stack) => {
        if (how === 'abort') this.#aborted = true
        send({ kind: 'ended', how, message, stack })
      },
      bug: (error) => { send({ kind: 'failed', step: 'start', failure: bugOf(error) }) },
    }
    this.#solo = new Solo(sandbox, this.#context, clock)
  }

  /** Opens this shard's VUs and runs their `setupVU`; the reason why not, if it failed. */
  async open(data: string | undefined): Promise<Failure | { readonly vus: number }> {
    const { plan, share } = this.#load
    const scenarios = seatScenarios(plan, () => ({
      runs: this.#run?.scenarios ?? [], nowMs: this.#clock.now(), startedMs: this.#startedMs, startedEpochMs: this.#startedEpochMs,
      vusOpen: this.#seats.length,
    }))
    this.#seats = seatsOfShard(plan, share).map((number) => new Seat({
      number, context: this.#context, clock: this.#clock, scenarios, data,
      open: (calls) => this.#sandbox.openVu({ id: number + 1, seed: plan.seed, env: plan.env, phase: 'init' }, calls),
      aborted: () => this.#aborted,
    }))
    const timeoutMs = plan.setup.timeoutNs / 1e6
    const limit = { passed: false }
    const timer = this.#clock.at(this.#clock.now() + timeoutMs, () => { limit.passed = true; this.#interruptOpening() })
    try {
      await this.#openAll()
      return { vus: this.#seats.length }
    } catch (error) {
      if (limit.passed) return { kind: 'timeout', afterMs: timeoutMs }
      return scriptFailure(error)
    } finally {
      timer.cancel()
    }
  }

  /** Makes sure every store the plan needs can be used. */
  async prepare(): Promise<Failure | undefined> {
    const { plan, targets } = this.#load
    for (const workload of plan.workloads) {
      try {
        const { session } = await this.#sessions.get(workload, null)
        await session.prepare(AbortSignal.timeout(plan.setup.timeoutNs / 1e6))
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        return { kind: 'target', workload, target: targets.default, code: error.code, message: error.message }
      }
    }
    return undefined
  }

  setup(): Promise<SoloEnd> {
    const { plan } = this.#load
    return this.#solo.run({
      fn: 'setup', phase: 'setup', argText: undefined, timeoutMs: plan.setup.timeoutNs / 1e6, seed: plan.seed, env: plan.env,
    })
  }

  teardown(data: string | undefined): Promise<SoloEnd> {
    const { plan } = this.#load
    this.#aborted = false
    return this.#solo.run({
      fn: 'teardown', phase: 'teardown', argText: data, timeoutMs: plan.teardown.timeoutNs / 1e6, seed: plan.seed, env: plan.env,
    })
  }

  summarise(data: string, timeoutMs: number): Promise<SoloEnd> {
    const { plan } = this.#load
    return this.#solo.run({ fn: 'handleSummary', phase: 'summary', argText: data, timeoutMs, seed: plan.seed, env: plan.env })
  }

  /** Runs this shard's part of the load, reporting every second; resolves when all has ended and the last report is sent. */
  async start(inMs: number): Promise<void> {
    const { plan, share } = this.#load
    this.#startedMs = this.#clock.now() + inMs
    this.#startedEpochMs = this.#clock.epochMs() + inMs
    const bySeat = new Map(seatsOfShard(plan, share).map((number, index) => [number, this.#seats[index]]))
    const run = new ShardRun({
      plan, share, clock: this.#clock, startMs: this.#startedMs,
      vuAt: (number) => {
        const seat = bySeat.get(number)
        if (seat === undefined) throw new Error(`seat ${String(number)} is not this shard's`)
        return seat
      },
      onDropped: (scenario, count) => { this.#recorder.add('dropped_iterations', count, { scenario }) },
    })
    this.#run = run
    using load = watchGenerator(this.#clock, (lagMs) => { this.#recorder.add('generator_lag', lagMs, {}) })
    {
      using _reports = this.#reportEverySecond(() => load.cpuShare())
      await run.run()
    }
    this.#snapshot(load.cpuShare(), true)
  }

  measuredMs(): number { return this.#run?.measuredMs() ?? 0 }
  stores(): readonly StoreName[] {
    return this.#sessions.all().map(({ workload, target, driver }) => ({ workload, target, driver }))
  }

  stop(graceful: boolean): void {
    this.#run?.stop(graceful)
    if (!graceful) { this.#solo.stop(); this.#interruptOpening() }
  }

  /** Runs `teardownVU` in every VU, in time, and disposes of them. */
  async leave(): Promise<readonly GuestError[]> {
    const timeoutMs = this.#load.plan.teardown.timeoutNs / 1e6
    const timer = this.#clock.at(this.#clock.now() + timeoutMs, () => { for (const seat of this.#seats) seat.interruptHook() })
    const errors = await Promise.all(this.#seats.map((seat) => seat.tearDown()))
    timer.cancel()
    for (const seat of this.#seats) seat.dispose()
    this.#seats = []
    return errors.filter((error) => error !== undefined)
  }

  /** Deletes what the run made in the stores named; bounded in time. */
  async cleanup(timeoutMs: number, stores: readonly StoreName[]): Promise<Extract<FromAgent, { kind: 'cleaned' }>> {
    const signal = AbortSignal.timeout(timeoutMs)
    let deleted = 0
    let remaining: number | undefined = 0
    let reason: string | undefined
    for (const { workload, target, driver } of stores) {
      try {
        const { session } = await this.#sessions.get(workload, { target, driver })
        const report = await session.cleanup(signal)
        deleted += report.deleted
        remaining = remaining === undefined || report.remaining === undefined ? undefined : remaining + report.remaining
        reason ??= report.reason
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        remaining = undefined
        reason ??= error.message
      }
    }
    return { kind: 'cleaned', deleted, remaining, ...(reason === undefined ? {} : { reason }) }
  }

  async close(): Promise<void> {
    for (const seat of this.#seats) seat.dispose()
    await this.#sessions.close()
  }

  async #openAll(): Promise<void> {
    const opening: Promise<void>[] = []
    let breathMs = this.#clock.now()
    for (const seat of this.#seats) {
      if (this.#stopOpening) break
      const opened = seat.open()
      // Rejections are collected below; this one only keeps the first of them from being called unhandled meanwhile.
      opened.catch(() => { this.#stopOpening = true })
      opening.push(opened)
      if (this.#clock.now() - breathMs > BREATH_MS) {
        await until(this.#clock, this.#clock.now())
        breathMs = this.#clock.now()
      }
    }
    await Promise.all(opening)
  }

  #interruptOpening(): void {
    if (this.#run !== undefined) return
    this.#stopOpening = true
    for (const seat of this.#seats) seat.interruptHook()
  }

  /** Reports every second from the start on, until disposed. */
  #reportEverySecond(cpuShare: () => number): Disposable {
    let n = 1
    let timer: Timer
    const arm = (): void => {
      timer = this.#clock.at(this.#startedMs + n++ * SNAPSHOT_MS, () => { this.#snapshot(cpuShare(), false); arm() })
    }
    arm()
    return { [Symbol.dispose]: () => { timer.cancel() } }
  }

  #snapshot(cpuShare: number, last: boolean): void {
    const progress = progressOf(this.#run?.scenarios ?? [])
    const shard = { shard: String(this.#load.share.index) }
    this.#recorder.add('generator_cpu', cpuShare, shard)
    this.#recorder.add('vus_max', this.#seats.length, {})
    // At the end nobody is active any more: that says nothing about the load.
    if (!last) this.#recorder.add('vus', progress.reduce((sum, { vusActive }) => sum + vusActive, 0), {})
    const { series, errors } = this.#recorder.take()
    this.#send({ kind: 'snapshot', snapshot: { sequence: this.#sequence++, series, errors, progress } })
  }
}

export const bugOf = (error: unknown): Failure => ({
  kind: 'bug', message: error instanceof Error ? error.message : String(error), stack: error instanceof Error ? error.stack ?? '' : '',
})

/** The failure an error thrown while opening a VU stands for; bugs are thrown on. */
function scriptFailure(error: unknown): Failure {
  if (error instanceof HookError) return { kind: 'script', error: error.error }
  const known = openError(error)
  if (known === undefined) throw error
  return { kind: 'script', error: known }
}

