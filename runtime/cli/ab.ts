// `chopsticks ab A B`: two scripts, targets or drivers run in turn, several times, and compared.
import { EXIT_CODES } from '../metrics/record.ts'
import type { RawFlags } from '../plan/layers.ts'
import { compareRuns } from '../results/compare/compare.ts'
import type { ComparableRun } from '../results/compare/unlike.ts'
import type { Request } from './args.ts'
import { bisectCodeOf, readComparing, tellComparison } from './comparing.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
import { RunKeeper } from './kept-run.ts'
import { firstOptions } from './prepare.ts'
import { runOnce } from './run.ts'
import { variantsOf } from './several-runs.ts'
import type { World } from './world.ts'

/** Fewer pairs leave no measure of how runs differ by themselves. */
const REPEAT_MIN = 3
const REPEAT_MAX = 1000

interface AbSide { readonly name: string; readonly script: string; readonly flags: RawFlags }

/** The two sides a command line asks for. Throws a Failure (255). */
export function sidesOf(scripts: readonly string[], flags: RawFlags): readonly [AbSide, AbSide] {
  const variants = variantsOf(flags)
  const sides = scripts.flatMap((script) => variants.map(({ name, flags: own }): AbSide =>
    ({ name: [...scripts.length === 1 && name !== '' ? [] : [script], ...name === '' ? [] : [name]].join(' '), script, flags: own })))
  const [a, b] = sides
  if (a === undefined || b === undefined || sides.length !== 2) {
    throw new Failure(EXIT_USAGE, `ab compares two: two scripts, or one with two names in --target or --driver; these are ${sides.length}`)
  }
  return [a, b]
}

/** Runs both sides in turn and compares them; the exit code. A run that fails ends all. */
export async function ab({ scripts, repeat, json, flags }: Extract<Request, { command: 'ab' }>, world: World): Promise<number> {
  const times = /^\d+$/.test(repeat) ? Number(repeat) : NaN
  if (!(times >= REPEAT_MIN && times <= REPEAT_MAX)) {
    throw new Failure(EXIT_USAGE, `--repeat: ${repeat} is no whole number from ${REPEAT_MIN} to ${REPEAT_MAX}`)
  }
  const sides = sidesOf(scripts, flags)
  const options = firstOptions(flags, world)
  if (options.shards === 0) throw new Failure(EXIT_USAGE, 'ab: --shards 0 is for debugging, give 1 or more')
  const asked = readComparing(options, json)
  // What is given to tell the sides apart may differ.
  const across = [...asked.options.across, ...(scripts.length === 2 ? ['script', 'load'] as const : ['store'] as const)]
  const comparing = { ...asked, options: { ...asked.options, across } }
  const done: readonly [ComparableRun[], ComparableRun[]] = [[], []]
  for (let pair = 0; pair < times; pair++) {
    for (const at of pair % 2 === 0 ? [0, 1] as const : [1, 0] as const) {
      const { name, script, flags: own } = sides[at]
      world.terminal.err.write(`pair ${pair + 1} of ${times}, ${at === 0 ? 'A' : 'B'}: ${name}\n`)
      const keeper = new RunKeeper()
      const code = await runOnce(script, { summaryMode: ['disabled'], ...own }, world, keeper)
      const run = keeper.run(name)
      const ran = code === EXIT_CODES.passed || code === EXIT_CODES.thresholds
      if (run === undefined || !ran) return asked.bisect ? bisectCodeOf(code) : code
      done[at].push(run)
    }
  }
  return tellComparison(compareRuns(done[0], done[1], comparing.options), comparing, world)
}
