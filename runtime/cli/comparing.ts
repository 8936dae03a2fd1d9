// What commands that compare have in common: their options, what they print, and the exit code that follows.
import { parseNumber } from '../../bindings/sdk/index.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { palette } from '../output/palette.ts'
import type { CommandOptions } from '../plan/make-plan.ts'
import { COMPARE_DEFAULTS, type CompareOptions, type Comparison, type Row } from '../results/compare/compare.ts'
import { judge, parseFailOn, seesChange, type FailOn, type Judgement } from '../results/compare/fail-on.ts'
import { ACROSS, type Across } from '../results/compare/unlike.ts'
import { changeText, comparisonLines } from './comparison-text.ts'
import { EXIT_NOT_COMPARABLE, Failure } from './failure.ts'
import type { World } from './world.ts'

/** Exit codes `git bisect run` asks for. */
const BISECT = { good: 0, bad: 1, skip: 125 } as const
/** Exit codes that say that a run was made and is bad; any other that it can't be told. */
const BAD_RUN: readonly number[] = [EXIT_CODES.thresholds, EXIT_CODES.aborted, EXIT_CODES['marked-failed']]

export interface Comparing {
  readonly options: CompareOptions
  readonly failOn: FailOn | undefined
  readonly bisect: boolean
  readonly json: boolean
}

const wrong = (flag: string, message: string): Failure => new Failure(EXIT_CODES.config, `${flag}: ${message}`)
const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '')
const isAcross = (text: string): text is Across => ACROSS.some((known) => known === text)

/** Reads what is asked of a comparison. Throws a Failure (104). */
export function readComparing(options: CommandOptions, json: boolean): Comparing {
  const failOn = options.failOn === undefined ? undefined : parseFailOn(options.failOn)
  if (options.failOn !== undefined && failOn === undefined) {
    throw wrong('--fail-on', `'${options.failOn}' is neither worse nor like worse:5%`)
  }
  const across = listOf(options.across)
  const unknown = across.find((one) => !isAcross(one))
  if (unknown !== undefined) throw wrong('--across', `there is no '${unknown}'; there are ${ACROSS.join(', ')}`)
  const percent = parseNumber(/^(.*?)\s*%$/.exec(options.tolerance)?.[1] ?? '')
  if (percent === undefined || !(percent >= 0)) throw wrong('--tolerance', `'${options.tolerance}' is no percentage such as 2%`)
  return {
    options: { ...COMPARE_DEFAULTS, across: across.filter(isAcross), by: listOf(options.by), tolerance: percent / 100 },
    failOn: failOn ?? (options.bisect ? { worseBy: 0 } : undefined), bisect: options.bisect, json,
  }
}

const rowText = (row: Row): string =>
  row.verdict === 'not comparable' ? '' : `${row.tags['op'] ?? ''} ${row.figure} ${changeText(row.change)}`

function failureOf(judgement: Judgement, { worseBy }: FailOn): Failure | undefined {
  switch (judgement.kind) {
    case 'held': return undefined
    case 'crossed': {
      const limit = worseBy === 0 ? '' : `:${worseBy * 100}%`
      const rows = judgement.rows.map(rowText).join(', ')
      return new Failure(EXIT_CODES.thresholds, `worse than what it was compared with (--fail-on worse${limit}): ${rows}`)
    }
    case 'unclear': return new Failure(EXIT_NOT_COMPARABLE, `not comparable: ${judgement.why}`)
    default: return judgement satisfies never
  }
}

/** The exit code, for git bisect, of a run that ended with this one before anything was compared. */
export const bisectCodeOf = (code: number): number => BAD_RUN.includes(code) ? BISECT.bad : BISECT.skip

/** Prints a comparison and says how it ends; its exit code. */
export function tellComparison(comparison: Comparison, { failOn, bisect, json, options }: Comparing, { terminal }: World): number {
  const { out } = terminal
  if (json) out.write(`${JSON.stringify(comparison, null, 2)}\n`)
  else {
    const columns = out.tty ? out.columns - 1 : Number.POSITIVE_INFINITY
    out.write(`\n${comparisonLines(comparison, { palette: palette(terminal.colors(out)), columns }).join('\n')}\n`)
  }
  const asked = failOn ?? { worseBy: Infinity }
  const judgement = judge(comparison, asked)
  const compared = comparison.rows.some(({ verdict }) => verdict !== 'not comparable')
  const failure = failOn === undefined && compared ? undefined : failureOf(judgement, asked)
  if (failure !== undefined) terminal.log.fail(failure)
  if (!bisect) return failure?.exitCode ?? EXIT_CODES.passed
  if (judgement.kind !== 'held') return judgement.kind === 'crossed' ? BISECT.bad : BISECT.skip
  const limit = Math.max(asked.worseBy, options.tolerance)
  if (seesChange(comparison, limit)) return BISECT.good
  terminal.log.warn(`a change of ${limit * 100} % would have gone unseen: run longer, or ask for more by --fail-on`)
  return BISECT.skip
}
