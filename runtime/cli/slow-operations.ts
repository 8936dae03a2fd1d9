// Which operations `chopsticks slowest` prints: of the run's op log where it wrote one that is still there, else those in its record.
import type { JsonObject } from '../../bindings/sdk/index.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { Slowest, type SlowOperation } from '../metrics/slowest.ts'
import { opLogFiles, opLogLines } from '../output/formats/op-log-lines.ts'
import type { StoredRun } from '../results/stored-run.ts'
import { Failure } from './failure.ts'

export interface SlowWanted { readonly top: string; readonly op: string | undefined }

/** The slowest first. Throws a Failure (104) when `top` is no number of operations. */
export async function slowOperations(
  run: StoredRun, { top, op }: SlowWanted, warn: (message: string) => void,
): Promise<readonly SlowOperation[]> {
  const max = /^[1-9]\d{0,6}$/.test(top) ? Number(top) : undefined
  if (max === undefined) throw new Failure(EXIT_CODES.config, `--top ${top}: it must be a whole number from 1`)
  const logged = await fromOpLog(run, op, max, warn)
  if (logged !== undefined) return logged
  const { slowest } = run
  if (max > slowest.length && op === undefined && slowest.length === new Slowest().max) {
    warn(`the run's record has the ${slowest.length} slowest; --op-log DIR would have had all`)
  }
  return slowest.filter((one) => op === undefined || one.op === op).slice(0, max)
}

async function fromOpLog(
  { record: { opLog, runId }, loadStartedAt }: StoredRun, op: string | undefined, max: number, warn: (message: string) => void,
): Promise<readonly SlowOperation[] | undefined> {
  if (opLog === undefined) return undefined
  try {
    if (opLogFiles(opLog.folder, runId).length === 0) throw new Error('its files are gone')
    const slowest = new Slowest(max)
    for await (const { line, originEpochMs } of opLogLines(opLog.folder, runId)) {
      const startMs = originEpochMs - (loadStartedAt === undefined ? originEpochMs : Date.parse(loadStartedAt))
      const one = op === undefined || line['op'] === op ? operationOf(line, startMs) : undefined
      if (one !== undefined && one.durationMs > slowest.floorMs) slowest.add(one)
    }
    return slowest.all()
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    warn(`${opLog.folder}: the run's op log can't be read (${reason}): these are the slowest of its record`)
    return undefined
  }
}

/** A line of an op log; undefined for what never ended at a store. `originMs`: its moments' zero, since the start of the load. */
function operationOf(line: JsonObject, originMs: number): SlowOperation | undefined {
  const { startedUs, endedUs, workload, op, code, phase } = line
  if (phase !== 'iteration' || typeof startedUs !== 'number' || typeof endedUs !== 'number') return undefined
  if (typeof workload !== 'string' || typeof op !== 'string' || typeof code !== 'string') return undefined
  const text = (name: string): string | undefined => { const value = line[name]; return typeof value === 'string' ? value : undefined }
  const number = (name: string): number | undefined => { const value = line[name]; return typeof value === 'number' ? value : undefined }
  const optional = { key: text('key'), endpoint: text('endpoint'), requestId: text('requestId'), scenario: text('scenario'),
    vu: number('vu'), iteration: number('iteration') }
  return {
    workload, op, startMs: originMs + startedUs / 1000, durationMs: (endedUs - startedUs) / 1000, code, target: text('target') ?? '',
    driver: text('driver') ?? '', ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  }
}
