// The part of `chopsticks run` that begins when script and plan are known: loaded while they are being read.
import type { RunParts, RunResult } from '../coordinator/run.ts'
import { TestRun } from '../coordinator/run-test.ts'
import type { RunRecord } from '../metrics/record.ts'
import type { Window } from '../metrics/timeline.ts'
import type { Inspection, Plan } from '../plan/plan.ts'
import { conclude } from './conclude.ts'
import { writableFolder } from './deliver.ts'
import type { Leftover } from './leftover.ts'
import type { Preparation, Sources } from './prepare.ts'
import { Screen } from './screen.ts'
import type { Stores } from './stores.ts'

/** Takes what a run leaves, where more is made of it than its summary. */
export interface Keeper {
  /** Takes each second as it is over; undefined: none is made. */
  readonly window?: (window: Window) => void
  readonly record: (record: RunRecord) => void
}

/** What a run is made of, once all of it is known. */
export interface Drive {
  readonly plan: Plan
  readonly inspection: Inspection
  readonly preparation: Preparation
  readonly sources: Sources
  readonly stores: Stores
  readonly leftover: Leftover | undefined
  readonly keep?: Keeper | undefined
}

/** Runs it: from the first word on the screen to the exit code. */
export async function drive(all: Drive): Promise<number> {
  const { plan, inspection, sources, stores, leftover } = all
  const { world, agents, stopper } = all.preparation
  const targets = await stopper.orStop(stores.targets())
  const targetLines = await stores.lines(plan.prefix)
  const { opLog } = sources.options
  const opLogFolder = opLog === undefined ? undefined : writableFolder('--op-log', opLog, world.cwd)
  const screen = new Screen({
    plan, targetLines, builtin: stores.builtin, quiet: sources.options.quiet, locate: sources.locate,
    terminal: world.terminal, clock: world.clock,
  })
  screen.begin()
  const parts: RunParts = {
    plan, inspection, targets, targetLines, remarks: await stores.remarks(), opLogFolder, builtin: stores.builtin, clock: world.clock,
    onWindow: all.keep?.window, bundle: sources.script.bundled.bundle, scriptFolder: sources.script.folder,
    open: (shard) => agents.open(shard),
    report: screen,
    summaryData: (record) => screen.summaryData(record),
  }
  let result: RunResult
  try {
    const test = new TestRun(parts)
    leftover?.follow(() => test.stores)
    stopper.handOver((signal) => {
      world.terminal.log.warn(`${signal}: stopping; a second one ends everything at once`)
      test.stop(signal)
    })
    result = await test.run()
    await screen.said()
  } finally {
    screen.end()
  }
  all.keep?.record(result.record)
  // Nobody needs them any more; they end while the summary is made.
  const closed = stores.close()
  const code = await conclude({ result, screen, sources, world, advice: leftover?.advice })
  await closed
  return code
}
