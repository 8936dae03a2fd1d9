// Keeps a run on disk: a log that grows with every second, and at the end the record.
//
// The folder is made when the first second is over or the run ends, whatever comes first: what is only there to be refused leaves
// nothing. record.json appears last, whole or not at all: a folder without it is a run that goes on, or was cut off.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunRecord } from '../metrics/record.ts'
import { Timeline, type Window } from '../metrics/timeline.ts'
import { recordToJson } from './record-json.ts'
import { RunLog } from './run-log.ts'
import type { RunEnvironment } from './stored-run.ts'

export const LOG_FILE = 'windows.log'
export const RECORD_FILE = 'record.json'
export const SCRIPT_FILE = 'script.json'

/** A log beyond this is written anew from the timeline, which merges what is old. */
const LOG_BYTES_MAX = 256 * 1024 ** 2

/** What is known of a run before its load begins. */
export interface RunHead extends Pick<RunRecord, 'runId' | 'plan' | 'targets' | 'builtin' | 'startedAt'> {
  readonly environment: RunEnvironment
}

/** What is told of the run while it goes on, so that a run that is cut off has it. */
export type RunSoFar = Pick<RunRecord, 'errors' | 'slowest' | 'outages' | 'progress'>

export interface KeeperOptions {
  /** The run's own folder: made, and not there yet. Its parent is there. */
  readonly folder: string
  readonly head: RunHead
  /** What the run can be done again from (script-file.ts), as JSON. */
  readonly script: () => string
  /** Takes secrets out of a text. */
  readonly clean: (text: string) => string
}

export class RunKeeper {
  readonly #o: KeeperOptions
  readonly #timeline = new Timeline()
  readonly #notes = new Map<string, string>()
  #log: RunLog | undefined
  #loadStartedAt: string | undefined
  /** Why nothing more is kept, when that is so. */
  problem: string | undefined

  constructor(options: KeeperOptions) { this.#o = options }

  get folder(): string { return this.#o.folder }

  /** The load begins at this moment, ISO 8601. */
  loadStarts(at: string): void { this.#loadStartedAt ??= at }

  window(window: Window): void {
    this.#guarded(() => {
      this.#timeline.add(window)
      const log = this.#opened()
      log.window(window)
      if (log.sizeBytes > LOG_BYTES_MAX) this.#rewrite()
    })
  }

  soFar(soFar: RunSoFar): void {
    if (this.#log === undefined) return
    this.#guarded(() => { for (const [name, value] of Object.entries(soFar)) this.#note(name, value) })
  }

  /** Writes the record: the run is whole then. */
  finish(record: RunRecord): void {
    this.#guarded(() => {
      this.#opened().close()
      const { environment } = this.#o.head
      const document = {
        format: 'chopsticks-run', version: 1, loadStartedAt: this.#loadStartedAt, environment, record: recordToJson(record),
      }
      this.#place(RECORD_FILE, JSON.stringify(document))
    })
  }

  #opened(): RunLog {
    if (this.#log !== undefined) return this.#log
    mkdirSync(this.#o.folder)
    this.#place(SCRIPT_FILE, this.#o.script())
    const log = new RunLog(join(this.#o.folder, LOG_FILE), this.#o.clean)
    this.#log = log
    this.#note('head', { ...this.#o.head, loadStartedAt: this.#loadStartedAt })
    return log
  }

  /** Notes what changed. */
  #note(name: string, value: unknown): void {
    const text = JSON.stringify(value ?? null)
    if (this.#notes.get(name) === text) return
    this.#notes.set(name, text)
    this.#log?.note(name, text)
  }

  #rewrite(): void {
    const [path, next] = [join(this.#o.folder, LOG_FILE), join(this.#o.folder, `${LOG_FILE}.next`)]
    rmSync(next, { force: true })
    const log = new RunLog(next, this.#o.clean)
    for (const [name, text] of this.#notes) log.note(name, text)
    for (const window of this.#timeline.windows()) log.window(window)
    renameSync(next, path)
    this.#log?.close()
    this.#log = log
  }

  /** Whole or not at all: a crash in the middle leaves a file of another name. */
  #place(name: string, text: string): void {
    const path = join(this.#o.folder, name)
    writeFileSync(`${path}.next`, this.#o.clean(text), { flag: 'wx' })
    renameSync(`${path}.next`, path)
  }

  /** A disk that does not take what it is given ends the keeping, not the run. */
  #guarded(work: () => void): void {
    if (this.problem !== undefined) return
    try {
      work()
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === undefined) throw error
      this.problem = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : message
    }
  }
}
