// Time as an argument: the real clock, and the interface a virtual one implements.

/** A cancel handle of `Clock.after`. */
export interface Timer { cancel(): void }

/** All the time there is. Moments are milliseconds (fractions allowed) on a monotonic scale of this process. */
export interface Clock {
  /** Now, in ms on the monotonic scale. */
  now(): number
  /** Now, in ms since the Unix epoch; for dates people and signatures see, never for durations. */
  epochMs(): number
  /** Calls `wake` once at or after `moment` (ms, monotonic scale); never before what is ready to be read has been. */
  at(moment: number, wake: () => void): Timer
}

/** The machine's own clock. Timers never fire early: Node's may, by under 1 ms, and are then re-armed. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epochMs: () => Date.now(),
  at(moment, wake) {
    let handle: ReturnType<typeof setTimeout> | undefined
    const MAX_DELAY_MS = 2 ** 31 - 1
    const arm = (leftMs: number): void => {
      handle = setTimeout(() => {
        const nowMs = performance.now()
        if (nowMs >= moment) wake()
        else arm(moment - nowMs)
      }, Math.min(Math.ceil(leftMs), MAX_DELAY_MS))
    }
    const leftMs = moment - performance.now()
    // A timer takes a millisecond at least, also one that is due.
    if (leftMs <= 0) {
      const immediate = setImmediate(wake)
      return { cancel: () => { clearImmediate(immediate) } }
    }
    arm(leftMs)
    return { cancel: () => { clearTimeout(handle) } }
  },
}

/** A moment since the Unix epoch (ms) as people and records write it: ISO 8601, UTC, with milliseconds. */
export const isoMoment = (epochMs: number): string => new Date(epochMs).toISOString()

/** Resolves at or after `moment`, or as soon as the signal is aborted. */
export function until(clock: Clock, moment: number, signal?: AbortSignal): Promise<void> {
  if (signal === undefined) return new Promise((resolve) => { clock.at(moment, resolve) })
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = (): void => { timer.cancel(); resolve() }
    const timer = clock.at(moment, () => { signal.removeEventListener('abort', stop); resolve() })
    signal.addEventListener('abort', stop, { once: true })
  })
}
