// Two runs compared, or two sets of runs made in turn: every operation's figures, how they differ, and how sure that is.
import { randomFrom, type Tags } from '../../../bindings/sdk/index.ts'
import { autocorrelationTime } from '../statistics/autocorrelation.ts'
import { intervalOf } from '../statistics/bootstrap.ts'
import { holm } from '../statistics/holm.ts'
import { inWindowsOf, operationRuns, separatingTags, type OperationRun, type OperationWindow } from './counted-windows.ts'
import { FIGURES, type Figure, type FigureName } from './figures.ts'
import { resampled } from './resampled.ts'
import { compareFigure, LEVEL, windowLength, type RowFindings, type Side } from './row.ts'
import { differences, unlikeness, type Across, type ComparableRun, type Difference, type Unlike } from './unlike.ts'

export interface CompareOptions {
  /** What may be different on purpose. */
  readonly across: readonly Across[]
  /** Tags that tell rows apart beside `op`. */
  readonly by: readonly string[]
  /** A change below this share is none, however sure it is. */
  readonly tolerance: number
  /** Draws for intervals. */
  readonly draws: number
  readonly seed: number
}

export const COMPARE_DEFAULTS: CompareOptions = { across: [], by: [], tolerance: 0.02, draws: 500, seed: 1 }

interface RowName { readonly workload: string; readonly tags: Tags; readonly figure: FigureName }

/** A row with its verdict; `why` is empty where the figures speak for themselves. */
export type Row = RowName & (
  | RowFindings & { readonly verdict: 'better' | 'worse' | 'same'; readonly pCorrected: number; readonly why: string }
  | { readonly verdict: 'not comparable'; readonly why: string })

export interface Comparison {
  /** Runs of each side, by where they were read from. */
  readonly a: readonly string[]
  readonly b: readonly string[]
  /** Why nothing was compared; empty where something was. */
  readonly unlike: readonly Unlike[]
  readonly differences: readonly Difference[]
  /** Empty where the runs are unlike. */
  readonly rows: readonly Row[]
}

/** False alarms of a whole comparison, as a share. */
const ALPHA = 1 - LEVEL

function sideOf(windows: readonly OperationWindow[], lengthMs: number, options: CompareOptions, name: readonly number[]): Side {
  const grouped = inWindowsOf(windows, lengthMs)
  const pace = grouped.map(({ count, duration }) => duration === undefined || count === 0 ? 0 : duration.sum / duration.count)
  const blockLength = Math.ceil(2 * autocorrelationTime([pace]))
  const draws = resampled(grouped, FIGURES, { draws: options.draws, blockLength }, randomFrom(options.seed, ...name))
  return { windows, draws }
}

/** What separates 'nothing fails' from a row: a share that is 0 on both sides says nothing and is no row. */
const neverFailed = (runs: readonly OperationRun[]): boolean => runs.every(({ windows }) => windows.every(({ failed }) => failed === 0))

type Unjudged = RowName & ({ readonly findings: RowFindings } | { readonly why: string })

/** All rows of one operation; `of` are its runs, A and B of each pair. */
function rowsOf(of: readonly (readonly [a: OperationRun, b: OperationRun])[], options: CompareOptions, at: number): readonly Unjudged[] {
  const [first] = of
  if (first === undefined) return []
  const { workload, tags } = first[0]
  const all = of.flat()
  // Only one pair's intervals are drawn; those of several come from how the pairs differ.
  const drawing = of.length > 1 ? { ...options, draws: 0 } : options
  const lengthMs = windowLength(all.map(({ windows }) => windows), { countMin: 1 })
  const pairs = of.map(([a, b]) => ({ a: sideOf(a.windows, lengthMs, drawing, [at, 0]), b: sideOf(b.windows, lengthMs, drawing, [at, 1]) }))
  const figures: readonly Figure[] = neverFailed(all) ? FIGURES.filter(({ name }) => name !== 'failed') : FIGURES
  return figures.map((figure) => {
    const findings = compareFigure(pairs, figure, (draws) => intervalOf(draws, LEVEL))
    return { workload, tags, figure: figure.name, ...(typeof findings === 'string' ? { why: findings } : { findings }) }
  })
}

function judged(rows: readonly Unjudged[], tolerance: number): readonly Row[] {
  const corrected = holm(rows.flatMap((row) => 'findings' in row ? [row.findings.p] : []))
  let at = 0
  return rows.map((row): Row => {
    const { workload, tags, figure } = row
    const name = { workload, tags, figure }
    if ('why' in row) return { ...name, verdict: 'not comparable', why: row.why }
    const { findings } = row
    const pCorrected = corrected[at++] ?? 1
    const same = (why: string): Row => ({ ...name, ...findings, pCorrected, verdict: 'same', why })
    if (pCorrected >= ALPHA) {
      const why = findings.runsDiffer ? 'runs of one side differ as much' : findings.p < ALPHA ? 'not sure enough among so many rows' : ''
      return same(why)
    }
    if (Math.abs(findings.change) < tolerance) return same('too small to matter')
    if (Math.sign(findings.change) !== Math.sign(findings.effect)) return same('most windows and the whole run differ in opposite ways')
    const better = FIGURES.find((one) => one.name === figure)?.better === 'higher' ? findings.change > 0 : findings.change < 0
    return { ...name, ...findings, pCorrected, verdict: better ? 'better' : 'worse', why: '' }
  })
}

/**
 * Compares runs: one of each side, or as many of each as pairs, the first of A made beside the first of B. Pure: the same runs and
 * options give the same comparison. Throws RangeError when the sides have different numbers of runs, or none.
 */
export function compareRuns(a: readonly ComparableRun[], b: readonly ComparableRun[], options: CompareOptions): Comparison {
  const [firstA] = a
  const [firstB] = b
  if (a.length !== b.length || firstA === undefined || firstB === undefined) {
    throw new RangeError(`${a.length} runs can't be compared with ${b.length}`)
  }
  const pairs = a.flatMap((one, at) => { const other = b[at]; return other === undefined ? [] : [[one, other] as const] })
  const all = new Map(pairs.flatMap(([one, other]) => unlikeness(one, other, options.across)).map((each) => [each.message, each]))
  const head = { a: a.map(({ path }) => path), b: b.map(({ path }) => path), differences: differences(firstA, firstB) }
  if (all.size > 0) return { ...head, unlike: [...all.values()], rows: [] }

  const separating = separatingTags([...a, ...b].map(({ record }) => record.series), options.by)
  const counted = pairs.map((pair) => pair.map(({ windows, record }) => operationRuns(windows, record.plan.workloads, separating)))
  const keys = [...new Set(counted.flat().flatMap((operations) => [...operations.keys()]))].sort()
  const rows = keys.flatMap((key, at): readonly Unjudged[] => {
    const of = counted.map(([left, right]) => [left?.get(key), right?.get(key)] as const)
    const whole = of.flatMap(([left, right]) => left === undefined || right === undefined ? [] : [[left, right] as const])
    if (whole.length === of.length) return rowsOf(whole, options, at)
    const known = of.flat().find((run) => run !== undefined)
    if (known === undefined) return []
    const missing = of.some(([left]) => left === undefined) ? 'A' : 'B'
    return [{ workload: known.workload, tags: known.tags, figure: 'rate', why: `${missing} has no such operation` }]
  })
  return { ...head, unlike: [], rows: judged(rows, options.tolerance) }
}
