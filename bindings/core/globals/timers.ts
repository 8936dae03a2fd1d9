// setTimeout and its like for scripts, on the host's clock. An iteration waits for its timers.
import { callback, end, runNow, type Pending } from '../../sdk/guest.ts'

type Run = (...args: unknown[]) => unknown

const DELAY_MAX_MS = 0x7fffffff
type Timers = Record<number, Pending | undefined>
// Written out: a script may have replaced what would be called.
const none = (): Timers => ({ __proto__: null }) as unknown as Timers
let timers = none()
let ofRun = 0
let count = 0

/** Those of the run under way: what another left behind can't fire any more. */
function own(): Timers {
  if (ofRun !== runNow()) {
    ofRun = runNow()
    timers = none()
  }
  return timers
}

function timer(repeat: boolean, run: Run, delay: unknown, args: readonly unknown[]): number {
  if (typeof run !== 'function') throw new TypeError('a timer needs a function')
  const id = ++count
  const asked = Number(delay)
  const delayMs = asked > 0 ? Math.min(asked, DELAY_MAX_MS) : 0
  const arm = (): void => { own()[id] = callback('core.wait', [delayMs], fire) }
  const fire = (): void => {
    own()[id] = undefined
    if (repeat) arm()
    run(...args)
  }
  arm()
  return id
}

export const setTimeout = (run: Run, delay?: unknown, ...args: readonly unknown[]): number => timer(false, run, delay, args)
export const setInterval = (run: Run, delay?: unknown, ...args: readonly unknown[]): number => timer(true, run, delay, args)

function clear(id: number): void {
  const entry = own()[id]
  if (entry === undefined) return
  timers[id] = undefined
  end(entry)
}
export { clear as clearTimeout, clear as clearInterval }
