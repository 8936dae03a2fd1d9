// A run as one page that needs nothing else: made from its record and its windows, the same page for the same run.
import type { Finished } from '../outputs/output.ts'
import { judgedThresholds, otherEnding } from '../formats/judged.ts'
import { humanizeTime } from '../humanize.ts'
import { notesOf } from '../notes.ts'
import { visible } from '../text.ts'
import { verdictLines } from '../verdict-lines.ts'
import type { ReportModel } from './model.ts'
import { pageOf, type PageAssets } from './page-text.ts'
import { sectionsOf, type SectionParts } from './sections.ts'

export interface ReportParts extends SectionParts {
  /** Why the run did not pass, as its last line on the screen says it. */
  readonly ending: Finished['ending']
  /** What is to be known of how the record came to be: that it is of a run that was cut off. */
  readonly remarks: readonly string[]
  /** Takes secrets out of a text. */
  readonly clean: (text: string) => string
}

/** The text of the page. */
export const reportPage = (parts: ReportParts, assets: PageAssets): string => pageOf(cleaned(modelOf(parts), parts.clean), assets)

function modelOf(parts: ReportParts): ReportModel {
  const { record, ending, remarks } = parts
  const { plan, startedAt, times: { measuredMs }, targets } = record
  const thresholds = judgedThresholds(record)
  const crossed = thresholds.filter(({ ok }) => !ok).length
  const passed = record.ending.kind === 'passed'
  const why = otherEnding(record, ending)
  const place = why?.place === undefined ? '' : `${why.place.file}:${why.place.line}: `
  const tags = Object.entries(plan.tags).map(([name, value]) => `${name}=${value}`)
  return {
    title: visible(plan.script.name), passed,
    verdict: passed ? 'passed' : why === undefined ? `failed: ${crossed} of ${thresholds.length} thresholds crossed` : 'failed',
    reasons: [...(why === undefined ? [] : [visible(place + why.message)]), ...(passed ? [] : verdictLines(record))],
    notes: [...remarks, ...notesOf(record)],
    facts: [
      { name: 'Run', value: plan.runId }, { name: 'Started', value: startedAt },
      { name: 'Measured', value: humanizeTime(measuredMs, null) }, { name: 'Seed', value: String(plan.seed) },
      ...targets.map((line) => ({ name: 'Target', value: visible(line) })),
      ...(tags.length === 0 ? [] : [{ name: 'Tags', value: visible(tags.join(', ')) }]),
    ],
    sections: sectionsOf(parts),
  }
}

/** The same, every text cleaned. Before it is a page: there a secret may be written otherwise, and code must stay as it is. */
function cleaned<T>(value: T, clean: (text: string) => string): T {
  const visit = (one: unknown): unknown => {
    if (typeof one === 'string') return clean(one)
    if (Array.isArray(one)) return one.map(visit)
    if (typeof one === 'object' && one !== null) return Object.fromEntries(Object.entries(one).map(([key, own]) => [key, visit(own)]))
    return one
  }
  return visit(value) as T
}
