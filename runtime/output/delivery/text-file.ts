// A file an output writes: beside the run, bounded in what waits for the disk, and with every line that is lost counted.
import { createWriteStream, openSync } from 'node:fs'
import { createGzip } from 'node:zlib'

/** What may wait for the disk, bytes. */
const WAITING_MAX_BYTES = 32 * 1024 ** 2
/** How long the disk has to take the rest at the end. */
const CLOSE_MS = 15_000

export interface TextFileOptions {
  /** The full path; a file that is there is written over. A name that ends in `.gz` is compressed. */
  readonly path: string
  readonly reasonOf: (error: unknown) => string
  readonly warn: (text: string) => void
  readonly waitingMaxBytes?: number
}

export class TextFile {
  readonly #o: TextFileOptions
  readonly #stream: NodeJS.WritableStream & { readonly writableLength: number; destroy(): void }
  readonly #ended: Promise<void>
  #waitingLines = 0
  #lines = 0
  #lost = 0
  #reason: string | undefined
  #broken = false

  /** Makes the file, or empties it. Throws what `openSync` throws. */
  constructor(options: TextFileOptions) {
    this.#o = options
    const file = createWriteStream('', { fd: openSync(options.path, 'w', 0o644) })
    const gzip = options.path.endsWith('.gz') ? createGzip() : undefined
    if (gzip !== undefined) gzip.pipe(file)
    this.#stream = gzip ?? file
    this.#ended = new Promise((resolve) => {
      file.once('close', resolve)
      file.once('error', (error) => { this.#break(options.reasonOf(error)); resolve() })
    })
  }

  get lines(): number { return this.#lines }
  get lost(): number { return this.#lost }
  /** Why the first of them was. */
  get reason(): string | undefined { return this.#reason }

  /** Adds whole lines, their line ends included; what finds too much waiting is lost, and counted. */
  write(text: string, lines: number): void {
    if (lines === 0) return
    const full = this.#stream.writableLength > (this.#o.waitingMaxBytes ?? WAITING_MAX_BYTES)
    if (this.#broken || full) {
      this.#lost += lines
      this.#say('its disk can\'t keep up')
      return
    }
    this.#waitingLines += lines
    this.#stream.write(text, (error) => {
      this.#waitingLines -= lines
      if (error === null || error === undefined) this.#lines += lines
      else this.#lost += lines
    })
  }

  /** As `write`, for who can wait: it resolves when there is room for more. */
  async writeInTurn(text: string, lines: number): Promise<void> {
    this.write(text, lines)
    if (this.#stream.writableLength < 1024 ** 2 || this.#broken) return
    await Promise.race([new Promise<void>((resolve) => { this.#stream.once('drain', resolve) }), this.#ended])
  }

  /** Writes the rest and closes the file; what the disk has not taken in time is lost. */
  async close(): Promise<void> {
    this.#stream.end()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => { timer = setTimeout(() => { resolve('late') }, CLOSE_MS) })
    if (await Promise.race([this.#ended, late]) === 'late') {
      this.#lost += this.#waitingLines
      this.#break('its disk did not take the rest in time')
      this.#stream.destroy()
    }
    clearTimeout(timer)
  }

  /** From here on nothing is written. */
  #break(reason: string): void {
    this.#say(reason)
    this.#broken = true
  }

  #say(reason: string): void {
    if (this.#reason === undefined) this.#o.warn(`${this.#o.path} is incomplete: ${reason}`)
    this.#reason ??= reason
  }
}
