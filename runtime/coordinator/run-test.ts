// The run itself: a sequence of steps over all agents, where the first reason to end wins and everything begun is ended.
import { isoMoment } from '../../bindings/sdk/index.ts'
import type { FromAgent, StoreName } from '../link/protocol.ts'
import { Aggregate } from '../metrics/aggregate.ts'
import type { Ending, PhaseTimes, RunRecord } from '../metrics/record.ts'
import { judge, shouldAbort, type Verdict } from '../metrics/verdict.ts'
import type { Answer, Hearer } from './agent-line.ts'
import { endedBy, endingOf, shardLost, type Step } from './endings.ts'
import { finalEnding } from './judgement.ts'
import { Roster } from './roster.ts'
import type { RunParts, RunPhase, RunResult } from './run.ts'

/** Agents begin together, this long after they are told: enough for the message to reach all of them. */
const START_IN_MS = 20
/** Frames are made a moment after the second, when the shards' reports have come. */
const FRAME_AFTER_MS = 100

type Times = { -readonly [K in keyof PhaseTimes]: PhaseTimes[K] }

export class TestRun implements Hearer {
  readonly #p: RunParts
  readonly #aggregate = new Aggregate()
  readonly #roster: Roster
  readonly #times: Times = { initMs: 0, measuredMs: 0 }
  readonly #stores = new Map<string, StoreName>()
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

  constructor(parts: RunParts) {
    this.#p = parts
    this.#roster = new Roster(parts.plan.shards, parts.open, parts.clock, this)
  }

  /** Ends the load now; teardown, cleanup and summary still happen. */
  stop(signal: string): void { this.#end({ kind: 'signal', signal }) }

  /** Runs everything; called once. Rejects only for bugs. */
  async run(): Promise<RunResult> {
    const startedAt = isoMoment(this.#p.clock.epochMs())
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
      const record = this.#record(startedAt)
      const handled = await this.#summarise(record)
      this.#enter('ended')
      return { record, handled }
    } finally {
      await this.#roster.close()
    }
  }

  // Hearer
  heard(message: Extract<FromAgent, { kind: 'snapshot' | 'log' | 'ended' }>, shard: number): void {
    switch (message.kind) {
      case 'snapshot': this.#aggregate.merge(shard, message.snapshot); break
      case 'log': this.#p.report.log(message, shard); break
      case 'ended':
        if (message.how === 'fail') this.#markedFailed ??= endedBy('fail', message.message, message.stack)
        else this.#end(endedBy('abort', message.message, message.stack))
        break
      default: message satisfies never
    }
  }
  lost(reason: string, shard: number): void { this.#end(shardLost(shard, reason)) }

  /** The first reason wins; what runs is interrupted at once. */
  #end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    if (this.#phase === 'running') this.#enter('stopping')
    if (this.#phase !== 'teardown' && this.#phase !== 'cleanup') {
      this.#roster.tellAll({ kind: 'stop', graceful: false, reason: ending.kind })
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
    this.#check('init', await this.#roster.askAll((index) => this.#loadMessage({ index, count: shards }), 'loaded'))
  }

  #loadMessage(share: { readonly index: number; readonly count: number }) {
    const { plan, bundle, targets, inspection, scriptFolder } = this.#p
    return { kind: 'load', plan, bundle, share, targets, inspection, scriptFolder } as const
  }

  async #prepare(): Promise<void> {
    this.#enter('prepare')
    this.#check('prepare', [await this.#roster.first.ask({ kind: 'prepare' }, 'prepared')])
    this.#prepared = this.#ending === undefined
  }

  async #setup(): Promise<void> {
    const { plan, inspection, clock } = this.#p
    if (plan.setup.run && inspection.functions.includes('setup')) {
      this.#enter('setup')
      const beganMs = clock.now()
      const answer = await this.#roster.first.ask({ kind: 'setup' }, 'setUp')
      this.#times.setupMs = clock.now() - beganMs
      this.#check('setup', [answer])
      if (answer.kind !== 'setUp') return
      this.#setupData = answer.data
    }
    this.#setUp = this.#ending === undefined
  }

  async #open(): Promise<void> {
    this.#opened = true
    const step = this.#p.inspection.functions.includes('setupVU') ? 'setupVU' : 'init'
    this.#check(step, await this.#roster.askAll(() => ({ kind: 'open', data: this.#setupData }), 'ready'))
  }

  async #drive(): Promise<void> {
    const { clock } = this.#p
    this.#enter('running')
    const startedMs = clock.now() + START_IN_MS
    this.#startedMs = startedMs
    let n = 1
    let timer = clock.at(startedMs, () => { return })
    const arm = (): void => {
      timer = clock.at(startedMs + n++ * 1000 + FRAME_AFTER_MS, () => { this.#frame(); arm() })
    }
    arm()
    const answers = await this.#roster.askAll(() => ({ kind: 'start', inMs: START_IN_MS }), 'done')
    timer.cancel()
    for (const answer of answers) {
      if (answer.kind !== 'done') continue
      this.#times.measuredMs = Math.max(this.#times.measuredMs, answer.measuredMs)
      for (const store of answer.stores) this.#stores.set(JSON.stringify(store), store)
    }
    this.#check('run', answers)
    this.#frame()
  }

  #frame(): void {
    const elapsedMs = Math.max(0, this.#p.clock.now() - (this.#startedMs ?? 0))
    const { plan, report } = this.#p
    this.#verdicts = judge(plan.thresholds, this.#aggregate, elapsedMs, { final: false })
    report.frame({
      elapsedMs, phase: this.#phase, progress: this.#aggregate.progress(), aggregate: this.#aggregate, verdicts: this.#verdicts,
    })
    if (this.#phase === 'running' && shouldAbort(this.#verdicts, elapsedMs * 1e6)) {
      const crossed = this.#verdicts.filter(({ ok, threshold }) => !ok && threshold.abortOnFail).map(({ threshold }) => threshold.metric)
      const message = `stopped early: ${[...new Set(crossed)].join(', ')} crossed a threshold with abortOnFail`
      this.#end({ kind: 'thresholds', aborted: true, message })
    }
  }

  async #leave(): Promise<void> {
    if (!this.#opened) return
    this.#enter('teardown')
    const answers = await this.#roster.askAll(() => ({ kind: 'leave' }), 'left')
    this.#check('teardownVU', answers)
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
    if (!await this.#someoneIsLeft()) return
    this.#check('teardown', [await this.#roster.first.ask({ kind: 'teardown', data: this.#setupData }, 'tornDown')])
    this.#times.teardownMs = clock.now() - beganMs
  }

  async #clean(): Promise<void> {
    const { plan, targets, clock } = this.#p
    if (!this.#prepared || !plan.cleanup.run) return
    this.#enter('cleanup')
    const beganMs = clock.now()
    if (!await this.#someoneIsLeft()) return
    const own = plan.workloads.map((workload) => ({ workload, target: targets.default, driver: this.#driverOf(workload) }))
    const stores = this.#stores.size > 0 ? [...this.#stores.values()] : own.filter(({ driver }) => driver !== '')
    const answer = await this.#roster.first.ask({ kind: 'cleanup', timeoutMs: plan.cleanup.timeoutNs / 1e6, stores }, 'cleaned')
    this.#check('cleanup', [answer])
    this.#times.cleanupMs = clock.now() - beganMs
    if (answer.kind !== 'cleaned') {
      this.#cleanup = { ran: true, deleted: 0, remaining: undefined, reason: 'the agent that cleaned up did not finish' }
      return
    }
    const { deleted, remaining, reason } = answer
    this.#cleanup = { ran: true, deleted, remaining, ...(reason === undefined ? {} : { reason }) }
  }

  #driverOf(workload: string): string {
    const driver = this.#p.targets.targets[this.#p.targets.default]?.[workload]?.['driver']
    return typeof driver === 'string' ? driver : ''
  }

  /** The first agent, or a fresh one in its place: what is done once must be done even if the agent that should is gone. */
  async #someoneIsLeft(): Promise<boolean> {
    if (this.#roster.first.alive) return true
    const answer = await this.#roster.replaceFirst().ask(this.#loadMessage({ index: 0, count: 1 }), 'loaded')
    return answer.kind === 'loaded'
  }

  #record(startedAt: string): RunRecord {
    const { plan, targetLines, builtin } = this.#p
    const known = this.#ending ?? this.#markedFailed
    const { ending, verdicts } = finalEnding(plan, this.#aggregate, this.#times.measuredMs, known, this.#startedMs !== undefined)
    return {
      version: 1, runId: plan.runId, startedAt, plan, times: this.#times, targets: targetLines, builtin,
      series: this.#aggregate.series(), errors: this.#aggregate.errors(), progress: this.#aggregate.progress(),
      verdicts, cleanup: this.#cleanup, ending, setupData: this.#setupData,
    }
  }

  async #summarise(record: RunRecord): Promise<RunResult['handled']> {
    const { plan, summaryData } = this.#p
    if (plan.handleSummary?.run !== true || !await this.#someoneIsLeft()) return undefined
    this.#enter('summary')
    const timeoutMs = plan.handleSummary.timeoutNs / 1e6
    const answer = await this.#roster.first.ask({ kind: 'summarise', data: summaryData(record), timeoutMs }, 'summarised')
    switch (answer.kind) {
      case 'summarised': return { result: answer.result }
      case 'lost': return { result: undefined, error: { message: `its agent was lost: ${answer.reason}`, stack: '' } }
      case 'failed': {
        const ending = endingOf('run', answer.failure)
        const message = 'message' in ending ? ending.message : ending.kind
        return { result: undefined, error: { message, stack: 'stack' in ending ? ending.stack : '' } }
      }
      default: return answer satisfies never
    }
  }

  /** A step that failed anywhere ends the run; agents that are lost have ended it already. */
  #check(step: Step, answers: readonly Answer<FromAgent['kind']>[]): void {
    for (const answer of answers) if (answer.kind === 'failed') this.#end(endingOf(step, answer.failure))
  }
}
