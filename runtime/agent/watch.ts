// What a watchdog makes of what runs in an agent, look by look: who is entered for too long, and whether anything goes on at all.
import { INIT, isOverdue, RUNNING } from '../sandbox/running.ts'
import type { FromAgent } from '../link/protocol.ts'

/** How often it looks. */
export const LOOK_MS = 100
/** Looks so far apart were none: the whole process stood still, or the machine had no time for it. */
const STILL_MS = 1000
/** An entry that lasts is told of from here on, and so often. */
const BUSY_FROM_MS = 1000
const BUSY_EVERY_MS = 500
/** That VUs are entered and left is told so often: it means that the agent lives, though its event loop may not turn. */
const BEAT_EVERY_MS = 1000
/** A loop takes its core, also where it must share it. One that takes less waits for the machine, and blames nobody. */
const CPU_SHARE_MIN = 0.1

export interface WatchOptions {
  /** Running's words. */
  readonly words: Int32Array
  /** The script's exported functions, by index. */
  readonly functions: readonly string[]
  /** The script's name, as the user knows it. */
  readonly script: string
  readonly sliceLimitMs: number
  readonly initLimitMs: number
}

type Said = Extract<FromAgent, { kind: 'heartbeat' | 'busy' }>

export class Watch {
  readonly #o: WatchOptions
  #entry = 0
  #sinceMs = 0
  #sinceCpuMs = 0
  #lookedMs = 0
  #saidMs = -Infinity

  constructor(options: WatchOptions) { this.#o = options }

  /** One look, at a moment and the CPU time the process has used until then; what is to be said, if anything is. */
  look(nowMs: number, cpuMs: number): Said | undefined {
    const { words } = this.#o
    const entry = Atomics.load(words, RUNNING.entry)
    const still = nowMs - this.#lookedMs > STILL_MS
    this.#lookedMs = nowMs
    if (entry !== this.#entry || still) {
      const moved = entry !== this.#entry
      this.#entry = entry
      this.#sinceMs = nowMs
      this.#sinceCpuMs = cpuMs
      return moved && this.#due(nowMs, BEAT_EVERY_MS) ? { kind: 'heartbeat' } : undefined
    }
    if (entry % 2 === 0) return undefined
    const fn = Atomics.load(words, RUNNING.fn)
    const forMs = nowMs - this.#sinceMs
    const limitMs = fn === INIT ? this.#o.initLimitMs : this.#o.sliceLimitMs
    if (isOverdue(forMs, () => cpuMs - this.#sinceCpuMs, limitMs)) Atomics.store(words, RUNNING.over, entry)
    if (forMs < BUSY_FROM_MS || cpuMs - this.#sinceCpuMs < forMs * CPU_SHARE_MIN || !this.#due(nowMs, BUSY_EVERY_MS)) return undefined
    return { kind: 'busy', vu: Atomics.load(words, RUNNING.vu), what: this.#whatOf(fn), forMs }
  }

  #due(nowMs: number, everyMs: number): boolean {
    if (nowMs - this.#saidMs < everyMs) return false
    this.#saidMs = nowMs
    return true
  }

  #whatOf(fn: number): string {
    const { functions, script } = this.#o
    return `${fn === INIT ? 'init code' : `${functions[fn] ?? 'a function'}()`} of ${script}`
  }
}
