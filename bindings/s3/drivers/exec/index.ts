// The exec driver: operations by a program of anybody's, in any language, one for each VU, that speaks lines of JSON.
import type { Call, JsonObject } from '../../../sdk/index.ts'
import { opened } from '../../driver-config.ts'
import type {
  DeleteManyFacts, DriverContext, Facts, GetFacts, GetRequest, HeadFacts, ListFacts, ListRequest, PutRequest, S3Driver,
} from '../../driver.ts'
import { checkHeader, improperKey } from '../../request-parts.ts'
import { withHousekeeping } from '../housekeeping.ts'
import { RunFolder } from '../process/folder.ts'
import { Guard } from '../process/guard.ts'
import { ProgramPerVu } from '../process/programs.ts'
import { execConfig } from './config.ts'
import { ExecProgram, type ProgramParts } from './program.ts'
import { Answer } from './protocol.ts'

export type Command = Pick<ProgramParts, 'who' | 'command' | 'install' | 'config'>

class ExecLoad {
  readonly #who: string
  readonly #folder: RunFolder
  readonly #guard = new Guard()
  readonly #programs: ProgramPerVu<ExecProgram>

  constructor({ settings, clock, runId }: DriverContext, command: Command) {
    this.#who = command.who
    this.#folder = new RunFolder(runId, 'exec')
    this.#programs = new ProgramPerVu(() => ExecProgram.start({ ...command, settings, clock, guard: this.#guard }), { settings, clock })
  }

  ready(): Promise<void> { return this.#programs.ready() }

  async put({ key, content, contentType, metadata = {} }: PutRequest, call: Call): Promise<Facts> {
    const what = `PUT ${key}`
    if (contentType !== undefined) checkHeader('content-type', contentType)
    for (const [name, value] of Object.entries(metadata)) checkHeader(`x-amz-meta-${name}`, value)
    const args = {
      key: proper(key), size_bytes: content.sizeBytes, metadata: { ...metadata },
      ...(contentType === undefined ? {} : { content_type: contentType }),
    }
    return this.#programs.run(what, call, {
      before: () => this.#folder.stage(content),
      ask: (program, path = '') => program.ask(what, 'put', { ...args, path }, (phase) => { call.mark(phase) }),
      after: (answer) => new Answer(answer, this.#who).facts(200, content.sizeBytes),
      free: (path) => this.#folder.remove(path),
    })
  }

  /** A body nobody looks at is dropped by the program; one that is looked at it writes to a file. */
  async get({ key, range, sink }: GetRequest, call: Call): Promise<GetFacts> {
    const what = `GET ${key}`
    const args = { key: proper(key), ...(range === undefined ? {} : { range: { ...range } }) }
    return this.#programs.run(what, call, {
      before: () => Promise.resolve(sink === undefined ? '' : this.#folder.file()),
      ask: (program, path = '') =>
        program.ask(what, 'get', path === '' ? args : { ...args, path }, (phase) => { call.mark(phase) }),
      after: async (answer, path = '') => {
        const facts = new Answer(answer, this.#who).got(range !== undefined)
        if (path !== '') await this.#folder.read(path, sink)
        return facts
      },
      free: (path) => path === '' ? Promise.resolve() : this.#folder.remove(path),
    })
  }

  head(key: string, call: Call): Promise<HeadFacts> {
    return this.#ask(`HEAD ${key}`, 'head', () => ({ key: proper(key) }), call, (answer) => answer.head())
  }

  delete(key: string, call: Call): Promise<Facts> {
    return this.#ask(`DELETE ${key}`, 'delete', () => ({ key: proper(key) }), call, (answer) => answer.facts(204, 0))
  }

  deleteMany(keys: readonly string[], call: Call): Promise<DeleteManyFacts> {
    const what = `multi-delete of ${keys.length} keys`
    return this.#ask(what, 'deleteMany', () => ({ keys: keys.map(proper) }), call, (answer) => answer.deleted())
  }

  list({ prefix, maxKeys, startAfter, continuationToken, delimiter }: ListRequest, call: Call): Promise<ListFacts> {
    const said = { max_keys: maxKeys, start_after: startAfter, continuation_token: continuationToken, delimiter }
    const given = Object.fromEntries(Object.entries(said).filter((entry): entry is [string, string | number] => entry[1] !== undefined))
    return this.#ask(prefix === '' ? 'list' : `list of ${prefix}`, 'list', () => ({ prefix: proper(prefix), ...given }), call,
      (answer) => answer.listed())
  }

  async close(): Promise<void> {
    await this.#programs.close()
    await this.#guard.close()
    this.#folder.close()
  }

  async #ask<T>(what: string, op: string, argsOf: () => JsonObject, call: Call, read: (answer: Answer) => T): Promise<T> {
    const args = argsOf()
    return this.#programs.run(what, call, {
      ask: (program) => program.ask(what, op, args, (phase) => { call.mark(phase) }),
      after: (answer) => read(new Answer(answer, this.#who)),
    })
  }
}

/** A key that can be written in UTF-8. */
function proper(key: string): string {
  if (!key.isWellFormed()) throw improperKey()
  return key
}

/** Opens a driver over a program that speaks the protocol; `ready` starts the first. */
export const openProgram = (context: DriverContext, driver: string, command: Command): S3Driver =>
  withHousekeeping(driver, new ExecLoad(context, command), context)

/** Opens the driver. Throws StorageError('invalid') for a wrong driver_config. */
export function openDriver(context: DriverContext): S3Driver {
  const { command, config } = opened(context.settings.driverConfig, execConfig)
  return openProgram(context, 'exec', { who: 'the exec driver', command, config, install: 'driver_config: command names it' })
}
