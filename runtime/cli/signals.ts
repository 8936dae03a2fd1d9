// Signals: the first asks the run to end well, the second ends everything at once.
import { systemClock } from '../../bindings/sdk/index.ts'
import { STOP_SIGNALS } from './stop-signals.ts'

export interface SignalHandlers {
  /** The first signal: stop, tear down, clean up. */
  readonly first: (signal: string) => void
  /** Any further one. */
  readonly again: (signal: string) => void
}

/** Raised in whoever waits when a signal asks the command to end. */
export class Stopped extends Error {
  readonly signal: string
  constructor(signal: string) {
    super(`stopped by ${signal}`)
    this.signal = signal
  }
}

/**
 * The way a command is stopped: until there is something that can end well by itself (`handOver`), a signal breaks whatever is
 * being waited for.
 */
export class Stopper implements Disposable {
  readonly #handlers: Disposable
  #signal: string | undefined
  #stop: ((signal: string) => void) | undefined
  readonly #waiters = new Set<(reason: Stopped) => void>()

  /** The first signal that came, if one did. */
  get signal(): string | undefined { return this.#signal }

  /** @param again what a further signal does. */
  constructor(again: (signal: string) => void) {
    this.#handlers = onSignals({ first: (signal) => { this.#first(signal) }, again })
  }

  /** What `promise` gives, unless a signal comes first: then it throws Stopped. */
  async orStop<T>(promise: Promise<T>): Promise<T> {
    // Once it is given up nobody hears of its failure any more.
    promise.catch(() => { return })
    if (this.#signal !== undefined) throw new Stopped(this.#signal)
    let waiter: ((reason: Stopped) => void) | undefined
    const stopped = new Promise<never>((_, reject) => { waiter = reject; this.#waiters.add(reject) })
    try {
      return await Promise.race([promise, stopped])
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter)
    }
  }

  /** From now on a signal calls `stop`, at once when it came before. */
  handOver(stop: (signal: string) => void): void {
    this.#stop = stop
    if (this.#signal !== undefined) stop(this.#signal)
  }

  [Symbol.dispose](): void { this.#handlers[Symbol.dispose]() }

  #first(signal: string): void {
    this.#signal = signal
    this.#stop?.(signal)
    for (const waiter of this.#waiters) waiter(new Stopped(signal))
  }
}

/** The same signal within this time is the first one again: `timeout` and `npm` hand on what a terminal gave the whole group. */
const ECHO_MS = 500

/** Hears SIGINT, SIGTERM and SIGHUP until disposed. `nowMs` is a monotonic clock. */
export function onSignals({ first, again }: SignalHandlers, nowMs: () => number = () => systemClock.now()): Disposable {
  let heard: { readonly signal: string; readonly atMs: number } | undefined
  const handle = (signal: string): void => {
    if (heard === undefined) {
      heard = { signal, atMs: nowMs() }
      first(signal)
    } else if (signal !== heard.signal || nowMs() - heard.atMs > ECHO_MS) again(signal)
  }
  for (const signal of STOP_SIGNALS) process.on(signal, handle)
  return { [Symbol.dispose]: () => { for (const signal of STOP_SIGNALS) process.off(signal, handle) } }
}
