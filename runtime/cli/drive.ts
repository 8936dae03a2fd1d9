// The part of `chopsticks run` that begins when script and plan are known: loaded while they are being read.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RunParts, RunResult } from '../coordinator/run.ts'
import { TestRun } from '../coordinator/run-test.ts'
import type { Window } from '../metrics/timeline.ts'
import { CALIBRATION_FILE } from '../results/runs-folder.ts'
import { conclude, finishedRun } from './conclude.ts'
import { writableFolder } from './deliver.ts'
import type { Drive } from './drive-parts.ts'
import { startKeeping } from './keeping.ts'
import { resultsFolder } from './results-folder.ts'
import { Screen } from './screen.ts'

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
  const { out } = sources.options
  const opening = out.length === 0 ? undefined : await import('./outputs.ts')
  const outputs = await opening?.openOutputs({ given: out, plan, opLogFolder, several: all.keep?.isOneOfSeveral === true, world })
  const keeping = sources.options.results === 'none' ? undefined : startKeeping(all, targetLines)
  const { report: reportFile } = sources.options
  const reporting = reportFile === undefined ? undefined : (await import('./html-report.ts')).startReport(reportFile, world)
  const report = outputs === undefined ? screen : opening?.timed(screen, outputs, () => world.clock.epochMs()) ?? screen
  const sending = outputs === undefined ? [] : (window: Window) => { outputs.window(window) }
  const watching = [sending, reporting?.window ?? [], keeping?.window ?? [], all.keep?.window ?? []].flat()
  screen.begin()
  const parts: RunParts = {
    plan, inspection, targets, targetLines, remarks: await stores.remarks(), opLogFolder, builtin: stores.builtin, clock: world.clock,
    bundle: sources.script.bundled.bundle, scriptFolder: sources.script.folder,
    open: (shard) => agents.open(shard),
    report: keeping === undefined ? report : keeping.beside(report),
    onWindow: watching.length === 0 ? undefined : (window) => { for (const watch of watching) watch(window) },
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
  const results = resultsFolder(sources.options, world.cwd)
  if (results !== undefined && existsSync(join(results, CALIBRATION_FILE))) {
    const { withOwnTime } = await import('./own-time.ts')
    result = { ...result, record: withOwnTime(result.record, results, world.terminal) }
  }
  all.keep?.record(result.record)
  // Nobody needs them any more; they end while the summary is made.
  const closed = stores.close()
  const finished = outputs === undefined && reporting === undefined ? undefined : await finishedRun(result.record, sources)
  const sent = finished === undefined ? undefined : await outputs?.end(finished)
  if (sent !== undefined) result = { ...result, record: { ...result.record, outputs: sent } }
  const unkept = await keeping?.finish(result.record)
  const unreported = finished === undefined ? undefined : reporting?.finish({ ...finished, record: result.record })
  const code = await conclude({
    result, screen, sources, world, advice: leftover?.advice, unkept, unreported,
    tellOutputs: () => opening?.tellOutputs(sent ?? [], world) ?? [],
  })
  await closed
  return code
}
