// setTimeout and its like, on the host's clock. An iteration waits for its timers.
import { apply, create, deleteProperty, global } from './border.ts'
import { remain } from './errors.ts'
import { LATE } from './mail.ts'
import { start } from './messages.ts'
import { close, take, type Pending } from './pending.ts'

type Run = (...args: unknown[]) => unknown

const DELAY_MAX_MS = 0x7fffffff
const timers = create(null) as Record<number, Pending | undefined>
let count = 0

const timer = (repeat: boolean) => (run: Run, delay?: unknown, ...args: unknown[]): number => {
  if (typeof run !== 'function') throw new TypeError('a timer needs a function')
  const id = ++count
  const asked = Number(delay)
  const delayMs = asked > 0 ? (asked < DELAY_MAX_MS ? asked : DELAY_MAX_MS) : 0
  const arm = (): void => {
    const entry = take('core.wait', undefined)
    entry.seen = true
    entry.resolve = fire
    timers[id] = entry
    start(entry.id, 'core.wait', `[${delayMs}]`, undefined)
  }
  const fire = (): void => {
    deleteProperty(timers, id)
    if (repeat) arm()
    try {
      apply(run, undefined, args)
    } catch (error) {
      remain(LATE, error, undefined)
    }
  }
  arm()
  return id
}

global['setTimeout'] = timer(false)
global['setInterval'] = timer(true)
global['clearTimeout'] = global['clearInterval'] = (id: number): void => {
  const entry = timers[id]
  if (entry === undefined) return
  deleteProperty(timers, id)
  close(entry)
}

/** Forgets all timers: the waits behind them are forgotten with the run. */
export function forgetTimers(): void {
  for (const id in timers) deleteProperty(timers, id)
}
