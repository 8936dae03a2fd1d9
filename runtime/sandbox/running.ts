// What runs now, in memory other threads can read: a thread that is inside a built-in loop of the engine can't be asked.

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
