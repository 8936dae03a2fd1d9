// Starts the thread that watches what VUs keep this process busy with, and ends it.
import { Worker } from 'node:worker_threads'
import type { WatchOptions } from './watch.ts'
import type { WatchdogData } from './watchdog-thread.ts'

const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const ENTRY = new URL(`./watchdog-thread${EXTENSION}`, import.meta.url)
/** As long as an agent may be silent. */
const END_AFTER_MS = 5000

/** Watches until disposed. */
export interface Watchdog {
  /** Called when a script's VUs are about to be entered; replaces what was watched before. */
  start(watch: WatchOptions, onFailed: (reason: string) => void): Disposable
  /** Also while the script is first evaluated, when whoever asked for that does not watch. */
  readonly fromTheFirst: boolean
}

/** @param fd where messages for the coordinator go; undefined: a process that is stuck ends itself, with a line on stderr. */
export const watchdog = (fd: number | undefined): Watchdog => ({
  fromTheFirst: fd === undefined,
  start(watch, onFailed) {
    const workerData: WatchdogData = { watch, fd, endAfterMs: END_AFTER_MS }
    const worker = new Worker(ENTRY, { workerData })
    worker.on('error', (error) => { onFailed(error.message) })
    worker.unref()
    return { [Symbol.dispose]: () => { void worker.terminate() } }
  },
})
