// How busy the generator itself is: how late its event loop runs and how much of its core it uses.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'

/** How often lateness is measured. */
const PROBE_MS = 50

/** The CPU time of this process, µs; since an earlier reading when one is given. */
export type CpuUsage = (before?: NodeJS.CpuUsage) => NodeJS.CpuUsage

export interface GeneratorLoad extends Disposable {
  /** Share of one core this process used since the last call, 0 … 1 and a little more. */
  cpuShare(): number
}

/** Probes until disposed; each lateness (ms beyond the moment asked for) goes to `onLag`. */
export function watchGenerator(
  clock: Clock, onLag: (lagMs: number) => void, cpuUsage: CpuUsage = (before) => process.cpuUsage(before),
): GeneratorLoad {
  let timer: Timer
  let stopped = false
  let dueMs = 0
  const arm = (): void => {
    dueMs = clock.now() + PROBE_MS
    timer = clock.at(dueMs, () => {
      if (stopped) return
      onLag(Math.max(0, clock.now() - dueMs))
      arm()
    })
  }
  arm()
  let cpu = cpuUsage()
  let atMs = clock.now()
  return {
    cpuShare() {
      const spent = cpuUsage(cpu)
      const nowMs = clock.now()
      const share = (spent.user + spent.system) / 1000 / Math.max(1, nowMs - atMs)
      cpu = cpuUsage()
      atMs = nowMs
      return share
    },
    [Symbol.dispose]() { stopped = true; timer.cancel() },
  }
}
