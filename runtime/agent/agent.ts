// The agent: one shard, one process. It does what its link asks, in order, and cannot tell a child process from another machine.
import type { Binding, Clock, Json, Timer } from '../../bindings/sdk/index.ts'
import type { Link } from '../link/link.ts'
import type { Bundle, Failure, FromAgent, ToAgent } from '../link/protocol.ts'
import type { Limits } from '../plan/plan.ts'
import { Sandbox, type SandboxOptions } from '../sandbox/sandbox.ts'
import type { VuMaker } from './context.ts'
import type { CpuUsage } from './generator-load.ts'
import { inspect } from './inspect.ts'
import { openOpLog, OpLog } from './op-log.ts'
import { bugOf, Shard } from './shard.ts'
import type { SoloEnd } from './solo.ts'

/** How often an agent says that it lives. */
const HEARTBEAT_MS = 1000

export interface AgentParts {
  readonly link: Link<FromAgent, ToAgent>
  readonly clock: Clock
  readonly bindings: readonly Binding[]
  /** Default: the process's own. */
  readonly cpuUsage?: CpuUsage
  /** Opens what VUs are made in; default: a sandbox. */
  readonly openSandbox?: (options: SandboxOptions) => Promise<VuMaker>
}

/** Serves the link until it is closed or lost. */
export async function runAgent(parts: AgentParts): Promise<void> {
  const agent = new Agent(parts)
  await agent.serve()
}

class Agent {
  readonly #p: AgentParts
  #sandbox: VuMaker | undefined
  #digest = ''
  #shard: Shard | undefined
  #work = Promise.resolve()
  #over = false
  #heart: Timer | undefined
  #beatMs = 0

  constructor(parts: AgentParts) { this.#p = parts }

  serve(): Promise<void> {
    const { link, clock } = this.#p
    return new Promise((resolve) => {
      const end = (): void => {
        if (this.#over) return
        this.#over = true
        this.#heart?.cancel()
        resolve()
      }
      link.listen((message) => {
        switch (message.kind) {
          // What must be heard while something else is under way.
          case 'stop': this.#shard?.stop(message.graceful); break
          case 'close': void this.#close().then(end); break
          default: this.#queue(message)
        }
      }, () => {
        // Nobody will clean up what would still be made.
        this.#shard?.stop(false)
        end()
      })
      link.send({ kind: 'hello', pid: process.pid })
      this.#beat(clock)
    })
  }

  #beat(clock: Clock): void {
    if (this.#over) return
    this.#heart = clock.at(clock.now() + HEARTBEAT_MS, () => {
      this.#alive()
      this.#beat(clock)
    })
  }

  /**
   * Says that the agent lives, when it has not said so for a while. VUs that keep it busy for long leave no time for timers, and it
   * lives all the same as long as one after the other makes progress.
   */
  readonly #alive = (): void => {
    const nowMs = this.#p.clock.now()
    if (nowMs - this.#beatMs < HEARTBEAT_MS) return
    this.#beatMs = nowMs
    this.#p.link.send({ kind: 'heartbeat' })
  }

  #queue(message: Exclude<ToAgent, { kind: 'stop' | 'close' }>): void {
    this.#work = this.#work.then(() => this.#answer(message)).catch((error: unknown) => { this.#fail(message.kind, bugOf(error)) })
  }

  async #answer(message: Exclude<ToAgent, { kind: 'stop' | 'close' }>): Promise<void> {
    const reply = (answer: FromAgent): void => { this.#p.link.send(answer) }
    switch (message.kind) {
      case 'inspect': return this.#inspect(message)
      case 'load': {
        const sandbox = await this.#sandboxFor(message.bundle, message.plan.limits)
        const { bindings, clock } = this.#p
        const opLog = openOpLog(message, clock, (text) => { reply({ kind: 'log', level: 'warn', source: 'chopsticks', text }) })
        if (opLog !== undefined && !(opLog instanceof OpLog)) { this.#fail('load', opLog); return }
        const { cpuUsage } = this.#p
        this.#shard = new Shard({ load: message, sandbox, bindings, clock, opLog, send: reply, alive: this.#alive, cpuUsage })
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
        const opened = await this.#loaded().open(message.data)
        if ('vus' in opened) reply({ kind: 'ready', vus: opened.vus })
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
    const seen = await inspect({ sandbox, bindings, clock, request: message, log: (entry) => { link.send({ kind: 'log', ...entry }) } })
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

  async #close(): Promise<void> {
    this.#shard?.stop(false)
    await this.#shard?.close()
    this.#sandbox?.[Symbol.dispose]()
    await this.#p.link.close()
  }
}
