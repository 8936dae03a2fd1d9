// `chopsticks compare A B`: two kept runs, row by row.
import { compareRuns } from '../results/compare/compare.ts'
import type { Request } from './args.ts'
import { baselinePath, readKept } from './baseline.ts'
import { readComparing, tellComparison } from './comparing.ts'
import { EXIT_NOT_COMPARABLE, EXIT_USAGE, Failure } from './failure.ts'
import { firstOptions } from './prepare.ts'
import type { World } from './world.ts'

/** Compares them; the exit code. */
export function compare({ runs, json, flags }: Extract<Request, { command: 'compare' }>, world: World): number {
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
  const [a, b] = [readKept(first, world.cwd), readKept(second, world.cwd)]
  if (a === undefined) {
    throw new Failure(EXIT_NOT_COMPARABLE, `there is no run ${first}`, { hint: 'chopsticks SCRIPT --baseline FILE keeps one' })
  }
  if (b === undefined) throw new Failure(EXIT_NOT_COMPARABLE, `there is no run ${second}`)
  return tellComparison(compareRuns([a], [b], comparing.options), comparing, world)
}
