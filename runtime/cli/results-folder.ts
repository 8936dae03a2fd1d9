// Which folder runs are kept in.
import { resolve } from 'node:path'
import type { CommandOptions } from '../plan/make-plan.ts'
import { RUNS_FOLDER } from '../results/runs-folder.ts'

/** Its full path; undefined with `--results none`. */
export const resultsFolder = ({ results }: Pick<CommandOptions, 'results'>, cwd: string): string | undefined =>
  results === 'none' ? undefined : resolve(cwd, results ?? RUNS_FOLDER)
