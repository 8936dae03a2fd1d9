// Reads a kept run back from its folder, whole or cut off.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type Json } from '../../bindings/sdk/index.ts'
import type { RunRecord } from '../metrics/record.ts'
import { mergedSeries, Timeline } from '../metrics/timeline.ts'
import { recordFromJson, type JsonRecord } from './record-json.ts'
import { LOG_FILE, RECORD_FILE, type RunHead } from './run-keeper.ts'
import { readRunLog, type LoggedRun } from './run-log.ts'
import { runFolders } from './runs-folder.ts'
import { StoredRunError, type RunEnvironment, type StoredRun } from './stored-run.ts'

interface RecordDocument { readonly loadStartedAt?: string; readonly environment: RunEnvironment; readonly record: JsonRecord }

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

/**
 * Reads a run from its folder. Rejects with StoredRunError, in one line that names the file, when there is no run, or its record is
 * damaged or of a newer version; a damaged log costs windows and is told under `problems`.
 */
export async function readStoredRun(path: string): Promise<StoredRun> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw new StoredRunError(`${path}: there is no such folder`)
  const document = await readDocument(join(path, RECORD_FILE))
  const logged = readLog(join(path, LOG_FILE))
  const problems = logged.problem === undefined ? [] : [logged.problem]
  const windows = logged.timeline.windows()
  if (document !== undefined) {
    const record = recordFromJson(document.record)
    const { slowest = [], outages = [] } = record
    return {
      path, record, environment: document.environment, windows, slowest, outages, complete: true, problems,
      ...(document.loadStartedAt === undefined ? {} : { loadStartedAt: document.loadStartedAt }),
    }
  }
  const { head, ...notes } = logged.notes as { readonly head?: RunHead & { readonly loadStartedAt?: string } } & Partial<RunRecord>
  if (head === undefined) {
    throw new StoredRunError(`${path}: there is no run in this folder: neither ${RECORD_FILE} nor a whole ${LOG_FILE}`)
  }
  const record = cutOff(head, notes, logged.timeline)
  const { slowest = [], outages = [] } = record
  return {
    path, record, environment: head.environment, windows, slowest, outages, complete: false, problems,
    ...(head.loadStartedAt === undefined ? {} : { loadStartedAt: head.loadStartedAt }),
  }
}

/** All runs of a folder that can be read, the latest first, and what is wrong with the others. */
export async function keptRuns(folder: string): Promise<{ readonly runs: readonly StoredRun[]; readonly problems: readonly string[] }> {
  const runs: StoredRun[] = []
  const problems: string[] = []
  for (const path of runFolders(folder).toReversed()) {
    try {
      runs.push(await readStoredRun(path))
    } catch (error) {
      if (!(error instanceof StoredRunError)) throw error
      problems.push(error.message)
    }
  }
  return { runs, problems }
}

async function readDocument(file: string): Promise<RecordDocument | undefined> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new StoredRunError(`${file}: it can't be read (${codeOf(error)})`)
  }
  let document: Json
  try {
    document = JSON.parse(text) as Json
  } catch {
    throw new StoredRunError(`${file}: it is damaged: no JSON`)
  }
  const { recordSchema, RECORD_FORMAT, RECORD_VERSION } = await import('./record-schema.ts')
  if (!isJsonObject(document) || document['format'] !== RECORD_FORMAT) throw new StoredRunError(`${file}: this is no record of a run`)
  const { version } = document
  if (typeof version === 'number' && version > RECORD_VERSION) {
    throw new StoredRunError(`${file}: it is of version ${version}, and this chopsticks reads ${RECORD_VERSION}: update chopsticks`)
  }
  const checked = recordSchema.safeParse(document)
  if (!checked.success) {
    const [issue] = checked.error.issues
    throw new StoredRunError(`${file}: it is damaged: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  return document as unknown as RecordDocument
}

function readLog(file: string): LoggedRun {
  try {
    return readRunLog(file)
  } catch (error) {
    return { timeline: new Timeline(), notes: {}, problem: `${file}: it can't be read (${codeOf(error)})` }
  }
}

/** What is known of a run that has no record: as far as it was counted. */
function cutOff(head: RunHead, notes: Partial<RunRecord>, timeline: Timeline): RunRecord {
  const windows = [...timeline.windows()]
  const last = windows.at(-1)
  const { errors, slowest, outages, progress } = notes
  return {
    version: 1, runId: head.runId, startedAt: head.startedAt, plan: head.plan, targets: head.targets, builtin: head.builtin,
    times: { initMs: 0, measuredMs: last === undefined ? 0 : last.startMs + last.lengthMs },
    series: mergedSeries(windows.map(({ series }) => series)), errors: errors ?? [], progress: progress ?? [], scenarios: [],
    generator: { limited: false, reasons: [], shards: [] }, verdicts: [], slowest: slowest ?? [], outages: outages ?? [],
    cleanup: { ran: false, deleted: 0, remaining: undefined }, setupData: undefined,
    ending: { kind: 'shard-lost', message: 'the process that ran it is still at it, or ended before it did' },
  }
}
