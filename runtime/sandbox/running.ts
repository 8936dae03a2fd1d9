// What runs now, in memory other threads can read: a thread that is inside a built-in loop of the engine can't be asked.
import { systemClock } from '../../bindings/sdk/index.ts'

/** Its words, for who watches. */
export const RUNNING = {
  /** Odd while a VU is entered; grows by one at either end of each entry. */
  entry: 0,
  vu: 1,
  /** Index of the function among the script's exported ones; INIT: init code. */
  fn: 2,
  /** Written by who watches: the entry that has taken longer than it may, though the engine was not polled. */
  over: 3,
} as const
export const INIT = -1

/** What an entry that is over its time must have used of it: a process the machine leaves waiting has no guilty VU. */
const CPU_SHARE_MIN = 0.5

/**
 * True when an entry has taken longer than it may: `passedMs` of time, and enough of the process's CPU time to have been what took it.
 * `cpuMs` is asked only when the time alone would say so.
 */
export const isOverdue = (passedMs: number, cpuMs: () => number, limitMs: number): boolean =>
  passedMs > limitMs && cpuMs() >= limitMs * CPU_SHARE_MIN

/** CPU time this process has used, all its threads together, ms. */
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The time one entry may take. It runs from the first question: entries too short to be asked about cost nothing. */
export class Allowance {
  #limitMs = 0
  #startedMs = 0
  #startedCpuMs = 0

  get limitMs(): number { return this.#limitMs }

  begin(limitMs: number): void {
    this.#limitMs = limitMs
    this.#startedMs = 0
  }

  isOver(): boolean {
    const nowMs = systemClock.now()
    if (this.#startedMs === 0) {
      this.#startedMs = nowMs
      this.#startedCpuMs = cpuMs()
    }
    return isOverdue(nowMs - this.#startedMs, () => cpuMs() - this.#startedCpuMs, this.#limitMs)
  }
}

/** One for all sandboxes of a thread: they enter their VUs one after the other. */
export class Running {
  readonly words = new Int32Array(new SharedArrayBuffer(Object.keys(RUNNING).length * 4))
  #entry = 0

  enter(vu: number, fn: number): void {
    const { words } = this
    words[RUNNING.vu] = vu
    words[RUNNING.fn] = fn
    words[RUNNING.entry] = ++this.#entry
  }

  /** True when the entry took longer than it may. */
  leave(): boolean {
    const { words } = this
    const over = words[RUNNING.over] === words[RUNNING.entry]
    words[RUNNING.entry] = ++this.#entry
    return over
  }
}
