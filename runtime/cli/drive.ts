// The part of `chopsticks run` that begins when script and plan are known: loaded while they are being read.
import type { RunParts, RunResult } from '../coordinator/run.ts'
import { TestRun } from '../coordinator/run-test.ts'
import { conclude } from './conclude.ts'
import { writableFolder } from './deliver.ts'
import type { Drive } from './drive-parts.ts'
import { startKeeping } from './keeping.ts'
import { Screen } from './screen.ts'

type TakeWindow = NonNullable<RunParts['onWindow']>

/** Each window for both, where both want it. */
const both = (first: TakeWindow | undefined, second: TakeWindow | undefined): TakeWindow | undefined =>
  first === undefined || second === undefined ? first ?? second : (window) => { first(window); second(window) }

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
  const keeping = sources.options.results === 'none' ? undefined : startKeeping(all, targetLines)
  screen.begin()
  const parts: RunParts = {
    plan, inspection, targets, targetLines, remarks: await stores.remarks(), opLogFolder, builtin: stores.builtin, clock: world.clock,
    bundle: sources.script.bundled.bundle, scriptFolder: sources.script.folder,
    open: (shard) => agents.open(shard),
    report: keeping === undefined ? screen : keeping.beside(screen),
    onWindow: both(keeping?.window, all.keep?.window),
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
  const unkept = await keeping?.finish(result.record)
  // Nobody needs them any more; they end while the summary is made.
  const closed = stores.close()
  const code = await conclude({ result, screen, sources, world, advice: leftover?.advice, unkept })
  await closed
  return code
}
