// setTimeout and its like, on the host's clock. An iteration waits for its timers.
import { apply, create, deleteProperty, global, LATE } from './border.ts'
import { remain } from './errors.ts'
import { start } from './messages.ts'
import { close, take, type Pending } from './pending.ts'

type Run = (this: void, ...args: unknown[]) => unknown

const DELAY_MAX_MS = 2 ** 31 - 1
const timers = create(null) as Record<number, Pending>
let count = 0

function arm(id: number, durationMs: number, repeat: boolean, run: Run, args: unknown[]): void {
  const entry = take('core.wait', undefined)
  entry.seen = true
  timers[id] = entry
  entry.resolve = () => {
    if (timers[id]?.slot !== entry.slot) return
    deleteProperty(timers, id)
    if (repeat) arm(id, durationMs, repeat, run, args)
    try {
      apply(run, undefined, args)
    } catch (error) {
      remain(LATE, error, undefined)
    }
  }
  start(entry.id, 'core.wait', `[${durationMs}]`, undefined)
}

const timer = (name: string, repeat: boolean) => (run: Run, delayMs?: unknown, ...args: unknown[]): number => {
  if (typeof run !== 'function') throw new TypeError(`${name}: the first argument must be a function`)
  const ms = Number(delayMs)
  arm(++count, ms > 0 ? (ms < DELAY_MAX_MS ? ms : DELAY_MAX_MS) : 0, repeat, run, args)
  return count
}

function clear(id: number): void {
  const entry = timers[id]
  if (entry === undefined) return
  deleteProperty(timers, id)
  close(entry)
}

global['setTimeout'] = timer('setTimeout', false)
global['setInterval'] = timer('setInterval', true)
global['clearTimeout'] = global['clearInterval'] = clear

/** Forgets all timers: the waits behind them are forgotten with the run. */
export function forgetTimers(): void {
  for (const id in timers) deleteProperty(timers, id)
}
