// A clock that stands still until it is told to go on: minutes pass in milliseconds, in the same order every time.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'
import { MinHeap } from '../../runtime/schedule/min-heap.ts'

interface Waiting { readonly moment: number; readonly order: number; readonly wake: () => void; cancelled: boolean }

/** How many messages may answer each other before time goes on. */
const TURNS = 12
/** How many promises may follow one from another before time goes on. */
const PROMISES = 32

export class VirtualClock implements Clock {
  #nowMs = 0
  #order = 0
  #epochMs: number
  readonly #waiting = new MinHeap<Waiting>((a, b) => a.moment < b.moment || (a.moment === b.moment && a.order < b.order))

  constructor(epochMs = Date.UTC(2026, 0, 1)) { this.#epochMs = epochMs }

  now(): number { return this.#nowMs }
  epochMs(): number { return this.#epochMs + this.#nowMs }
  at(moment: number, wake: () => void): Timer {
    const waiting = { moment, order: this.#order++, wake, cancelled: false }
    this.#waiting.push(waiting)
    return { cancel: () => { waiting.cancelled = true } }
  }

  /** Jumps to the next thing anyone waits for. False when nobody waits. */
  advance(): boolean {
    let next = this.#waiting.pop()
    while (next?.cancelled === true) next = this.#waiting.pop()
    if (next === undefined) return false
    this.#nowMs = Math.max(this.#nowMs, next.moment)
    next.wake()
    return true
  }

  /** Lets so much time pass in which nobody is woken: a machine that stood still. What was due meanwhile is late. */
  standStill(durationMs: number): void { this.#nowMs += durationMs }

  /** Sets the date on or back, as whoever keeps a machine's time may; durations know nothing of it. */
  changeDate(byMs: number): void { this.#epochMs += byMs }

  /** Lets time pass until the promise has settled. Fails when nobody waits for anything any more and it still has not. */
  async until<T>(promise: Promise<T>, turns = TURNS): Promise<T> {
    // A macrotask lets every promise that can go on do so; messages of a memory link take one each.
    return this.#drive(promise, turns, () => new Promise((resolve) => { setImmediate(resolve) }))
  }

  /** The same, far faster, where promises are all there is beside the clock: no message, no timer but the clock's own. */
  async untilPure<T>(promise: Promise<T>): Promise<T> { return this.#drive(promise, PROMISES, () => Promise.resolve()) }

  async #drive<T>(promise: Promise<T>, turns: number, turnOver: () => Promise<void>): Promise<T> {
    const state = { settled: false }
    const watched = promise.finally(() => { state.settled = true })
    watched.catch(() => { return })
    for (;;) {
      for (let turn = 0; turn < turns && !state.settled; turn++) await turnOver()
      if (state.settled) return watched
      if (!this.advance()) throw new Error('nobody waits for anything, and the promise has not settled')
    }
  }
}
