// GitLab's code quality report: what a merge request's widget shows of thresholds that were crossed and of the script's errors.
import { createHash } from 'node:crypto'
import type { Finished } from '../outputs/output.ts'
import { judgedThresholds, otherEnding } from './judged.ts'

/** A JSON document: a list, empty for a run with nothing to tell. A fingerprint names the same finding in the next run too. */
export function gitlabQuality({ record, ending, locate }: Finished): string {
  const { plan: { script }, errors } = record
  const finding = (check: string, subject: string, description: string, severity: string, place = { file: script.name, line: 1 }) => ({
    description, check_name: check, severity,
    fingerprint: createHash('sha256').update(JSON.stringify([script.name, check, subject])).digest('hex'),
    location: { path: place.file, lines: { begin: place.line } },
  })
  const why = otherEnding(record, ending)
  const kinds = new Map(errors.map((error) => {
    const place = locate(error.stack)
    return [`${error.message}\n${place?.file ?? ''}:${place?.line ?? 0}`, { ...error, place }] as const
  }))
  return `${JSON.stringify([
    ...(why === undefined ? [] : [finding('run', record.ending.kind, why.message, 'blocker', why.place)]),
    ...judgedThresholds(record).filter(({ ok }) => !ok).map(({ of, what, seen }) =>
      finding('threshold', `${of} ${what}`, `${of}: ${what} ${seen === 'no samples' ? 'had' : 'was'} ${seen}`, 'critical')),
    ...[...kinds].map(([key, { message, count, place }]) => finding('error', key, `${count} times: ${message}`, 'minor', place)),
  ], null, 2)}\n`
}
