// The folder of all kept runs: each run's own folder is named by its start and its name, so that they sort by time.
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StoredRunError } from './stored-run.ts'

/** Where runs are kept unless told otherwise. */
export const RUNS_FOLDER = '.chopsticks/runs'
/** What the generator costs on this machine, where it was measured: in the folder of runs. */
export const CALIBRATION_FILE = 'calibration.json'

const RUN_FOLDER = /^\d{8}T\d{6}Z-(.+)$/

/** `20261201T014800Z-3f9a1c22` */
export const runFolderName = (startedAt: string, runId: string): string =>
  `${startedAt.replace(/\.\d+Z$/, 'Z').replace(/[-:]/g, '')}-${runId}`

/** The folders of all runs, the earliest first; none where the folder does not exist. Throws StoredRunError when it can't be read. */
export function runFolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => RUN_FOLDER.test(name)).sort().map((name) => join(folder, name))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    if (code === 'ENOENT') return []
    throw new StoredRunError(`${folder}: it can't be read (${code})`)
  }
}

/** The name of the run a folder holds. */
export const runIdOf = (folder: string): string => RUN_FOLDER.exec(basename(folder))?.[1] ?? basename(folder)

/**
 * The folder of the run that is meant: by its name, the beginning of it, `last`, or the path of a run's folder. Throws StoredRunError when
 * there is none, or more than one.
 */
export function findRun(folder: string, name: string): string {
  if (name.includes('/') && statSync(name, { throwIfNoEntry: false })?.isDirectory() === true) return name
  const all = runFolders(folder)
  if (name === 'last' && all.length > 0) return all.at(-1) ?? ''
  const found = all.filter((path) => runIdOf(path).startsWith(name))
  const exact = found.find((path) => runIdOf(path) === name)
  const [only, ...others] = found
  if (exact !== undefined) return exact
  if (only === undefined) throw new StoredRunError(`there is no run '${name}' in ${folder}; chopsticks runs lists them`)
  if (others.length > 0) throw new StoredRunError(`'${name}' may be ${found.map(runIdOf).join(' or ')}: give more of its name`)
  return only
}
