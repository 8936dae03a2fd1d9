// `--baseline NAME|FILE`: a run is compared with the one kept there, or kept there when it is the first.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { EXIT_CODES } from '../metrics/record.ts'
import type { CommandOptions } from '../plan/make-plan.ts'
import { compareRuns } from '../results/compare/compare.ts'
import type { ComparableRun } from '../results/compare/unlike.ts'
import { readRunFile, writeRunFile } from '../results/run-file.ts'
import { StoredRunError } from '../results/stored-run.ts'
import { bisectCodeOf, readComparing, tellComparison } from './comparing.ts'
import type { Keeper } from './drive-parts.ts'
import { EXIT_NOT_COMPARABLE, EXIT_USAGE, Failure } from './failure.ts'
import { RunKeeper } from './kept-run.ts'
import type { World } from './world.ts'

const FOLDER = join('.chopsticks', 'baselines')

/** Where a baseline is: a word is a name below .chopsticks/baselines, anything with a dot or a slash a file. */
export const baselinePath = (text: string, cwd: string): string =>
  /^[\w-]+$/.test(text) ? join(cwd, FOLDER, `${text}.run`) : resolve(cwd, text)

/** Reads a kept run; undefined where there is none. Throws a Failure (104). */
export function readKept(path: string, cwd: string): ComparableRun | undefined {
  const full = resolve(cwd, path)
  if (!existsSync(full)) return undefined
  try {
    return readRunFile(full)
  } catch (error) {
    if (error instanceof StoredRunError) throw new Failure(EXIT_CODES.config, error.message)
    throw error
  }
}

function keep(path: string, run: ComparableRun): void {
  try {
    writeRunFile(path, run)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(EXIT_CODES.config, `the baseline ${path} could not be written: ${reason}`)
  }
}

/** Runs, compares, keeps; the exit code. Throws a Failure before the run for what can be known to fail by then. */
export async function runAgainstBaseline(
  options: CommandOptions, world: World, run: (keep: Keeper) => Promise<number>,
): Promise<number> {
  const { baseline, requireBaseline, updateBaseline, bisect } = options
  if (baseline === undefined) throw new Failure(EXIT_USAGE, '--require-baseline, --update-baseline and --bisect need --baseline NAME|FILE')
  // Such a run is another process's, which hands back its exit code alone.
  if (options.shards === 0) throw new Failure(EXIT_USAGE, '--baseline: --shards 0 is for debugging, give 1 or more')
  const comparing = readComparing(options, false)
  const path = baselinePath(baseline, world.cwd)
  const before = readKept(path, world.cwd)
  if (before === undefined && (requireBaseline || bisect)) {
    const hint = 'run once without --require-baseline and --bisect'
    throw new Failure(EXIT_NOT_COMPARABLE, `there is no baseline ${baseline} (${path})`, { hint })
  }
  const keeper = new RunKeeper()
  const code = await run(keeper)
  const now = keeper.run('this run')
  if (code !== EXIT_CODES.passed || now === undefined) return bisect ? bisectCodeOf(code) : code
  if (before === undefined) {
    keep(path, now)
    world.terminal.log.info(`kept as the baseline ${baseline}: ${path}`)
    return code
  }
  const verdict = tellComparison(compareRuns([before], [now], comparing.options), comparing, world)
  if (verdict === EXIT_CODES.passed && updateBaseline) {
    keep(path, now)
    world.terminal.log.info(`kept as the new baseline ${baseline}: ${path}`)
  }
  return verdict
}
