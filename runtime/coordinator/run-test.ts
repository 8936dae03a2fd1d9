// The run itself: a sequence of steps over all agents, where the first reason to end wins and everything begun is ended.
import { isoMoment } from '../../bindings/sdk/index.ts'
import type { FromAgent, StoreName, ToAgent } from '../link/protocol.ts'
import { countedIn } from '../metrics/counted.ts'
import type { Ending, PhaseTimes, RunRecord } from '../metrics/record.ts'
import type { Snapshot } from '../metrics/snapshot.ts'
import { judge, type Verdict } from '../metrics/verdict.ts'
import type { AgentLine, Answer, Hearer, Unasked } from './agent-line.ts'
import { cleanStores, UsedStores } from './cleaning.ts'
import { Counts } from './counts.ts'
import { bugEnding, endedBy, endingOf, shardLost, type Step } from './endings.ts'
import { handledBy } from './handled.ts'
import { abortedBy, finalEnding, lastEnding } from './judgement.ts'
import { FRAME_AFTER_MS, GRACE_MS, START_IN_MS, STOP_MAX_MS, withGrace } from './limits.ts'
import { measuredBy } from './measured.ts'
import { closeOpLogs } from './op-logs.ts'
import { Roster } from './roster.ts'
import type { RunParts, RunPhase, RunResult } from './run.ts'

type Times = { -readonly [K in keyof PhaseTimes]: PhaseTimes[K] }

export class TestRun implements Hearer {
  readonly #p: RunParts
  readonly #counts: Counts
  readonly #roster: Roster
  readonly #times: Times = { initMs: 0, measuredMs: 0 }
  readonly #stores = new UsedStores()
  #phase: RunPhase = 'init'
  #ending: Ending | undefined
  #markedFailed: Ending | undefined
  #setupData: string | undefined
  #setUp = false
  #prepared = false
  #opened = false
  #startedMs: number | undefined
  #cleanup: RunRecord['cleanup'] = { ran: false, deleted: 0, remaining: undefined }
  #verdicts: readonly Verdict[] = []
  #opLog: RunRecord['opLog']
  #originEpochMs = 0

  constructor(parts: RunParts) {
    this.#p = parts
    this.#counts = new Counts(parts.plan, parts.onWindow)
    this.#roster = new Roster(parts.plan.shards, parts.open, parts.clock, this)
  }

  /** The stores the run has used so far. */
  get stores(): readonly StoreName[] { return this.#stores.all() }

  /** Ends the load now; teardown, cleanup and summary still happen. */
  stop(signal: string): void { this.#end({ kind: 'signal', signal }) }

  /** Runs everything; called once. Rejects only for bugs. */
  async run(): Promise<RunResult> {
    this.#originEpochMs = this.#p.clock.epochMs()
    const startedAt = isoMoment(this.#originEpochMs)
    const beganMs = this.#p.clock.now()
    try {
      await this.#inOrder([
        () => this.#load(), () => this.#prepare(), () => this.#setup(), () => this.#open(),
      ])
      this.#times.initMs = this.#p.clock.now() - beganMs
      if (this.#ending === undefined) await this.#drive()
      await this.#leave()
      await this.#teardown()
      await this.#clean()
      this.#opLog = await closeOpLogs(this.#roster, this.#p.opLogFolder)
      const record = this.#record(startedAt)
      const handled = await this.#summarise(record)
      this.#enter('ended')
      return { record: { ...record, ending: lastEnding(record.ending, this.#ending) }, handled }
    } finally {
      await this.#roster.close()
    }
  }

  // Hearer
  heard(message: Unasked, shard: number): void {
    switch (message.kind) {
      case 'snapshot': this.#count(message.snapshot, shard); break
      case 'log': this.#p.report.log(message, shard); break
      case 'ended':
        if (message.how === 'fail') this.#markedFailed ??= endedBy('fail', message.message, message.stack)
        else this.#end(endedBy('abort', message.message, message.stack))
        break
      case 'uses': this.#stores.add(message.store); break
      case 'broke': this.#end(endingOf('run', message.failure)); break
      default: message satisfies never
    }
  }
  lost(reason: string, shard: number): void { this.#end(shardLost(shard, reason)) }

  /** What does not fit what was counted before is a bug of ours: the run ends by it, and is ended well. */
  #count(snapshot: Snapshot, shard: number): void {
    try {
      this.#counts.add(shard, snapshot)
    } catch (error) {
      this.#end(bugEnding(error))
    }
  }

  /** The first reason wins; what runs is interrupted at once. */
  #end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    if (this.#phase === 'running') this.#enter('stopping')
    if (this.#phase !== 'teardown' && this.#phase !== 'cleanup') {
      this.#roster.tellAll({ kind: 'stop', graceful: false, reason: ending.kind })
      this.#roster.expectAll(STOP_MAX_MS)
    }
  }

  #enter(phase: RunPhase): void {
    if (this.#phase === phase) return
    this.#phase = phase
    this.#p.report.phase(phase)
  }

  async #inOrder(steps: readonly (() => Promise<void>)[]): Promise<void> {
    for (const step of steps) {
      if (this.#ending !== undefined) return
      await step()
    }
  }

  async #load(): Promise<void> {
    const { shards } = this.#p.plan
    await this.#roster.askAll((index) => this.#loadMessage({ index, count: shards }), 'loaded', this.#checking('init'))
  }

  #loadMessage(share: { readonly index: number; readonly count: number }) {
    const { plan, bundle, targets, inspection, scriptFolder, opLogFolder } = this.#p
    const message = { kind: 'load', plan, bundle, share, targets, inspection, scriptFolder } as const
    return opLogFolder === undefined ? message : { ...message, opLog: { folder: opLogFolder, originEpochMs: this.#originEpochMs } }
  }

  async #prepare(): Promise<void> {
    this.#enter('prepare')
    const answer = await this.#roster.first.ask({ kind: 'prepare' }, 'prepared', withGrace(this.#p.plan.setup))
    this.#check('prepare', answer)
    if (answer.kind !== 'prepared') return
    // Also when the run was ended meanwhile: what was made is removed.
    this.#prepared = true
    for (const store of answer.made) this.#stores.add(store, true)
  }

  async #setup(): Promise<void> {
    const { plan, inspection, clock } = this.#p
    if (plan.setup.run && inspection.functions.includes('setup')) {
      this.#enter('setup')
      const beganMs = clock.now()
      const answer = await this.#roster.first.ask({ kind: 'setup' }, 'setUp', withGrace(plan.setup))
      this.#times.setupMs = clock.now() - beganMs
      this.#check('setup', answer)
      if (answer.kind !== 'setUp') return
      this.#setupData = answer.data
    }
    // Also when the run was ended meanwhile: what was set up is torn down.
    this.#setUp = true
  }

  async #open(): Promise<void> {
    const { plan, inspection } = this.#p
    this.#opened = true
    const step = inspection.functions.includes('setupVU') ? 'setupVU' : 'init'
    const message: ToAgent = { kind: 'open', data: this.#setupData }
    await this.#roster.askAll(() => message, 'ready', this.#checking(step), withGrace(plan.setup))
  }

  async #drive(): Promise<void> {
    const { clock } = this.#p
    this.#enter('running')
    const inMs = this.#p.plan.shards === 1 ? 0 : START_IN_MS
    const startedMs = clock.now() + inMs
    this.#startedMs = startedMs
    let n = 1
    let timer = clock.at(startedMs, () => { return })
    const arm = (): void => {
      timer = clock.at(startedMs + n++ * 1000 + FRAME_AFTER_MS, () => { this.#frame(); arm() })
    }
    arm()
    const answers = await this.#roster.askAll(() => ({ kind: 'start', inMs }), 'done', this.#checking('run'))
    timer.cancel()
    this.#counts.close(clock.now() - startedMs)
    this.#times.measuredMs = measuredBy(answers, this.#p.plan.scenarios) ?? Math.max(0, clock.now() - startedMs)
    for (const answer of answers) if (answer.kind === 'done') answer.stores.forEach((store) => { this.#stores.add(store) })
    this.#frame()
  }

  #frame(): void {
    const elapsedMs = Math.max(0, this.#p.clock.now() - (this.#startedMs ?? 0))
    const { plan, report } = this.#p
    this.#verdicts = judge(plan.thresholds, this.#counts.whole, elapsedMs, { final: false, windows: this.#counts.windows })
    report.frame({
      elapsedMs, phase: this.#phase, progress: this.#counts.whole.progress(), aggregate: this.#counts.whole, verdicts: this.#verdicts,
    })
    if (this.#phase !== 'running') return
    const aborted = abortedBy(this.#verdicts, elapsedMs * 1e6)
    if (aborted !== undefined) this.#end(aborted)
    else if (this.#counts.until?.look(elapsedMs, this.#counts.whole) === true) {
      this.#roster.tellAll({ kind: 'stop', graceful: true, reason: 'until' })
    }
  }

  async #leave(): Promise<void> {
    if (!this.#opened) return
    this.#enter('teardown')
    const limitMs = withGrace(this.#p.plan.teardown)
    const answers = await this.#roster.askAll(() => ({ kind: 'leave' }), 'left', this.#checking('teardownVU'), limitMs)
    for (const answer of answers) {
      const error = answer.kind === 'left' ? answer.errors[0] : undefined
      if (error !== undefined) this.#end(endingOf('teardownVU', { kind: 'script', error }))
    }
  }

  async #teardown(): Promise<void> {
    const { plan, inspection, clock } = this.#p
    if (!this.#setUp || !plan.teardown.run || !inspection.functions.includes('teardown')) return
    this.#enter('teardown')
    const beganMs = clock.now()
    const someone = await this.#someone()
    if (someone === undefined) return
    const message: ToAgent = { kind: 'teardown', data: this.#setupData }
    this.#check('teardown', await someone.ask(message, 'tornDown', withGrace(plan.teardown)))
    this.#times.teardownMs = clock.now() - beganMs
  }

  async #clean(): Promise<void> {
    const { plan, targets, clock } = this.#p
    if (!this.#prepared || !plan.cleanup.run) return
    this.#enter('cleanup')
    const beganMs = clock.now()
    for (const [workload, store] of Object.entries(targets.targets[targets.default] ?? {})) {
      const driver = plan.workloads.includes(workload) ? store['driver'] : undefined
      if (typeof driver === 'string') this.#stores.add({ workload, target: targets.default, driver })
    }
    const { cleanup, failure } = await cleanStores({
      stores: this.#stores.all(), unsettled: this.#cutOff(), timeoutMs: plan.cleanup.timeoutNs / 1e6, graceMs: GRACE_MS, clock,
      agent: () => this.#someone(),
    })
    this.#cleanup = cleanup
    if (failure !== undefined) this.#end(endingOf('cleanup', failure))
    this.#times.cleanupMs = clock.now() - beganMs
  }

  /** Whether operations may have been cut off, so that a store can still be at work on them. */
  #cutOff(): boolean {
    if (this.#ending !== undefined) return this.#opened || this.#times.setupMs !== undefined
    return this.#counts.whole.progress().some(({ iterationsInterrupted }) => iterationsInterrupted > 0)
  }

  /** The first agent, or a fresh one in its place: what is done once must be done even if the agent that should is gone. */
  async #someone(): Promise<AgentLine | undefined> {
    if (this.#roster.first.alive) return this.#roster.first
    const fresh = this.#roster.replaceFirst()
    const message = this.#loadMessage({ index: 0, count: 1 })
    let answer = await fresh.ask(message, 'loaded')
    // What is to be done now matters more than that it is written down.
    if (answer.kind === 'failed' && 'opLog' in message) answer = await fresh.ask({ ...message, opLog: undefined }, 'loaded')
    if (answer.kind === 'failed') fresh.lose('it could not be loaded')
    return answer.kind === 'loaded' ? fresh : undefined
  }

  #record(startedAt: string): RunRecord {
    const { plan, targetLines, builtin, remarks } = this.#p
    const known = this.#ending ?? this.#markedFailed
    const measuredMs = this.#startedMs === undefined ? undefined : this.#times.measuredMs
    const { ending, verdicts } = finalEnding(plan, { aggregate: this.#counts.whole, windows: this.#counts.windows, measuredMs }, known)
    return {
      version: 1, runId: plan.runId, startedAt, plan, times: this.#times, targets: targetLines, builtin,
      ...(remarks === undefined ? {} : { remarks: remarks() }),
      ...countedIn(plan, this.#counts.whole), verdicts, cleanup: this.#cleanup, ending, setupData: this.#setupData,
      ...(this.#opLog === undefined ? {} : { opLog: this.#opLog }),
      ...(this.#counts.until === undefined ? {} : { until: this.#counts.until.outcome() }),
    }
  }

  async #summarise(record: RunRecord): Promise<RunResult['handled']> {
    const { plan, summaryData } = this.#p
    const someone = plan.handleSummary?.run === true ? await this.#someone() : undefined
    if (plan.handleSummary === undefined || someone === undefined) return undefined
    this.#enter('summary')
    const timeoutMs = plan.handleSummary.timeoutNs / 1e6
    const message: ToAgent = { kind: 'summarise', data: summaryData(record), timeoutMs }
    const answer = await someone.ask(message, 'summarised', withGrace(plan.handleSummary))
    if (this.#ending?.kind === 'signal' && answer.kind === 'failed') return undefined
    return handledBy(answer, timeoutMs)
  }

  /** A step that failed anywhere ends the run, as soon as it is known; agents that are lost have ended it already. */
  #check(step: Step, answer: Answer<FromAgent['kind']>): void {
    if (answer.kind === 'failed') this.#end(endingOf(step, answer.failure))
  }
  #checking(step: Step) { return (answer: Answer<FromAgent['kind']>): void => { this.#check(step, answer) } }
}
