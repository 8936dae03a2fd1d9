// `chopsticks report RUN`: the HTML page of a kept run.
import { EXIT_CODES } from '../metrics/record.ts'
import { readStoredRun } from '../results/read-run.ts'
import { findRun } from '../results/runs-folder.ts'
import { readScriptFile } from '../results/script-file.ts'
import { StoredRunError } from '../results/stored-run.ts'
import type { Request } from './args.ts'
import { finishedBy } from './conclude.ts'
import { checkWritable } from './deliver.ts'
import { Failure } from './failure.ts'
import { writeReport } from './html-report.ts'
import { firstOptions } from './prepare.ts'
import { resultsFolder } from './results-folder.ts'
import { locator } from './script.ts'
import type { World } from './world.ts'

const CUT_OFF = 'incomplete: the process that ran it is still at it, or ended before it did'

/** Writes it; the exit code. Throws a Failure (104) for a run that is not there or can't be read, and a file that can't be written. */
export async function keptReport({ run: name, file, flags }: Extract<Request, { command: 'report' }>, world: World): Promise<number> {
  const folder = resultsFolder(firstOptions(flags, world), world.cwd)
  if (folder === undefined) throw new Failure(EXIT_CODES.config, '--results none: there is no run; name the folder they are in')
  if (file !== undefined) checkWritable('report', file)
  try {
    const { path, record, environment, windows, slowest, outages, complete, problems } = await readStoredRun(findRun(folder, name))
    const script = readScriptFile(path)
    const locate = await locator({ ...script, bundled: { ...script, inputs: [], warnings: [] } })
    const named = file ?? `report-${record.runId}.html`
    const failure = writeReport('report', named, {
      finished: finishedBy({ ...record, slowest, outages }, locate), windows, environment,
      remarks: [...(complete ? [] : [CUT_OFF]), ...problems],
    }, world)
    if (failure !== undefined) throw failure
    world.terminal.out.write(`wrote ${named}\n`)
    return EXIT_CODES.passed
  } catch (error) {
    throw error instanceof StoredRunError ? new Failure(EXIT_CODES.config, error.message) : error
  }
}
