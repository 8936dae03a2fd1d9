// The agents of a run: how many, and the links to them.
import { availableParallelism } from 'node:os'
import inspector from 'node:inspector'
import type { AgentLink } from '../coordinator/agent-line.ts'
import { forkAgent } from '../link/process.ts'
import type { FromAgent, ToAgent } from '../link/protocol.ts'
import { vusAtStart } from '../plan/load-shape.ts'
import type { Plan } from '../plan/plan.ts'
import { AGENT_ENTRY } from './agent-entry.ts'
import type { HeadStart } from './head-start.ts'

/** More are seldom of use to one store, and each takes memory: who needs them says so with --shards. */
const SHARDS_DEFAULT_MAX = 8

/** The cores left to use: one is the store's, or the machine's. */
export const defaultShards = (): number => Math.min(SHARDS_DEFAULT_MAX, Math.max(1, availableParallelism() - 1))

/** The plan over no more shards than it has VUs at its start; a number that was asked for stands. */
export function fittingShards(plan: Plan, asked: number | undefined): Plan {
  const vus = plan.scenarios.reduce((sum, scenario) => sum + vusAtStart(scenario), 0)
  return asked !== undefined || plan.shards <= vus ? plan : { ...plan, shards: Math.max(1, vus) }
}

/** Opens links to agents and can end them all. The first is started early: it looks at the script, then becomes the first shard. */
export class Agents {
  readonly #inProcess: boolean
  readonly #headStart: HeadStart | undefined
  readonly #pids = new Set<number>()
  readonly #links = new Set<AgentLink>()
  /** Links to agents that have said hello. */
  readonly #greeted = new Set<AgentLink>()
  #first: AgentLink | undefined

  /** @param inProcess no processes: the agents live in this one, for debugging. @param headStart the first agent may be there already. */
  constructor(inProcess: boolean, headStart?: HeadStart) {
    this.#inProcess = inProcess
    this.#headStart = headStart
  }

  /** The agent that looks at the script, and becomes the first shard's. */
  async first(): Promise<AgentLink> {
    this.#first ??= this.#inProcess ? await this.#openHere() : this.#fork()
    return this.#first
  }

  /** The link to a shard, for the coordinator; the first agent is handed out once. */
  open(shard: number): AgentLink {
    const first = this.#first
    if (shard === 0 && first !== undefined) {
      this.#first = undefined
      return first
    }
    return this.#fork()
  }

  /** Ends every agent well. */
  async close(): Promise<void> { await Promise.all([...this.#links].map((link) => link.close())) }

  /**
   * Ends every agent at once, whatever it does. Of one that has not said its number yet the end is waited for: a process left
   * while it is still loading may miss that nobody is there any more.
   */
  async abandon(): Promise<void> {
    this.kill()
    await Promise.all([...this.#links].filter((link) => !this.#greeted.has(link)).map((link) => link.close()))
  }

  /** Kills every agent's process whose number is known. */
  kill(): void {
    for (const pid of this.#pids) {
      // It may have ended by itself.
      try { process.kill(pid, 'SIGKILL') } catch (error) { if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error }
    }
  }

  #fork(): AgentLink {
    const link = this.#headStart?.take() ?? forkAgent(AGENT_ENTRY)
    let pid: number | undefined
    const known: AgentLink = {
      send: (message) => { link.send(message) },
      listen: (onMessage, onLost) => {
        link.listen((message) => {
          if (message.kind === 'hello') {
            pid = message.pid
            this.#pids.add(pid)
            this.#greeted.add(known)
          }
          onMessage(message)
        }, (reason) => {
          // Its number may soon be another process's.
          if (pid !== undefined) this.#pids.delete(pid)
          onLost(reason)
        })
      },
      close: async (leaveMs) => {
        await link.close(leaveMs)
        this.#links.delete(known)
        if (pid !== undefined) this.#pids.delete(pid)
      },
    }
    this.#links.add(known)
    return known
  }

  async #openHere(): Promise<AgentLink> {
    const [{ memoryLink }, { runAgent }, { watchdog }, { registry }, { systemClock }] = await Promise.all([
      import('../link/memory.ts'), import('../agent/agent.ts'), import('../agent/watchdog.ts'), import('../../bindings/index.ts'),
      import('../../bindings/sdk/index.ts'),
    ])
    const { left, right } = memoryLink<ToAgent, FromAgent>((task) => { setImmediate(task) })
    // In a debugger everything may stand still for as long as somebody looks at it.
    const watched = inspector.url() === undefined ? { watchdog: watchdog(undefined) } : {}
    void runAgent({ link: right, clock: systemClock, bindings: registry(), ...watched })
    this.#links.add(left)
    return left
  }
}
