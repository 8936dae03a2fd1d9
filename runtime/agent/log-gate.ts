// The way of log lines out of an agent: what scripts print is bounded, so that a flood of it fills neither memory nor the link.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { LogEntry } from './context.ts'

/** What the scripts of one agent may print within a second, lines and characters. */
export const LINES_MAX = 1000
export const LENGTH_MAX = 2 ** 20
const WINDOW_MS = 1000
/** Messages that wait to be taken beyond which nothing is printed: whoever reads is slower than that. */
const WAITING_MAX = 1000

export interface LogGateParts {
  readonly clock: Clock
  readonly send: (entry: LogEntry) => void
  /** Messages sent and not yet taken. */
  readonly waiting: () => number
}

export class LogGate {
  readonly #p: LogGateParts
  #sinceMs = -Infinity
  #lines = 0
  #length = 0
  #told = false
  #leftOut = 0

  constructor(parts: LogGateParts) { this.#p = parts }

  /** Sends the entry, or leaves it out and says so once a second. What is not a script's always goes out. */
  readonly log = (entry: LogEntry): void => {
    const { clock, send, waiting } = this.#p
    if (entry.source !== 'console') { send(entry); return }
    const nowMs = clock.now()
    if (nowMs - this.#sinceMs >= WINDOW_MS) {
      this.#sinceMs = nowMs
      this.#lines = this.#length = 0
      this.#told = false
    }
    if (this.#lines < LINES_MAX && this.#length < LENGTH_MAX && waiting() < WAITING_MAX) {
      this.#lines++
      this.#length += entry.text.length
      send(entry)
      return
    }
    this.#leftOut++
    if (this.#told) return
    this.#told = true
    send({
      level: 'warn', source: 'chopsticks', vu: entry.vu,
      text: `the script prints more than ${String(LINES_MAX)} lines or 1 MiB a second: the rest is left out ` +
        `(${String(this.#leftOut)} so far)`,
    })
  }
}
