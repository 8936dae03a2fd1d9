// What every run needs and takes long to come up, begun before anything else is even loaded: a shard's process.
import type { AgentLink } from '../coordinator/agent-line.ts'
import { forkAgent } from '../link/process.ts'
import { AGENT_ENTRY } from './agent-entry.ts'

/** Commands that answer without a script, or with the processes of their own. */
const ELSEWHERE = /^(?:-h|--help|--version|--shards=0)$/
const SCRIPT = /\.[cm]?[jt]sx?$/

/** Whether a command line looks as if it ran a script; wrong now and then, which costs a process that is ended again. */
export function looksLikeRun(args: readonly string[]): boolean {
  const [first = ''] = args
  if (first !== 'run' && (first.startsWith('-') || !SCRIPT.test(first))) return false
  return !args.some((arg, at) => ELSEWHERE.test(arg) || (arg === '--shards' && args[at + 1] === '0'))
}

/** An agent that was started ahead of time, for who needs the first. */
export class HeadStart {
  #agent: AgentLink | undefined

  /** Begins where `args` look like a run. */
  constructor(args: readonly string[]) { if (looksLikeRun(args)) this.#agent = forkAgent(AGENT_ENTRY) }

  /** Whether there is an agent that nobody took yet. */
  get begun(): boolean { return this.#agent !== undefined }

  /** The agent, once. */
  take(): AgentLink | undefined {
    const agent = this.#agent
    this.#agent = undefined
    return agent
  }

  /** Ends the agent at once where nobody took it. */
  async end(): Promise<void> { await this.take()?.close(0) }
}

/** What the door begins with, before the program is loaded. */
export const headStart = (): HeadStart => new HeadStart(process.argv.slice(2))
