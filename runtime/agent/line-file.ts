// A file of lines, written in batches beside the work: it never holds the work up, holds a bounded rest, and loses no line unsaid.
import { closeSync, ftruncate, openSync, unlinkSync, write, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Clock, Timer } from '../../bindings/sdk/index.ts'

const writeAt = promisify(write)
const truncate = promisify(ftruncate)

/** Lines are written when they come to so much, or after so long. */
const BATCH_LENGTH = 256 * 1024
const BATCH_MS = 500
/** What may wait for the disk, characters. */
const WAITING_MAX_LENGTH = 32 * 1024 ** 2
const NEW_LINE = 10

export interface LineFileOptions {
  readonly path: string
  /** Written at once, so that a file that can't be written is known before there is anything to lose. */
  readonly firstLine: string
  readonly clock: Clock
  /** Told once, when lines begin to be lost. */
  readonly onBroken: (reason: string) => void
  readonly waitingMaxLength?: number
}

/** What a full disk and its like are called. */
const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ENOSPC': return 'its disk is full'
    case 'EDQUOT': return 'its disk quota is used up'
    case 'EFBIG': return 'it has grown as large as files may be'
    case 'EACCES': case 'EPERM': return 'it may not be written'
    case 'EROFS': return 'its file system is read-only'
    case 'ENOENT': return 'there is no such folder'
    default: return code ?? message
  }
}

/** A file could not be made; the message says why. `exists` when there is one of that name. */
export class LineFileError extends Error {
  readonly exists: boolean
  constructor(error: unknown) {
    super(reasonOf(error))
    this.exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
  }
}

export class LineFile {
  readonly #o: LineFileOptions
  readonly #file: number
  #text = ''
  #lines = 0
  /** Bytes of whole lines that are on the disk. */
  #sizeBytes: number
  #writing: Promise<void> | undefined
  #timer: Timer | undefined
  #broken: string | undefined
  #lost = 0
  #closed = false

  /** Makes the file, which must not exist yet. Throws LineFileError. */
  constructor(options: LineFileOptions) {
    this.#o = options
    const { path, firstLine } = options
    try {
      this.#file = openSync(path, 'wx', 0o644)
    } catch (error) {
      throw new LineFileError(error)
    }
    const bytes = Buffer.from(firstLine)
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at)
    } catch (error) {
      closeSync(this.#file)
      unlinkSync(path)
      throw new LineFileError(error)
    }
    this.#sizeBytes = bytes.length
  }

  /** Why lines are lost, when they are. */
  get broken(): string | undefined { return this.#broken }
  /** How many lines are lost. */
  get lost(): number { return this.#lost }

  /** Adds a line, its line end included. */
  write(line: string): void {
    if (this.#broken !== undefined || this.#closed) {
      this.#lost++
      return
    }
    this.#text += line
    this.#lines++
    if (this.#text.length >= BATCH_LENGTH) this.#flush()
    else if (this.#timer === undefined && this.#writing === undefined) this.#flushLater()
  }

  /** Writes the rest and closes the file; what the disk has not taken within `withinMs` is lost. */
  async close(withinMs: number): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const { clock } = this.#o
    let late: Timer | undefined
    const tooLate = new Promise<'late'>((resolve) => { late = clock.at(clock.now() + withinMs, () => { resolve('late') }) })
    const end = await Promise.race([this.#drain(), tooLate])
    late?.cancel()
    this.#timer?.cancel()
    // The write under way may still go on: the file is left to the end of the process.
    if (end === 'late') this.#break('its disk did not take the rest in time', this.#lines)
    else closeSync(this.#file)
  }

  async #drain(): Promise<void> {
    // A write under way is waited for in any case: its file must not be closed below it.
    while (this.#writing !== undefined || (this.#broken === undefined && this.#lines > 0)) {
      this.#flush()
      await this.#writing
    }
  }

  #flushLater(): void {
    const { clock } = this.#o
    this.#timer = clock.at(clock.now() + BATCH_MS, () => { this.#timer = undefined; this.#flush() })
  }

  #flush(): void {
    if (this.#lines === 0) return
    if (this.#writing !== undefined) {
      if (this.#text.length > (this.#o.waitingMaxLength ?? WAITING_MAX_LENGTH)) this.#break('its disk can\'t keep up', this.#lines)
      return
    }
    this.#timer?.cancel()
    this.#timer = undefined
    const bytes = Buffer.from(this.#text)
    const lines = this.#lines
    this.#text = ''
    this.#lines = 0
    this.#writing = this.#write(bytes, lines).finally(() => {
      this.#writing = undefined
      if (this.#text.length >= BATCH_LENGTH) this.#flush()
      else if (this.#lines > 0 && !this.#closed) this.#flushLater()
    })
  }

  /** Never rejects: a batch that can't be written whole is cut behind its last whole line, and the rest is lost. */
  async #write(bytes: Buffer, lines: number): Promise<void> {
    let done = 0
    try {
      while (done < bytes.length) done += (await writeAt(this.#file, bytes, done, bytes.length - done, this.#sizeBytes + done)).bytesWritten
      this.#sizeBytes += bytes.length
    } catch (error) {
      const whole = bytes.lastIndexOf(NEW_LINE, done - 1) + 1
      const kept = done === 0 ? 0 : whole
      this.#sizeBytes += kept
      this.#break(reasonOf(error), lines - linesIn(bytes.subarray(0, kept)) + this.#lines)
      // Where even that fails, the last line is a part of one: as a killed process would leave it.
      await truncate(this.#file, this.#sizeBytes).catch(() => { return })
    }
  }

  #break(reason: string, lost: number): void {
    this.#lost += lost
    this.#text = ''
    this.#lines = 0
    if (this.#broken !== undefined) return
    this.#broken = reason
    this.#o.onBroken(reason)
  }
}

function linesIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEW_LINE); at !== -1; at = bytes.indexOf(NEW_LINE, at + 1)) count++
  return count
}
