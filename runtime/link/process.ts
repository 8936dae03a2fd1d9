// A link to an agent in a child process, over Node's IPC channel; and the agent's own end of it.
import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { Link } from './link.ts'
import { readFromAgent } from './message.ts'
import type { FromAgent, ToAgent } from './protocol.ts'
import { hearAside, SIDE_FD } from './side-channel.ts'

/** How much of a dying agent's stderr is kept for the message about its loss. */
const STDERR_KEPT_BYTES = 4096
/** How long an agent has to leave by itself once its link is closed. */
const LEAVE_MS = 2000

/**
 * The V8 stack, in KiB, an agent may be forked with. On Node's default stack a deep recursion in a guest overflows V8 before
 * QuickJS notices; the process's own limit allows more. 592 KiB stay for what is below V8's frames; unlimited counts as 8 MiB.
 */
export function agentStackKib(limits: string): number {
  const soft = /^Max stack size\s+(\d+)/m.exec(limits)?.[1]
  const kib = soft === undefined ? 8192 : Number(soft) / 1024
  return Math.max(984, Math.min(kib, 8192) - 592)
}

const stackKib = (): number => {
  try { return agentStackKib(readFileSync('/proc/self/limits', 'utf8')) } catch { return 984 }
}

class ParentEnd implements Link<ToAgent, FromAgent> {
  readonly #child: ChildProcess
  readonly #waiting: FromAgent[] = []
  readonly #gone: Promise<void>
  readonly #leaveMs: number
  #hear: ((message: FromAgent) => void) | undefined
  #onLost: ((reason: string) => void) | undefined
  #lostReason: string | undefined
  #closing = false
  #stderr = ''

  constructor(child: ChildProcess, leaveMs: number) {
    this.#child = child
    this.#leaveMs = leaveMs
    child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT_BYTES) })
    const side = child.stdio[SIDE_FD]
    if (side instanceof Readable) hearAside(side, (message) => { this.#arrive(message) })
    child.on('message', (message) => {
      const known = readFromAgent(message)
      if (known === undefined) this.#lose('it sent what is no message of an agent')
      else this.#arrive(known)
    })
    this.#gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#lose(signal === null ? `its process ended with code ${String(code)}` : `its process was killed by ${signal}`)
        resolve()
      })
      child.on('error', (error) => { this.#lose(`its process could not be used: ${error.message}`); resolve() })
    })
  }

  send(message: ToAgent): void {
    if (!this.#child.connected) return
    this.#child.send(message, (error) => { if (error !== null) this.#lose(`it could not be sent to: ${error.message}`) })
  }

  listen(onMessage: (message: FromAgent) => void, onLost: (reason: string) => void): void {
    this.#hear = onMessage
    this.#onLost = onLost
    for (const message of this.#waiting.splice(0)) onMessage(message)
    if (this.#lostReason !== undefined) onLost(this.#lostReason)
  }

  async close(leaveMs = this.#leaveMs): Promise<void> {
    this.#closing = true
    this.send({ kind: 'close' })
    const kill = setTimeout(() => { this.#child.kill('SIGKILL') }, leaveMs)
    await this.#gone
    clearTimeout(kill)
  }

  #arrive(message: FromAgent): void {
    if (this.#hear === undefined) this.#waiting.push(message)
    else this.#hear(message)
  }

  #lose(reason: string): void {
    if (this.#closing || this.#lostReason !== undefined) return
    const said = this.#stderr.split('\n').find((line) => /error|fatal|memory/i.test(line))
    this.#lostReason = said === undefined ? reason : `${reason} (${said.trim()})`
    this.#onLost?.(this.#lostReason)
  }
}

/**
 * Room for what lives as long as an operation: with V8's own 1 to 16 MiB, operations in flight are moved again and again before they end
 * (6 % of a 4 KiB GET's CPU time). MiB of each half of the young generation.
 */
const YOUNG = ['--min-semi-space-size=16', '--max-semi-space-size=32']

/**
 * How much of a function of WebAssembly runs, in bytes of its code, before V8 compiles it a second time, for speed: as in V8 13. With
 * the seventh part of it, V8 11's own, a run of one iteration spends more on compiling QuickJS's interpreter than on all else.
 */
const TIERING = ['--wasm-tiering-budget=13000000']

/** Starts an agent process running `entry` and links to it. One that has not ended `leaveMs` after its link was closed is killed. */
export function forkAgent(entry: string, leaveMs = LEAVE_MS): Link<ToAgent, FromAgent> {
  const child = fork(entry, {
    execArgv: [`--stack-size=${String(stackKib())}`, ...YOUNG, ...TIERING],
    serialization: 'advanced',
    // Files are read and written by so many threads at once, drivers that wait in them among it; it can't be set later.
    env: { UV_THREADPOOL_SIZE: '32', ...process.env },
    // The terminal's signals are the CLI's to handle: an agent of its own group hears of them by 'stop' only.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
  })
  return new ParentEnd(child, leaveMs)
}

/** The agent's end: messages from whoever forked this process. When the parent is gone, `onLost` is told. */
export function parentLink(): Link<FromAgent, ToAgent> {
  let waiting = 0
  const left = (): void => { waiting-- }
  return {
    send(message) {
      if (!process.connected) return
      waiting++
      process.send?.(message, left)
    },
    get waiting() { return waiting },
    listen(onMessage, onLost) {
      const gone = (): void => { onLost('the process that started this agent is gone') }
      process.on('message', (message) => { onMessage(message as ToAgent) })
      process.once('disconnect', gone)
      // It may have gone while this process was still loading.
      if (!process.connected) gone()
    },
    close() {
      if (process.connected) process.disconnect()
      return Promise.resolve()
    },
  }
}
