// What every run needs and takes long to come up, begun before anything else is even loaded: a shard's process.
import type { AgentLink } from '../coordinator/agent-line.ts'
import { forkAgent } from '../link/process.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { AGENT_ENTRY } from './agent-entry.ts'
import { STOP_SIGNALS } from './stop-signals.ts'

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
  readonly #exit: (code: number) => void
  #agent: AgentLink | undefined
  readonly #onSignal = (signal: string): void => {
    process.stderr.write(`error: stopped by ${signal}\n`)
    void this.end().then(() => { this.#exit(EXIT_CODES.signal) })
  }

  /** Begins where `args` look like a run. Until somebody takes the agent a signal ends both: `exit` is called with 105. */
  constructor(args: readonly string[], exit: (code: number) => void) {
    this.#exit = exit
    if (!looksLikeRun(args)) return
    for (const name of STOP_SIGNALS) process.once(name, this.#onSignal)
    this.#agent = forkAgent(AGENT_ENTRY)
  }

  /** Whether there is an agent that nobody took yet. */
  get begun(): boolean { return this.#agent !== undefined }

  /** The agent, once. */
  take(): AgentLink | undefined {
    const agent = this.#agent
    this.#agent = undefined
    for (const name of STOP_SIGNALS) process.off(name, this.#onSignal)
    return agent
  }

  /** Ends the agent at once where nobody took it. */
  async end(): Promise<void> { await this.take()?.close(0) }
}

/** What the door begins with, before the program is loaded. */
export const headStart = (exit: (code: number) => void): HeadStart => new HeadStart(process.argv.slice(2), exit)
