// What a comparison fails on: `worse`, `worse:5%`, and whether it was crossed, was not, or can't be told.
import { parseNumber } from '../../../bindings/sdk/index.ts'
import type { Comparison, Row } from './compare.ts'

/** What is failed on: rows that are worse by at least a share; 0: by whatever counts as worse. */
export interface FailOn { readonly worseBy: number }

/** Reads `worse` or `worse:5%`; undefined when it is neither. */
export function parseFailOn(text: string): FailOn | undefined {
  const [, digits] = /^worse(?::(.+)%)?$/.exec(text.trim()) ?? [undefined, undefined]
  if (digits === undefined) return text.trim() === 'worse' ? { worseBy: 0 } : undefined
  const percent = parseNumber(digits.trim())
  return percent === undefined || !(percent >= 0) || !Number.isFinite(percent) ? undefined : { worseBy: percent / 100 }
}

export type Judgement =
  | { readonly kind: 'held' }
  | { readonly kind: 'crossed'; readonly rows: readonly Row[] }
  /** Nothing was crossed as far as can be seen, but not enough can be seen. */
  | { readonly kind: 'unclear'; readonly why: string }

const name = ({ workload, tags, figure }: Row): string => `${workload} ${tags['op'] ?? ''} ${figure}`

/** Judges a comparison; one in which nothing could be compared, or an operation is on one side only, is unclear. */
export function judge({ unlike, rows }: Comparison, { worseBy }: FailOn): Judgement {
  const [first] = unlike
  if (first !== undefined) return { kind: 'unclear', why: unlike.map(({ message }) => message).join('; ') }
  const crossed = rows.filter((row) => row.verdict === 'worse' && Math.abs(row.change) >= worseBy)
  if (crossed.length > 0) return { kind: 'crossed', rows: crossed }
  if (rows.length === 0) return { kind: 'unclear', why: 'neither run did any operation' }
  const operations = new Map<string, Row[]>()
  for (const row of rows) {
    const key = JSON.stringify([row.workload, row.tags])
    operations.set(key, [...operations.get(key) ?? [], row])
  }
  for (const own of operations.values()) {
    const [one] = own
    if (one?.verdict === 'not comparable' && own.every(({ verdict }) => verdict === 'not comparable')) {
      return { kind: 'unclear', why: `${name(one)}: ${one.why}` }
    }
  }
  return { kind: 'held' }
}

/** Whether each operation has a row that would have shown a change of this share: an interval no wider to either side. */
export function seesChange({ rows }: Comparison, share: number): boolean {
  const seen = new Map<string, boolean>()
  for (const row of rows) {
    const key = JSON.stringify([row.workload, row.tags])
    const half = row.verdict === 'not comparable' || row.changeInterval === undefined ? Infinity
      : (row.changeInterval.high - row.changeInterval.low) / 2
    seen.set(key, (seen.get(key) ?? false) || half <= share)
  }
  return seen.size > 0 && [...seen.values()].every(Boolean)
}
