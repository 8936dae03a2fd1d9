// `--driver a,b` and `--target a,b`: the same script once for each, one run after the other, and one table of all of them.
import { EXIT_CODES, type RunRecord } from '../metrics/record.ts'
import { comparedLines, type ComparedRun } from '../output/compared.ts'
import { palette } from '../output/palette.ts'
import type { RawFlags } from '../plan/layers.ts'
import { bugFailure } from './ending.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
import type { World } from './world.ts'

/** One run of several: what its flags are, and what it is called. */
export interface Variant { readonly name: string; readonly flags: RawFlags }

function namesOf(flags: RawFlags, name: 'target' | 'driver'): readonly (string | undefined)[] {
  const given = flags[name]
  if (given === undefined || given === true) return [undefined]
  const names = (typeof given === 'string' ? [given] : given).flatMap((text) => text.split(',')).map((text) => text.trim())
  if (names.includes('')) throw new Failure(EXIT_USAGE, `--${name}: a name is missing between commas`)
  const twice = names.find((one, index) => names.indexOf(one) !== index)
  if (twice !== undefined) throw new Failure(EXIT_USAGE, `--${name}: ${twice} is named twice`)
  return names
}

/** The runs a command line asks for: every driver with every target, in the order they were given. Throws a Failure (255). */
export function variantsOf(flags: RawFlags): readonly Variant[] {
  const [targets, drivers] = [namesOf(flags, 'target'), namesOf(flags, 'driver')]
  const all = targets.flatMap((target) => drivers.map((driver): Variant => ({
    name: [...driver === undefined ? [] : [driver], ...target === undefined ? [] : [`on ${target}`]].join(' '),
    flags: { ...flags, ...(target === undefined ? {} : { target: [target] }), ...(driver === undefined ? {} : { driver: [driver] }) },
  })))
  const oneFile = flags.summaryExport !== undefined ? '--summary-export' : flags.report !== undefined ? '--report' : undefined
  if (all.length > 1 && oneFile !== undefined) {
    throw new Failure(EXIT_USAGE, `${oneFile}: each of several runs would write the same file; give one driver and one target`)
  }
  return all
}

/** Runs them, one after the other; the worst of their exit codes. One that was stopped by a signal ends all. */
export async function runSeveral(
  variants: readonly Variant[], world: World, run: (flags: RawFlags, keep: (record: RunRecord) => void) => Promise<number>,
): Promise<number> {
  const { terminal } = world
  const done: ComparedRun[] = []
  for (const { name, flags } of variants) {
    let record: RunRecord | undefined
    let exitCode: number
    terminal.err.write(`run ${String(done.length + 1)} of ${String(variants.length)}: ${name}\n`)
    try {
      exitCode = await run(flags, (kept) => { record = kept })
    } catch (error) {
      const failure = error instanceof Failure ? error : bugFailure(error instanceof Error ? error.message : String(error))
      terminal.log.fail(failure)
      exitCode = failure.exitCode
    }
    done.push({ name, exitCode, record })
    if (exitCode === EXIT_CODES.signal) break
  }
  const { out } = terminal
  const columns = out.tty ? out.columns - 1 : Number.POSITIVE_INFINITY
  out.write(`\n${comparedLines(done, { trendStats: [], palette: palette(terminal.colors(out)), columns }).join('\n')}\n`)
  return Math.max(...done.map(({ exitCode }) => exitCode))
}
