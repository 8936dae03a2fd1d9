// `chopsticks compare A B`: two kept runs, row by row.
import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { EXIT_CODES } from '../metrics/record.ts'
import type { CommandOptions } from '../plan/make-plan.ts'
import { compareRuns } from '../results/compare/compare.ts'
import type { ComparableRun } from '../results/compare/unlike.ts'
import { readStoredRun } from '../results/read-run.ts'
import { findRun, runFolders } from '../results/runs-folder.ts'
import { StoredRunError } from '../results/stored-run.ts'
import type { Request } from './args.ts'
import { baselinePath, readKept } from './baseline.ts'
import { readComparing, tellComparison } from './comparing.ts'
import { EXIT_NOT_COMPARABLE, EXIT_USAGE, Failure } from './failure.ts'
import { firstOptions } from './prepare.ts'
import { resultsFolder } from './results-folder.ts'
import type { World } from './world.ts'

/** A run by the path of its file or folder, or by its name among those kept; undefined where there is none. Throws a Failure (104). */
async function find(name: string, options: CommandOptions, cwd: string): Promise<ComparableRun | undefined> {
  const path = resolve(cwd, name)
  try {
    if (existsSync(path)) return statSync(path).isDirectory() ? await readStoredRun(path) : readKept(path, cwd)
    const folder = resultsFolder(options, cwd)
    return folder === undefined || runFolders(folder).length === 0 ? undefined : await readStoredRun(findRun(folder, name))
  } catch (error) {
    if (error instanceof StoredRunError) throw new Failure(EXIT_CODES.config, error.message)
    throw error
  }
}

/** Compares them; the exit code. */
export async function compare({ runs, json, flags }: Extract<Request, { command: 'compare' }>, world: World): Promise<number> {
  const options = firstOptions(flags, world)
  const comparing = readComparing(options, json)
  const { baseline } = options
  const wanted = baseline === undefined ? 2 : 1
  if (runs.length !== wanted) {
    throw new Failure(EXIT_USAGE, baseline === undefined
      ? `compare: name two runs, A and B, or one and --baseline; there are ${runs.length}`
      : `compare: with --baseline name one run; there are ${runs.length}`)
  }
  const [first = '', second = ''] = baseline === undefined ? runs : [baselinePath(baseline, world.cwd), ...runs]
  const [a, b] = [await find(first, options, world.cwd), await find(second, options, world.cwd)]
  if (a === undefined) {
    const hint = 'chopsticks runs lists those that are kept; chopsticks SCRIPT --baseline FILE keeps one as a file'
    throw new Failure(EXIT_NOT_COMPARABLE, `there is no run ${first}`, { hint })
  }
  if (b === undefined) throw new Failure(EXIT_NOT_COMPARABLE, `there is no run ${second}`)
  return tellComparison(compareRuns([a], [b], comparing.options), comparing, world)
}
