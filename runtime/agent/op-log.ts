// The op log of a shard: what was known of each operation it was asked for, written to a file of its own as each ends.
import { join } from 'node:path'
import type { Clock, Json, Outcome, StorageCode, StorageError, Subject } from '../../bindings/sdk/index.ts'
import type { Failure, ToAgent } from '../link/protocol.ts'
import { LineFile, LineFileError } from './line-file.ts'
import { headerLine, recordLine, type Origin } from './op-record.ts'
import type { OpenSession } from './sessions.ts'

/** How long the disk has to take the rest at the end. */
const CLOSE_MS = 15_000
/** Files of one shard in a run: the second is that of an agent that took a lost one's place. */
const FILES_MAX = 9

type Load = Extract<ToAgent, { kind: 'load' }>

/** How an operation ended: with what the session returned, or threw. */
export interface OpEnd {
  readonly code: 'ok' | StorageCode
  /** Moments on the shard's clock, ms. */
  readonly firstByteMs: number | undefined
  readonly endedMs: number
  /** How often it was sent to the store, or tried to be. */
  readonly attempts: number
  readonly outcome: Outcome | undefined
  readonly error: StorageError | undefined
}

/** One operation from its call to its end. */
export class OpEntry {
  readonly #log: OpLog
  readonly workload: string
  readonly op: string
  readonly dueMs: number
  readonly origin: Origin
  open: OpenSession | undefined
  subject: Subject | undefined
  startedMs: number | undefined

  constructor(log: OpLog, workload: string, op: string, dueMs: number, origin: Origin) {
    this.#log = log
    this.workload = workload
    this.op = op
    this.dueMs = dueMs
    this.origin = origin
  }

  /** It is given to a session now. */
  started(open: OpenSession, args: readonly Json[], startedMs: number): void {
    this.open = open
    this.startedMs = startedMs
    this.subject = open.session.subject?.(this.op, args)
  }

  /** It is one of many steps of another one, and has ended already. */
  metered(open: OpenSession, subject: Subject, startedMs: number): void {
    this.open = open
    this.startedMs = startedMs
    this.subject = subject
  }

  /** It is a step of another one, and about the same. */
  startedWithin(open: OpenSession, whole: OpEntry | undefined, startedMs: number): void {
    this.open = open
    this.startedMs = startedMs
    const { key } = whole?.subject ?? {}
    if (key !== undefined) this.subject = { key }
  }

  ended(end: OpEnd): void { this.#log.ended(this, end) }
}

export class OpLog {
  readonly #file: LineFile
  readonly #path: string
  /** The run's start on the shard's clock, ms. */
  readonly #originMs: number
  readonly #open = new Set<OpEntry>()
  #operations = 0

  constructor(file: LineFile, path: string, clock: Clock, originEpochMs: number) {
    this.#file = file
    this.#path = path
    this.#originMs = clock.now() - (clock.epochMs() - originEpochMs)
  }

  /** An operation was called. */
  begin(workload: string, op: string, dueMs: number, origin: Origin): OpEntry {
    const entry = new OpEntry(this, workload, op, dueMs, origin)
    this.#open.add(entry)
    return entry
  }

  ended(entry: OpEntry, end: OpEnd | undefined): void {
    if (!this.#open.delete(entry)) return
    const { open, startedMs } = entry
    const outcome = end?.outcome
    const error = end?.error
    this.#operations++
    this.#file.write(recordLine({
      origin: entry.origin, workload: entry.workload, op: entry.op, subject: entry.subject,
      dueUs: this.#us(startedMs === undefined ? entry.dueMs : Math.min(entry.dueMs, startedMs)),
      startedUs: this.#usIf(startedMs), firstByteUs: this.#usIf(end?.firstByteMs), endedUs: this.#usIf(end?.endedMs),
      bytesIn: outcome?.bytesIn ?? 0, bytesOut: outcome?.bytesOut ?? 0, code: end?.code, attempts: end?.attempts,
      detail: error?.detail,
      requestId: outcome?.requestId ?? error?.requestId, endpoint: outcome?.endpoint ?? error?.endpoint ?? open?.session.endpoint,
      driver: open?.driver, target: open?.target,
    }))
  }

  /** Writes down what has not ended, and closes the file. How many operations there were, and what is wrong with the file, if anything. */
  async close(): Promise<{ readonly operations: number; readonly problem?: string }> {
    for (const entry of this.#open) this.ended(entry, undefined)
    await this.#file.close(CLOSE_MS)
    const { broken, lost } = this.#file
    const operations = this.#operations
    if (broken === undefined) return { operations }
    return { operations, problem: `${this.#path}: ${broken}; ${lost} of ${operations} operations are missing from it` }
  }

  #us(momentMs: number): number { return Math.round((momentMs - this.#originMs) * 1000) }
  #usIf(momentMs: number | undefined): number | undefined { return momentMs === undefined ? undefined : this.#us(momentMs) }
}

/** The op log a shard was told to write; why it can't be, when it can't. `warn` hears of it when it becomes incomplete. */
export function openOpLog({ opLog, plan, share, targets }: Load, clock: Clock, warn: (text: string) => void): OpLog | undefined | Failure {
  if (opLog === undefined) return undefined
  const { folder, originEpochMs } = opLog
  const name = `ops-${plan.runId}-${share.index}`
  const firstLine = headerLine({ plan, share, targets, originEpochMs })
  for (let n = 1; ; n++) {
    const path = join(folder, `${n === 1 ? name : `${name}-${n}`}.ndjson`)
    try {
      const file = new LineFile({
        path, firstLine, clock, onBroken: (reason) => { warn(`the op log ${path} is incomplete from now on: ${reason}`) },
      })
      return new OpLog(file, path, clock, originEpochMs)
    } catch (error) {
      if (!(error instanceof LineFileError)) throw error
      if (!error.exists || n === FILES_MAX) return { kind: 'config', message: `--op-log: ${path} can't be written: ${error.message}` }
    }
  }
}
