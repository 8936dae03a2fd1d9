// A run's series second by second as a Parquet file beside its record, for whoever asks in SQL: made from its log when first asked for.
//
// The log stays what is true: a Parquet file that is cut off, or was made from a shorter log, is made anew from it.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { ByteWriter, ParquetWriter, type ColumnSource } from 'hyparquet-writer'
import { percentile } from '../metrics/histogram.ts'
import type { Series } from '../metrics/snapshot.ts'
import type { Window } from '../metrics/timeline.ts'
import { LOG_FILE } from './run-keeper.ts'
import type { StoredRun } from './stored-run.ts'

const SERIES_FILE = 'series.parquet'
/** Under which its bytes say of how many bytes of log, and in which form, they were made. */
const ORIGIN_KEY = 'chopsticks'
const FORM = 1
const GROUP_ROWS = 50_000

type Value = string | number | null
interface Column {
  readonly name: string
  readonly type: 'STRING' | 'DOUBLE'
  readonly of: (one: Series, window: Window, run: string) => Value
}

const quantile = (name: string, p: number): Column =>
  ({ name, type: 'DOUBLE', of: ({ data }) => data.type === 'trend' ? percentile(data, p) : null })

/**
 * A row is one series in one window: `value` is a counter's sum, a gauge's last value, a rate's share; what a type does not have is
 * null. Times are ms, `startMs` since the start of the load.
 */
const COLUMNS: readonly Column[] = [
  { name: 'run', type: 'STRING', of: (_, __, run) => run },
  { name: 'startMs', type: 'DOUBLE', of: (_, { startMs }) => startMs },
  { name: 'lengthMs', type: 'DOUBLE', of: (_, { lengthMs }) => lengthMs },
  { name: 'metric', type: 'STRING', of: ({ metric }) => metric },
  { name: 'type', type: 'STRING', of: ({ data }) => data.type },
  { name: 'op', type: 'STRING', of: ({ tags }) => tags['op'] ?? null },
  { name: 'scenario', type: 'STRING', of: ({ tags }) => tags['scenario'] ?? null },
  { name: 'tags', type: 'STRING', of: ({ tags }) => JSON.stringify(tags) },
  { name: 'value', type: 'DOUBLE', of: ({ data }) => valueOf(data) },
  { name: 'count', type: 'DOUBLE', of: ({ data }) => data.count },
  { name: 'sum', type: 'DOUBLE', of: ({ data }) => data.type === 'counter' || data.type === 'trend' ? data.sum : null },
  { name: 'min', type: 'DOUBLE', of: ({ data }) => data.type === 'trend' || data.type === 'gauge' ? data.min : null },
  { name: 'max', type: 'DOUBLE', of: ({ data }) => data.type === 'trend' || data.type === 'gauge' ? data.max : null },
  quantile('p50', 50), quantile('p90', 90), quantile('p95', 95), quantile('p99', 99), quantile('p99_9', 99.9),
]

/** Names and SQL types of its columns. */
export const SERIES_COLUMNS: readonly (readonly [name: string, type: string])[] =
  COLUMNS.map(({ name, type }) => [name, type === 'STRING' ? 'VARCHAR' : type])

function valueOf(data: Series['data']): number | null {
  switch (data.type) {
    case 'counter': return data.sum
    case 'gauge': return data.value
    case 'rate': return data.count === 0 ? 0 : data.trues / data.count
    case 'trend': return null
    default: return data satisfies never
  }
}

/** The bytes of the file; `origin` is written into them. */
function seriesParquet(windows: Iterable<Window>, run: string, origin: string): Uint8Array {
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({
    writer: bytes, createdBy: 'chopsticks', kvMetadata: [{ key: ORIGIN_KEY, value: origin }],
    schema: [{ name: 'root', num_children: COLUMNS.length }, ...COLUMNS.map(({ name, type }) => type === 'STRING'
      ? { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' } as const
      : { name, type: 'DOUBLE', repetition_type: 'OPTIONAL' } as const)],
  })
  let group: readonly Value[][] = COLUMNS.map(() => [])
  const flush = (): void => {
    // A file in memory is written at once.
    void writer.write({ columnData: COLUMNS.map(({ name, type }, at): ColumnSource => ({ name, type, data: group[at] ?? [] })) })
    group = COLUMNS.map(() => [])
  }
  for (const window of windows) {
    for (const one of window.series) COLUMNS.forEach(({ of }, at) => { group[at]?.push(of(one, window, run)) })
    if ((group[0]?.length ?? 0) >= GROUP_ROWS) flush()
  }
  flush()
  void writer.finish()
  return bytes.getBytes()
}

/** Whether it is whole, and made of the log as that is now. */
function stands(path: string, origin: string): boolean {
  try {
    const bytes = readFileSync(path)
    const { key_value_metadata: notes = [] } = parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    return notes.some(({ key, value }) => key === ORIGIN_KEY && value === origin)
  } catch {
    // Not there, not readable or no whole Parquet: all the same, it is made.
    return false
  }
}

/**
 * The path of a run's Parquet file, made where it is not there, not whole, or older than the run's log. Where the run's folder takes no
 * file it is made in `elsewhere`. Throws the system's error when that takes none either.
 */
export function seriesFile({ path, record: { runId }, windows }: StoredRun, elsewhere: string): string {
  const logBytes = statSync(join(path, LOG_FILE), { throwIfNoEntry: false })?.size ?? 0
  const origin = JSON.stringify({ form: FORM, logBytes })
  const own = join(path, SERIES_FILE)
  if (stands(own, origin)) return own
  const bytes = seriesParquet(windows, runId, origin)
  try {
    place(own, bytes)
    return own
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    const other = join(elsewhere, `${runId}.parquet`)
    writeFileSync(other, bytes)
    return other
  }
}

/** Whole or not at all, whoever else is at it. */
function place(path: string, bytes: Uint8Array): void {
  const next = `${path}.${process.pid}`
  try {
    writeFileSync(next, bytes)
    renameSync(next, path)
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  }
}
