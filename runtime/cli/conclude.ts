// The end of a run: the summary, what is written to files, and why the exit code is what it is.
import type { RunResult } from '../coordinator/run.ts'
import { EXIT_CODES, type RunRecord } from '../metrics/record.ts'
import type { Finished } from '../output/outputs/output.ts'
import { verdictLines } from '../output/verdict-lines.ts'
import { deliverSummary, writeExport } from './deliver.ts'
import { failureOf, type Locate } from './ending.ts'
import { Failure } from './failure.ts'
import type { Sources } from './prepare.ts'
import type { Screen } from './screen.ts'
import type { World } from './world.ts'

export interface Conclusion {
  readonly result: RunResult
  readonly screen: Screen
  readonly sources: Sources
  readonly world: World
  /** What to do about what is left, where something can be done. */
  readonly advice: string | undefined
  /** Says what became of the run's outputs; what is not whole, as failures. */
  readonly tellOutputs: () => readonly Failure[]
  /** Why the run is not kept as it was asked to be. */
  readonly unkept?: Failure | undefined
  /** Why there is no HTML report, though there was to be one. */
  readonly unreported?: Failure | undefined
}

/** What outputs get at the end: the record, and why the run did not pass, in the words of the screen. */
export async function finishedRun(record: RunRecord, sources: Sources): Promise<Finished> {
  const locate = record.ending.kind === 'passed' && record.errors.length === 0 ? () => undefined : await sources.locate()
  return finishedBy(record, locate)
}

/** As `finishedRun`, of a run whose script is elsewhere. */
export function finishedBy(record: RunRecord, locate: Locate): Finished {
  const failure = endingFailure(record, locate)
  return { record, locate, ending: failure === undefined ? undefined : { message: failure.message, place: failure.place } }
}

/** Says and writes everything a run ends with; the exit code of the first thing that went wrong. */
export async function conclude({ result, screen, sources, world, advice, tellOutputs, unkept, unreported }: Conclusion): Promise<number> {
  const { record, handled } = result
  const { terminal } = world
  const anyError = record.ending.kind !== 'passed' || handled?.error !== undefined || record.errors.length > 0
  const locate = anyError ? await sources.locate() : () => undefined
  const problems: Failure[] = []
  if (handled?.error !== undefined) {
    const { message, stack } = handled.error
    problems.push(new Failure(EXIT_CODES.script, `handleSummary: ${message}`, { place: locate(stack) }))
  }
  const own = handled !== undefined && handled.error === undefined && handled.result !== undefined
  if (own) {
    const delivery = deliverSummary(handled.result, { out: terminal.out, err: terminal.err }, world.cwd, (text) => terminal.clean(text))
    problems.push(...delivery.problems)
  } else {
    screen.summary(record, locate)
  }
  const { summaryExport } = sources.options
  if (summaryExport !== undefined) {
    const reason = writeExport(summaryExport, terminal.clean(screen.summaryExport(record)))
    if (reason !== undefined) problems.push(new Failure(EXIT_CODES.config, reason))
  }
  const [first, ...others] = record.opLog?.problems ?? []
  if (first !== undefined) problems.push(new Failure(EXIT_CODES.config, [`the op log is incomplete: ${first}`, ...others].join('\n')))
  else if (record.opLog !== undefined) terminal.log.info(opLogLine(record.opLog, record.plan.runId))
  problems.push(...tellOutputs())
  if (unreported !== undefined) problems.push(unreported)
  if (unkept !== undefined) problems.push(unkept)
  tellCleanup(record, advice, world)
  return tell(record, problems, locate, world)
}

const opLogLine = ({ folder, operations }: NonNullable<RunRecord['opLog']>, runId: string): string =>
  `op log: ${String(operations)} operation${operations === 1 ? '' : 's'} in ${folder}/ops-${runId}-*.ndjson`

/** What became of what the run made, and the command that deletes what is left. What was built in is gone by itself. */
function tellCleanup({ cleanup, plan, builtin, times }: RunRecord, advice: string | undefined, { terminal }: World): void {
  if (builtin || plan.workloads.length === 0) return
  const then = advice === undefined ? '' : `; ${advice}`
  if (!plan.cleanup.run && times.measuredMs > 0) terminal.log.info(`what the run made stays below ${plan.prefix}${then}`)
  if (!cleanup.ran) return
  if (cleanup.remaining === 0) {
    terminal.log.info(`cleaned up: ${String(cleanup.deleted)} deleted below ${plan.prefix}, nothing is left`)
    return
  }
  terminal.log.warn(`something may be left below ${plan.prefix}: ${cleanup.reason ?? 'the cleanup did not finish'}${then}`)
}

/** A crossed threshold is told with what was asked for and what was seen. */
function endingFailure(record: RunRecord, locate: Locate): Failure | undefined {
  const failure = failureOf(record.ending, locate)
  if (failure === undefined || record.ending.kind !== 'thresholds') return failure
  const lines = verdictLines(record)
  if (lines.length === 0) return failure
  return new Failure(failure.exitCode, [...(record.ending.aborted ? [failure.message] : []), ...lines].join('\n'))
}

function tell(record: RunRecord, problems: readonly Failure[], locate: Locate, { terminal }: World): number {
  const ending = endingFailure(record, locate)
  const failures = [...(ending === undefined ? [] : [ending]), ...problems]
  for (const failure of failures) terminal.log.fail(failure)
  if (record.ending.kind === 'bug') terminal.log.debug(record.ending.stack)
  return failures[0]?.exitCode ?? EXIT_CODES.passed
}
