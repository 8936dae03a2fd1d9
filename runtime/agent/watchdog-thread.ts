// The watchdog's thread: looks at what runs, and tells whoever can do something about it while the agent itself can't.
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { systemClock } from '../../bindings/sdk/index.ts'
import { cpuMs } from '../sandbox/running.ts'
import { LOOK_MS, Watch, type WatchOptions } from './watch.ts'

export interface WatchdogData {
  readonly watch: WatchOptions
  /** A file messages are written to, one a line; undefined: nobody else is there, and the process is ended here. */
  readonly fd: number | undefined
  /** After so long in one visit to a VU the process is ended, where nobody else can. */
  readonly endAfterMs: number
}

const STDERR = 2
const { watch: options, fd, endAfterMs } = workerData as WatchdogData
const watch = new Watch(options)

function end(vu: number, what: string, forMs: number): void {
  const who = vu === 0 ? '' : `VU ${String(vu)} in `
  const seconds = String(Math.floor(forMs / 1000))
  writeSync(STDERR, `error: ${who}${what} has kept this process busy for ${seconds} s inside one built-in function, ` +
    'which nothing can interrupt; what the run made in a store stays: chopsticks cleanup RUN deletes it\n')
  process.kill(process.pid, 'SIGKILL')
}

const timer = setInterval(() => {
  const said = watch.look(systemClock.now(), cpuMs())
  if (said === undefined) return
  if (fd === undefined) {
    if (said.kind === 'busy' && said.forMs > endAfterMs) end(said.vu, said.what, said.forMs)
    return
  }
  // Who listened is gone: the agent's own link tells it so.
  try { writeSync(fd, `${JSON.stringify(said)}\n`) } catch { clearInterval(timer) }
}, LOOK_MS)
