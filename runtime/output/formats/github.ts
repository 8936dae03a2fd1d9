// GitHub's workflow commands: an annotation for each threshold that was crossed, and for why a run did not pass.
import type { Finished, ScriptPlace } from '../outputs/output.ts'
import { judgedThresholds, otherEnding } from './judged.ts'

/** Annotations of a step beyond ten are not shown: the last of ours says how many there are. */
const ANNOTATIONS_MAX = 10

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

function annotation(level: 'error' | 'warning', title: string, message: string, place: Partial<ScriptPlace>): string {
  const { file, line, column } = place
  const at = { file, line: line === undefined ? undefined : String(line), col: column === undefined ? undefined : String(column), title }
  const properties = Object.entries(at).flatMap(([name, value]) => value === undefined ? [] : [`${name}=${property(value)}`])
  return `::${level} ${properties.join(',')}::${data(message)}`
}

/** Lines for standard output; none for a run that passed without errors. */
export function githubAnnotations({ record, ending, locate }: Finished): readonly string[] {
  const { plan: { script }, errors } = record
  const why = otherEnding(record, ending)
  const lines = [
    ...(why === undefined ? [] : [annotation('error', 'chopsticks', why.message, why.place ?? { file: script.name })]),
    ...judgedThresholds(record).filter(({ ok }) => !ok).map(({ of, what, seen }) =>
      annotation('error', 'threshold crossed', `${of}: ${what} ${seen === 'no samples' ? 'had' : 'was'} ${seen}`, { file: script.name })),
    ...errors.map(({ count, message, stack }) =>
      annotation('warning', 'error of the script', `${count} times: ${message}`, locate(stack) ?? { file: script.name })),
  ]
  if (lines.length <= ANNOTATIONS_MAX) return lines
  const left = lines.length - ANNOTATIONS_MAX + 1
  return [...lines.slice(0, ANNOTATIONS_MAX - 1), annotation('warning', 'chopsticks', `and ${left} more; see the job's log`, {})]
}
