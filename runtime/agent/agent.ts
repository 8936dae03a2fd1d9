// The agent: one shard, one process. It does what its link asks, in order, and cannot tell a child process from another machine.
import { systemClock, type Binding, type Clock, type Json, type Timer } from '../../bindings/sdk/index.ts'
import type { Link } from '../link/link.ts'
import type { Bundle, Failure, FromAgent, ToAgent } from '../link/protocol.ts'
import { isArrivals } from '../plan/load-shape.ts'
import type { Limits } from '../plan/plan.ts'
import { Running } from '../sandbox/running.ts'
import { Sandbox, type SandboxOptions } from '../sandbox/sandbox.ts'
import type { VuMaker } from './context.ts'
import type { CpuUsage } from './generator-load.ts'
import { inspect } from './inspect.ts'
import { LogGate } from './log-gate.ts'
import { openOpLog, OpLog } from './op-log.ts'
import { bugOf, Shard } from './shard.ts'
import type { SoloEnd } from './solo.ts'
import type { Watchdog } from './watchdog.ts'

/** How often an agent says that it lives. */
const HEARTBEAT_MS = 1000
/** A shard with one VU is watched only when it lasts so long: it is known who keeps it busy, and a thread costs a short run much. */
const ALONE_MS = 1000

export interface AgentParts {
  readonly link: Link<FromAgent, ToAgent>
  readonly clock: Clock
  readonly bindings: readonly Binding[]
  /** None where nothing can be stuck for long. */
  readonly watchdog?: Watchdog
  /** Default: the process's own. */
  readonly cpuUsage?: CpuUsage
  /** Told when a load arrives in which iterations are due at moments of their own. */
  readonly onArrivals?: () => void
  /** Opens what VUs are made in; default: a sandbox. */
  readonly openSandbox?: (options: SandboxOptions) => Promise<VuMaker>
}

/** Serves the link until it is closed, after everything was ended, or lost. */
export async function runAgent(parts: AgentParts): Promise<{ readonly closed: boolean }> {
  const agent = new Agent(parts)
  return { closed: await agent.serve() }
}

class Agent {
  readonly #p: AgentParts
  readonly #log: LogGate
  readonly #running = new Running()
  #watching: Disposable = { [Symbol.dispose]: () => { return } }
  #sandbox: VuMaker | undefined
  #digest = ''
  #shard: Shard | undefined
  #work = Promise.resolve()
  #over = false
  /** Everything was ended before the link was. */
  #closed = false
  #heart: Timer | undefined

  constructor(parts: AgentParts) {
    const { clock, link } = parts
    this.#p = parts
    this.#log = new LogGate({ clock, send: (entry) => { link.send({ kind: 'log', ...entry }) }, waiting: () => link.waiting ?? 0 })
  }

  /** True when it was closed, false when it was lost. */
  serve(): Promise<boolean> {
    const { link, clock } = this.#p
    return new Promise((resolve) => {
      const end = (closed: boolean): void => {
        if (this.#over) return
        this.#over = true
        this.#heart?.cancel()
        resolve(closed)
      }
      link.listen((message) => {
        switch (message.kind) {
          // What must be heard while something else is under way.
          case 'stop': this.#shard?.stop(message.graceful); break
          case 'close': void this.#close().then(() => { end(true) }); break
          default: this.#queue(message)
        }
      }, () => {
        // Nobody will clean up what would still be made.
        this.#shard?.stop(false)
        end(this.#closed)
      })
      link.send({ kind: 'hello', pid: process.pid })
      this.#beat(clock)
    })
  }

  #beat(clock: Clock): void {
    if (this.#over) return
    this.#heart = clock.at(clock.now() + HEARTBEAT_MS, () => {
      this.#p.link.send({ kind: 'heartbeat' })
      this.#beat(clock)
    })
  }

  #queue(message: Exclude<ToAgent, { kind: 'stop' | 'close' }>): void {
    this.#work = this.#work.then(() => this.#answer(message)).catch((error: unknown) => { this.#fail(message.kind, bugOf(error)) })
  }

  async #answer(message: Exclude<ToAgent, { kind: 'stop' | 'close' }>): Promise<void> {
    const reply = (answer: FromAgent): void => { this.#p.link.send(answer) }
    switch (message.kind) {
      case 'inspect': return this.#inspect(message)
      case 'load': {
        if (message.plan.scenarios.some(isArrivals)) this.#p.onArrivals?.()
        const sandbox = await this.#sandboxFor(message.bundle, message.plan.limits)
        const { bindings, clock } = this.#p
        const opLog = openOpLog(message, clock, (text) => { reply({ kind: 'log', level: 'warn', source: 'chopsticks', text }) })
        if (opLog !== undefined && !(opLog instanceof OpLog)) { this.#fail('load', opLog); return }
        const { cpuUsage } = this.#p
        const log = this.#log.log
        const shard = new Shard({ load: message, sandbox, bindings, clock, opLog, send: reply, log, cpuUsage })
        this.#shard = shard
        this.#watch(sandbox, message.inspection.functions, message.plan.script.name, shard.vus.length > 1 ? 0 : ALONE_MS)
        reply({ kind: 'loaded' })
        return
      }
      case 'prepare': {
        const prepared = await this.#loaded().prepare()
        if ('made' in prepared) reply({ kind: 'prepared', made: prepared.made })
        else this.#fail('prepare', prepared)
        return
      }
      case 'setup': this.#solo('setup', await this.#loaded().setup(), (data) => { reply({ kind: 'setUp', data }) }); return
      case 'open': {
        const shard = this.#loaded()
        const opened = await shard.open(message.data)
        const [only] = shard.vus.length === 1 ? shard.vus : []
        if ('vus' in opened) reply({ kind: 'ready', vus: opened.vus, ...(only === undefined ? {} : { only }) })
        else this.#fail('open', opened)
        return
      }
      case 'start': {
        const shard = this.#loaded()
        await shard.start(message.inMs)
        reply({ kind: 'done', ...shard.measured(), stores: shard.stores() })
        return
      }
      case 'leave': {
        const left = await this.#loaded().leave()
        if ('errors' in left) reply({ kind: 'left', errors: left.errors })
        else this.#fail('leave', left)
        return
      }
      case 'teardown':
        this.#solo('teardown', await this.#loaded().teardown(message.data), () => { reply({ kind: 'tornDown' }) })
        return
      case 'cleanup': reply(await this.#loaded().cleanup(message)); return
      case 'closeOpLog': reply(await this.#loaded().closeOpLog()); return
      case 'summarise':
        this.#solo('summarise', await this.#loaded().summarise(message.data, message.timeoutMs), (text) => {
          reply({ kind: 'summarised', result: text === undefined ? undefined : JSON.parse(text) as Json })
        })
        return
      default: return message satisfies never
    }
  }

  async #inspect(message: Extract<ToAgent, { kind: 'inspect' }>): Promise<void> {
    const { link, bindings, clock } = this.#p
    const sandbox = await this.#sandboxFor(message.bundle, message.limits)
    if (this.#p.watchdog?.fromTheFirst === true) this.#watch(sandbox, [], 'the script', 0)
    const seen = await inspect({ sandbox, bindings, clock, request: message, log: this.#log.log })
    if ('failure' in seen) this.#fail('inspect', seen.failure)
    else link.send({ kind: 'inspected', inspection: seen.inspection })
  }

  #solo(step: ToAgent['kind'], end: SoloEnd, reply: (valueText: string | undefined) => void): void {
    if (end.ok) reply(end.valueText)
    else this.#fail(step, end.failure)
  }

  #fail(step: ToAgent['kind'], failure: Failure): void { this.#p.link.send({ kind: 'failed', step, failure }) }

  #loaded(): Shard {
    if (this.#shard === undefined) throw new Error('the agent was asked to work before it was loaded')
    return this.#shard
  }

  async #sandboxFor(bundle: Bundle, limits: Limits): Promise<VuMaker> {
    const key = `${bundle.digest} ${String(limits.vuMemoryBytes)} ${String(limits.vuSliceNs)}`
    if (this.#sandbox !== undefined && this.#digest === key) return this.#sandbox
    this.#sandbox?.[Symbol.dispose]()
    this.#sandbox = await (this.#p.openSandbox ?? Sandbox.open)({
      bundle: { code: bundle.code, name: bundle.name }, memoryLimitBytes: limits.vuMemoryBytes, sliceLimitMs: limits.vuSliceNs / 1e6,
      running: this.#running, ...(this.#p.clock === systemClock ? {} : { epochMs: () => this.#p.clock.epochMs() }),
      onModuleAbort: (vu, reason, vusLost) => {
        this.#p.link.send({
          kind: 'log', level: 'error', source: 'chopsticks', vu,
          text: `VU ${String(vu)} broke its WebAssembly module (${reason}); the ${String(vusLost)} VUs in it are rebuilt`,
        })
      },
    })
    this.#digest = key
    return this.#sandbox
  }

  #watch({ sliceLimitMs, initLimitMs }: VuMaker, functions: readonly string[], script: string, inMs: number): void {
    const { watchdog, clock, link } = this.#p
    this.#watching[Symbol.dispose]()
    if (watchdog === undefined) return
    const watch = { words: this.#running.words, functions, script, sliceLimitMs, initLimitMs }
    let watching: Disposable | undefined
    const start = (): void => {
      watching = watchdog.start(watch, (reason) => {
        link.send({ kind: 'log', level: 'warn', source: 'chopsticks', text: `the watchdog of this shard failed: ${reason}` })
      })
    }
    const timer = inMs > 0 && !watchdog.fromTheFirst ? clock.at(clock.now() + inMs, start) : undefined
    if (timer === undefined) start()
    this.#watching = { [Symbol.dispose]: () => { timer?.cancel(); watching?.[Symbol.dispose]() } }
  }

  async #close(): Promise<void> {
    this.#shard?.stop(false)
    await this.#shard?.close()
    this.#sandbox?.[Symbol.dispose]()
    this.#watching[Symbol.dispose]()
    this.#closed = true
    await this.#p.link.close()
  }
}
