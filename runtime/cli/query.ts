// `chopsticks query SQL`: all kept runs as tables, asked by DuckDB.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EXIT_CODES } from '../metrics/record.ts'
import { opLogFiles } from '../output/formats/op-log-lines.ts'
import { palette } from '../output/palette.ts'
import { answerLines } from '../output/answer-lines.ts'
import { keptRuns } from '../results/read-run.ts'
import { SERIES_COLUMNS, seriesFile } from '../results/series-parquet.ts'
import type { StoredRun } from '../results/stored-run.ts'
import type { Request } from './args.ts'
import { DuckDb, type Answer } from './duckdb.ts'
import { Failure } from './failure.ts'
import { firstOptions } from './prepare.ts'
import { resultsFolder } from './results-folder.ts'
import type { World } from './world.ts'

/** How many digits of a fraction a table shows; JSON has all. */
const DIGITS = 9

type Columns = readonly (readonly [name: string, type: string])[]

const RUN_COLUMNS: Columns = [
  ['run', 'VARCHAR'], ['startedAt', 'TIMESTAMP'], ['loadStartedAt', 'TIMESTAMP'], ['script', 'VARCHAR'], ['verdict', 'VARCHAR'],
  ['complete', 'BOOLEAN'], ['seed', 'BIGINT'], ['target', 'VARCHAR'], ['shards', 'INTEGER'], ['measuredMs', 'DOUBLE'],
  ['tags', 'JSON'], ['host', 'VARCHAR'], ['versions', 'JSON'], ['path', 'VARCHAR'],
]
const SLOWEST_COLUMNS: Columns = [
  ['run', 'VARCHAR'], ['workload', 'VARCHAR'], ['op', 'VARCHAR'], ['startMs', 'DOUBLE'], ['durationMs', 'DOUBLE'], ['code', 'VARCHAR'],
  ['target', 'VARCHAR'], ['driver', 'VARCHAR'], ['key', 'VARCHAR'], ['endpoint', 'VARCHAR'], ['requestId', 'VARCHAR'],
  ['scenario', 'VARCHAR'], ['vu', 'BIGINT'], ['iteration', 'BIGINT'],
]
/** Those of an op log's lines (config/op-log.md). */
const OPERATION_COLUMNS: Columns = [
  ['dueUs', 'DOUBLE'], ['startedUs', 'DOUBLE'], ['firstByteUs', 'DOUBLE'], ['endedUs', 'DOUBLE'], ['workload', 'VARCHAR'],
  ['op', 'VARCHAR'], ['key', 'VARCHAR'], ['keys', 'BIGINT'], ['sizeBytes', 'BIGINT'], ['bytesIn', 'BIGINT'], ['bytesOut', 'BIGINT'],
  ['code', 'VARCHAR'], ['attempts', 'BIGINT'], ['detail', 'VARCHAR'], ['requestId', 'VARCHAR'], ['endpoint', 'VARCHAR'],
  ['driver', 'VARCHAR'], ['target', 'VARCHAR'], ['phase', 'VARCHAR'], ['scenario', 'VARCHAR'], ['group', 'VARCHAR'], ['vu', 'BIGINT'],
  ['iteration', 'BIGINT'],
]

/** Answers a question in SQL; the exit code. Throws a Failure (104) for SQL that can't be, or where DuckDB is missing. */
export async function query({ sql, json, flags }: Extract<Request, { command: 'query' }>, world: World): Promise<number> {
  const { terminal, cwd } = world
  const folder = resultsFolder(firstOptions(flags, world), cwd)
  if (folder === undefined) throw new Failure(EXIT_CODES.config, '--results none: there is no run nowhere; name the folder they are in')
  using database = await DuckDb.open(cwd)
  const { runs, problems } = await keptRuns(folder)
  for (const problem of problems) terminal.log.warn(problem)
  const scratch = mkdtempSync(join(tmpdir(), 'chopsticks-query-'))
  try {
    await database.run(tables(runs, scratch))
    const answer = await database.run(sql).catch((error: unknown) => { throw new Failure(EXIT_CODES.config, `query: ${oneLine(error)}`) })
    terminal.out.write(json ? asJson(answer) : asTable(answer, world))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return EXIT_CODES.passed
}

/** What DuckDB says before it shows the place. */
const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n\n')[0]?.replaceAll('\n', ' ') ?? ''

/** The statements that make the views. */
function tables(runs: readonly StoredRun[], scratch: string): string {
  const file = (name: string, rows: readonly object[]): readonly string[] => {
    if (rows.length === 0) return []
    const path = join(scratch, name)
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    return [path]
  }
  const slowest = runs.flatMap(({ record: { runId }, slowest: operations }) => operations.map((one) => ({ run: runId, ...one })))
  const series = runs.filter(({ windows }) => windows.length > 0).map((run) => seriesFile(run, scratch))
  return [
    view('runs', RUN_COLUMNS, fromJson(RUN_COLUMNS, file('runs.ndjson', runs.map(runRow)))),
    view('slowest', SLOWEST_COLUMNS, fromJson(SLOWEST_COLUMNS, file('slowest.ndjson', slowest))),
    view('series', SERIES_COLUMNS, series.length === 0 ? undefined
      : `SELECT * REPLACE (tags::JSON AS tags) FROM read_parquet(${textList(series)})`),
    view('operations', [['run', 'VARCHAR'], ...OPERATION_COLUMNS], fromJson(OPERATION_COLUMNS, runs.flatMap(opLogs), {
      columns: "regexp_extract(filename, '.*/ops-([^/]+?)-[0-9-]+[.]ndjson$', 1) AS run, * EXCLUDE filename",
      rest: 'WHERE op IS NOT NULL',
    })),
  ].join(';\n')
}

function runRow({ record, environment, loadStartedAt, complete, path }: StoredRun): object {
  const { runId: run, startedAt, plan, ending, times } = record
  return {
    run, startedAt, loadStartedAt, script: plan.script.name, verdict: complete ? ending.kind : 'incomplete', complete, seed: plan.seed,
    target: plan.target, shards: plan.shards, measuredMs: times.measuredMs, tags: plan.tags, host: environment.host.name,
    versions: environment.versions, path,
  }
}

/** Op logs lie where --op-log said: those that went since are no rows. */
function opLogs({ record: { opLog, runId } }: StoredRun): readonly string[] {
  if (opLog === undefined) return []
  try {
    return opLogFiles(opLog.folder, runId)
  } catch {
    return []
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`
const textList = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`

/** A view without rows where there is nothing to select. */
const view = (name: string, columns: Columns, select: string | undefined): string => `CREATE VIEW ${quoted(name)} AS ${select
  ?? `SELECT ${columns.map(([column, type]) => `NULL::${type} AS ${quoted(column)}`).join(', ')} WHERE false`}`

/** Reads lines of JSON; a last one that is cut off is left out. */
function fromJson(
  columns: Columns, files: readonly string[], { columns: selected, rest }: { columns: string; rest: string } = { columns: '*', rest: '' },
): string | undefined {
  if (files.length === 0) return undefined
  const types = columns.map(([column, type]) => `${quoted(column)}: '${type}'`).join(', ')
  const options = `format = 'newline_delimited', ignore_errors = true, columns = {${types}}${rest === '' ? '' : ', filename = true'}`
  return `SELECT ${selected} FROM read_json(${textList(files)}, ${options}) ${rest}`
}

/** A whole number is one in JSON too, where that can hold it. */
const plain = (_: string, value: unknown): unknown => {
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

const asJson = ({ columns, rows }: Answer): string =>
  `${JSON.stringify(rows.map((row) => Object.fromEntries(row.map((value, at) => [columns[at] ?? '', value]))), plain)}\n`

function asTable({ columns, rows }: Answer, { terminal }: World): string {
  const cell = (value: unknown): string => {
    switch (typeof value) {
      case 'string': return value
      case 'object': return value === null ? '' : value instanceof Date ? value.toISOString() : JSON.stringify(value, plain)
      case 'number': return String(Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS)))
      default: return String(value)
    }
  }
  const numeric = (at: number): boolean => rows.every((row) => ['number', 'bigint'].includes(typeof row[at]) || row[at] === null)
  const heads = columns.map((head, at) => ({ head, align: numeric(at) ? 'right' : 'left' } as const))
  const width = terminal.out.tty ? terminal.out.columns - 1 : Number.POSITIVE_INFINITY
  const lines = answerLines(heads, rows.map((row) => row.map(cell)), { columns: width, palette: palette(terminal.colors(terminal.out)) })
  return `${lines.join('\n')}\n`
}
