// One program that speaks the exec protocol: what it was asked, by id, and who waits for which answer.
import { StorageError, type Call, type Clock, type JsonObject } from '../../../sdk/index.ts'
import type { S3Settings } from '../../settings.ts'
import { Child, childEnvironment } from '../process/child.ts'
import type { Guard } from '../process/guard.ts'
import type { Program } from '../process/programs.ts'
import { errorOf, openLine, readLine, readReady } from './protocol.ts'

/** How long a program may take to say that it is ready. */
const START_MS = 60_000

export interface ProgramParts {
  /** For messages: `the boto3 driver`. */
  readonly who: string
  readonly command: readonly [string, ...string[]]
  readonly install: string
  readonly config: JsonObject
  readonly settings: S3Settings
  readonly clock: Clock
  readonly guard: Guard
}

interface Asked {
  readonly what: string
  readonly mark: Call['mark']
  readonly answer: (value: JsonObject) => void
  readonly fail: (error: Error) => void
}

export class ExecProgram implements Program {
  readonly #parts: ProgramParts
  readonly #child: Child
  readonly #asked = new Map<number, Asked>()
  #first: Asked | undefined
  #next = 1
  #gone: StorageError | undefined
  #atOnce = 1
  #operations: ReadonlySet<string> | undefined

  private constructor(parts: ProgramParts) {
    const { command: [file, ...args], who, install, guard } = parts
    this.#parts = parts
    this.#child = new Child({
      file, args, who, install, guard, env: childEnvironment({ PYTHONUNBUFFERED: '1' }),
      onLine: (line) => { this.#take(line) },
      onEnd: (why) => { this.#end(why) },
    })
  }

  /** Starts a program and waits until it is ready. Throws StorageError. */
  static async start(parts: ProgramParts): Promise<ExecProgram> {
    const program = new ExecProgram(parts)
    const { settings, config, clock, who } = parts
    const timer = clock.at(clock.now() + START_MS, () => {
      program.#end(new StorageError('timeout', `${who}: the program did not say within ${START_MS / 1000} s that it is ready`))
      program.kill()
    })
    try {
      const answered = new Promise<JsonObject>((answer, fail) => {
        program.#first = { what: who, mark: () => { /* nothing is measured yet */ }, answer, fail }
      })
      program.#child.send(openLine(settings, config))
      const ready = readReady(await answered, who, settings)
      program.#atOnce = ready.inFlight
      program.#operations = ready.operations === undefined ? undefined : new Set(ready.operations)
      return program
    } catch (error) {
      program.kill()
      throw error
    } finally {
      timer.cancel()
    }
  }

  get atOnce(): number { return this.#atOnce }
  get gone(): StorageError | undefined { return this.#gone }

  /** Asks it for an operation; rejects with the StorageError of its answer, or of its end. */
  ask(what: string, op: string, args: JsonObject, mark: Call['mark']): Promise<JsonObject> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone)
    if (this.#operations?.has(op) === false) {
      const has = [...this.#operations].join(', ')
      return Promise.reject(new StorageError('unsupported', `${what}: the program has no ${op}; it has ${has}`, { detail: 'driver' }))
    }
    const id = this.#next++
    return new Promise((answer, fail) => {
      this.#asked.set(id, { what, mark, answer, fail })
      this.#child.send(JSON.stringify({ id, op, ...args }))
    })
  }

  close(): Promise<void> { return this.#child.close() }
  kill(): void { this.#child.kill() }

  #take(line: string): void {
    const { who, settings } = this.#parts
    try {
      const answer = readLine(line, who)
      const first = this.#first
      if (first !== undefined) {
        this.#first = undefined
        first.answer(answer)
        return
      }
      const id = answer['id']
      const asked = typeof id === 'number' ? this.#asked.get(id) : undefined
      if (typeof id !== 'number' || asked === undefined) {
        const said = JSON.stringify(id)
        throw new StorageError('protocol', `${who}: the program answered what it was not asked: id ${said}`, { detail: 'exec' })
      }
      if (answer['mark'] === 'first_byte') {
        asked.mark('first_byte')
        return
      }
      this.#asked.delete(id)
      if (answer['error'] === undefined) asked.answer(answer)
      else asked.fail(errorOf(answer['error'], asked.what, who, settings))
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      // Whatever it says next can't be trusted to belong to what was asked.
      this.#end(error)
      this.kill()
    }
  }

  #end(why: StorageError): void {
    this.#gone ??= why
    this.#first?.fail(this.#gone)
    this.#first = undefined
    for (const { fail } of this.#asked.values()) fail(this.#gone)
    this.#asked.clear()
  }
}
