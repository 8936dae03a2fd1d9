// Keeping a run without making it wait: what keeps it is loaded while the run begins, and is told in order.
import type { RunReport } from '../coordinator/run.ts'
import type { RunRecord } from '../metrics/record.ts'
import type { Window } from '../metrics/timeline.ts'
import { writableFolder } from './deliver.ts'
import type { Drive } from './drive-parts.ts'
import type { Failure } from './failure.ts'

interface StartedKeeping {
  /** The report, and beside it what is kept of it. */
  beside(report: RunReport): RunReport
  readonly window: (window: Window) => void
  /** What went wrong, where that is to end the command. */
  finish(record: RunRecord): Promise<Failure | undefined>
}

/** Throws a Failure (104) when a folder that was asked for can't be written. */
export function startKeeping(all: Drive, targetLines: readonly string[]): StartedKeeping {
  const { options } = all.sources
  if (options.results !== undefined) writableFolder('--results', options.results, all.preparation.world.cwd)
  const kept = import('./keep.ts').then(({ keepRun }) => keepRun(all, targetLines))
  return {
    beside: (report) => ({
      phase: (phase) => {
        const atMs = all.preparation.world.clock.epochMs()
        if (phase === 'running') void kept.then((keeping) => { keeping?.loadStarts(atMs) })
        report.phase(phase)
      },
      frame: (frame) => {
        void kept.then((keeping) => { keeping?.frame(frame) })
        report.frame(frame)
      },
      log: (message, shard) => { report.log(message, shard) },
    }),
    window: (window) => { void kept.then((keeping) => { keeping?.window(window) }) },
    finish: async (record) => (await kept)?.finish(record),
  }
}
