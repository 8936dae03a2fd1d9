// A shard: the agent's part of one plan, from loaded to closed.
import type { Binding, Clock, RequestLog, Timer } from '../../bindings/sdk/index.ts'
import type { Failure, FromAgent, GuestError, StoreName, ToAgent } from '../link/protocol.ts'
import { Recorder } from '../metrics/recorder.ts'
import { Slowest } from '../metrics/slowest.ts'
import { seatsOfShard } from '../schedule/seating.ts'
import { ShardRun } from '../schedule/shard-run.ts'
import { hostOperations, type AgentContext, type LogEntry, type VuMaker } from './context.ts'
import { Crew } from './crew.ts'
import { Deadline } from './deadline.ts'
import { Dispatcher } from './dispatch.ts'
import { keptFiles } from './files.ts'
import { watchGenerator, type CpuUsage } from './generator-load.ts'
import type { OpLog } from './op-log.ts'
import { progressOf, seatScenarios } from './progress.ts'
import { Rebuilds } from './rebuilds.ts'
import { Seat } from './seat.ts'
import { Sessions, storeNamed } from './sessions.ts'
import { SharedArrays } from './shared-arrays.ts'
import { Solo, STOPPED, type SoloEnd } from './solo.ts'
import { cleanStores, openNamed, prepareStores, type NamedStore } from './store-care.ts'

/** How often a shard reports. */
const SNAPSHOT_MS = 1000

export type Load = Extract<ToAgent, { kind: 'load' }>

export interface ShardParts {
  readonly load: Load
  readonly sandbox: VuMaker
  readonly bindings: readonly Binding[]
  readonly clock: Clock
  /** Where each operation is written down, if anywhere. */
  readonly opLog: OpLog | undefined
  readonly send: (message: FromAgent) => void
  readonly log: (entry: LogEntry) => void
  readonly cpuUsage?: CpuUsage | undefined
}

export class Shard {
  readonly #load: Load
  readonly #sandbox: VuMaker
  readonly #clock: Clock
  readonly #send: (message: FromAgent) => void
  #opLog: OpLog | undefined
  readonly #recorder: Recorder
  readonly #slowest = new Slowest()
  readonly #sessions: Sessions
  readonly #context: AgentContext
  readonly #solo: Solo
  readonly #cpuUsage: CpuUsage | undefined
  #crew: Crew
  #run: ShardRun | undefined
  #aborted = false
  /** Told to stop: setup and load are not begun any more. */
  #stopped = false
  #preparing: Deadline | undefined
  /** Stores that init code names beside the target's own. */
  readonly #named = new Map<string, NamedStore>()
  #sequence = 0
  #vusMade = 0
  #startedMs = 0
  #startedEpochMs = 0

  constructor({ load, sandbox, bindings, clock, opLog, send, log, cpuUsage }: ShardParts) {
    this.#cpuUsage = cpuUsage
    this.#load = load
    this.#sandbox = sandbox
    this.#clock = clock
    this.#send = send
    this.#opLog = opLog
    this.#recorder = new Recorder(load.plan.tags, () => clock.now() - this.#startedMs)
    for (const declaration of load.inspection.metrics) this.#recorder.declare(declaration)
    const numbers = seatsOfShard(load.plan.scenarios, load.share).all
    this.#sessions = new Sessions({
      bindings, targets: load.targets, prefix: load.plan.prefix, seed: load.plan.seed, runId: load.plan.runId, clock,
      concurrency: Math.max(1, numbers.length),
      share: load.share, verify: load.plan.verify, requestLog: requestLogOf(load, send),
      opened: ({ workload, target, driver }) => { send({ kind: 'uses', store: { workload, target, driver } }) },
    })
    this.#crew = new Crew([], clock)
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
      checkStore: (workload, where) => {
        const { target, driver } = storeNamed(workload, where, bindings, load.targets)
        this.#named.set(`${workload} ${target} ${driver}`, [workload, where])
      },
      files: keptFiles(load.inspection.files, load.scriptFolder),
      arrays: new SharedArrays(load.inspection.sharedArrays, false),
      dispatcher: new Dispatcher(this.#sessions, clock, (sample, tags) => { this.#recorder.operation(sample, tags) }, opLog, this.#slowest),
      log,
      end: (how, message, stack) => {
        send({ kind: 'ended', how, message, stack })
        if (how === 'fail') return
        this.#aborted = true
        this.#run?.stop(false)
      },
      bug: (error) => { send({ kind: 'broke', failure: bugOf(error) }) },
    }
    this.#solo = new Solo(sandbox, this.#context, clock)
  }

  /** Numbers of this shard's VUs. */
  get vus(): readonly number[] { return seatsOfShard(this.#load.plan.scenarios, this.#load.share).all.map((seat) => seat + 1) }

  /** Opens this shard's VUs and runs their `setupVU`; the reason why not, if it failed. */
  async open(data: string | undefined): Promise<Failure | { readonly vus: number }> {
    const { plan, share } = this.#load
    const scenarios = seatScenarios(plan, () => ({
      runs: this.#run?.scenarios ?? [], nowMs: this.#clock.now(), startedMs: this.#startedMs, startedEpochMs: this.#startedEpochMs,
      vusOpen: this.#vusMade,
    }))
    const rebuilds = new Rebuilds()
    const { all, first } = seatsOfShard(plan.scenarios, share)
    this.#crew = new Crew(all.map((number) => new Seat({
      number, context: this.#context, clock: this.#clock, rebuilds, scenarios, data,
      open: (calls) => this.#sandbox.openVu({ id: number + 1, seed: plan.seed, env: plan.env, phase: 'init' }, calls),
      aborted: () => this.#aborted,
      made: () => { this.#vusMade++ },
    })), this.#clock, new Set(first))
    if (this.#stopped) this.#crew.stop()
    using deadline = new Deadline(this.#clock, plan.setup.timeoutNs / 1e6)
    return await this.#crew.open(plan.setup.timeoutNs / 1e6)
      ?? await openNamed(this.#sessions, [...this.#named.values()], deadline) ?? { vus: this.#vusMade }
  }

  /** Makes sure every store the plan needs can be used; which of them had to be made, or why not. */
  async prepare(): Promise<Failure | { readonly made: readonly StoreName[] }> {
    const { plan, targets } = this.#load
    using deadline = new Deadline(this.#clock, plan.setup.timeoutNs / 1e6)
    this.#preparing = deadline
    if (this.#stopped) deadline.end()
    return await prepareStores(this.#sessions, plan.workloads, targets.default, deadline)
  }

  setup(): Promise<SoloEnd> {
    const { plan } = this.#load
    if (this.#stopped) return Promise.resolve({ ok: false, failure: { kind: 'script', error: STOPPED } })
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
    const bySeat = new Map(this.#crew.seats.map((seat) => [seat.number, seat]))
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
    if (this.#stopped) run.stop(false)
    using load = watchGenerator(this.#clock, (lagMs) => { this.#recorder.add('generator_lag', lagMs, {}) }, this.#cpuUsage)
    {
      using _reports = this.#reportEverySecond(() => load.cpuShare())
      await run.run()
    }
    this.#snapshot(load.cpuShare(), true)
  }

  /** What was measured, from the start on, ms. */
  measured(): { readonly fromMs: number; readonly measuredMs: number } {
    const { fromMs, toMs } = this.#run?.measured() ?? { fromMs: this.#startedMs, toMs: this.#startedMs }
    return { fromMs: fromMs - this.#startedMs, measuredMs: toMs - fromMs }
  }

  stores(): readonly StoreName[] {
    return this.#sessions.all().map(({ workload, target, driver }) => ({ workload, target, driver }))
  }

  /** Ends the load. Not graceful: ends at once whatever comes before it or is it; teardown and cleanup may follow. */
  stop(graceful: boolean): void {
    this.#run?.stop(graceful)
    if (graceful) return
    this.#stopped = true
    this.#preparing?.end()
    this.#solo.stop()
    if (this.#run === undefined) this.#crew.stop()
  }

  /** Runs `teardownVU` in every VU, in time, and disposes of them. */
  async leave(): Promise<Failure | { readonly errors: readonly GuestError[] }> {
    const crew = this.#crew
    this.#crew = new Crew([], this.#clock)
    return await crew.leave(this.#load.plan.teardown.timeoutNs / 1e6)
  }

  /** Deletes what the run made in the stores named; bounded in time. */
  cleanup(request: Extract<ToAgent, { kind: 'cleanup' }>): Promise<Extract<FromAgent, { kind: 'cleaned' }>> {
    return cleanStores(this.#sessions, request, this.#clock)
  }

  /** Ends the op log: nothing that is written there happens any more. */
  async closeOpLog(): Promise<Extract<FromAgent, { kind: 'opLogClosed' }>> {
    const log = this.#opLog
    this.#opLog = undefined
    return { kind: 'opLogClosed', ...await log?.close() ?? { operations: 0 } }
  }

  async close(): Promise<void> {
    this.#crew.dispose()
    await this.#sessions.close()
    await this.closeOpLog()
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
    this.#recorder.add('vus_max', this.#vusMade, {})
    // At the end nobody is active any more: that says nothing about the load.
    if (!last) this.#recorder.add('vus', progress.reduce((sum, { vusActive }) => sum + vusActive, 0), {})
    const slowest = this.#slowest.take().map((operation) => ({ ...operation, startMs: operation.startMs - this.#startedMs }))
    const counted = this.#recorder.take(this.#startedMs)
    this.#send({ kind: 'snapshot', snapshot: { sequence: this.#sequence++, ...counted, progress, slowest } })
  }
}

/** Where the shard's requests are shown, when the plan wants that; of several shards each says which it is. */
function requestLogOf({ plan, share }: Load, send: (message: FromAgent) => void): RequestLog | undefined {
  if (plan.debugRequests === undefined) return undefined
  const who = share.count === 1 ? '' : `shard ${share.index}: `
  return {
    bodies: plan.debugRequests === 'full',
    write: (text) => { send({ kind: 'log', level: 'debug', source: 'requests', text: `${who}${text}` }) },
  }
}

export const bugOf = (error: unknown): Extract<Failure, { kind: 'bug' }> => ({
  kind: 'bug', message: error instanceof Error ? error.message : String(error), stack: error instanceof Error ? error.stack ?? '' : '',
})
