// k6's CSV: its columns, and everything that has none of its own in the last two.
import type { Point } from './points.ts'

/** Tags that have a column; most of them are HTTP's, and empty here. */
const COLUMN_TAGS = ['check', 'error', 'error_code', 'expected_response', 'group', 'method', 'name', 'proto', 'scenario', 'service',
  'status', 'subproto', 'tls_version', 'url'] as const

export const CSV_HEADER = `metric_name,timestamp,metric_value,${COLUMN_TAGS.join(',')},extra_tags,metadata\n`

const cell = (text: string): string => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
const pairs = (entries: readonly (readonly [string, string])[]): string => entries.map(([name, value]) => `${name}=${value}`).join('&')

/** The row of a value; `timestamp` is in whole seconds since the Unix epoch, the value has six decimals. */
export function csvRow({ metric, epochMs, value, tags, metadata = {} }: Point): string {
  const known: ReadonlySet<string> = new Set(COLUMN_TAGS)
  const extra = Object.entries(tags).filter(([name]) => !known.has(name))
  return `${[
    metric, String(Math.floor(epochMs / 1000)), value.toFixed(6), ...COLUMN_TAGS.map((name) => tags[name] ?? ''),
    pairs(extra), pairs(Object.entries(metadata)),
  ].map(cell).join(',')}\n`
}
