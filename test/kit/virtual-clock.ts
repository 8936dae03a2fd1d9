// A clock that stands still until it is told to go on: minutes pass in milliseconds, in the same order every time.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'

interface Waiting { readonly moment: number; readonly order: number; readonly wake: () => void }

/** How many messages may answer each other before time goes on. */
const TURNS = 12

export class VirtualClock implements Clock {
  #nowMs = 0
  #order = 0
  readonly #epochMs: number
  #waiting: Waiting[] = []

  constructor(epochMs = Date.UTC(2026, 0, 1)) { this.#epochMs = epochMs }

  now(): number { return this.#nowMs }
  epochMs(): number { return this.#epochMs + this.#nowMs }
  at(moment: number, wake: () => void): Timer {
    const waiting = { moment, order: this.#order++, wake }
    this.#waiting.push(waiting)
    return { cancel: () => { this.#waiting = this.#waiting.filter((other) => other !== waiting) } }
  }

  /** Jumps to the next thing anyone waits for. False when nobody waits. */
  advance(): boolean {
    this.#waiting.sort((a, b) => a.moment - b.moment || a.order - b.order)
    const next = this.#waiting.shift()
    if (next === undefined) return false
    this.#nowMs = Math.max(this.#nowMs, next.moment)
    next.wake()
    return true
  }

  /** Lets time pass until the promise has settled. Fails when nobody waits for anything any more and it still has not. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false }
    const watched = promise.finally(() => { state.settled = true })
    watched.catch(() => { return })
    for (;;) {
      // A macrotask lets every promise that can go on do so; messages of a memory link take one each.
      for (let turn = 0; turn < TURNS && !state.settled; turn++) await new Promise((resolve) => { setImmediate(resolve) })
      if (state.settled) return watched
      if (!this.advance()) throw new Error('nobody waits for anything, and the promise has not settled')
    }
  }
}
