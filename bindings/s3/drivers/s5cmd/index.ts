// The s5cmd driver: objects by s5cmd's own copying, one long-lived `s5cmd run` for each VU; files are made and read outside the time.
import { StorageError, isJsonObject, type Call, type JsonObject } from '../../../sdk/index.ts'
import { opened } from '../../driver-config.ts'
import type {
  DeleteManyFacts, DriverContext, Facts, GetFacts, GetRequest, HeadFacts, ListFacts, ListRequest, ListedObject, PutRequest, S3Driver,
} from '../../driver.ts'
import { checkHeader, improperKey } from '../../request-parts.ts'
import type { S3Settings } from '../../settings.ts'
import { withHousekeeping } from '../housekeeping.ts'
import { RunFolder } from '../process/folder.ts'
import { Guard } from '../process/guard.ts'
import { runOnce } from '../process/once.ts'
import { ProgramPerVu } from '../process/programs.ts'
import { s5cmdConfig, type S5cmdConfig } from './config.ts'
import { errorLine, errorOfWords } from './errors.ts'
import { S5cmdProgram, childFor, quoted } from './program.ts'

/** What S3 answers to each when it succeeds: s5cmd does not tell the status. */
const OK = 200
const NO_CONTENT = 204

const text = (value: unknown): string => typeof value === 'string' ? value : ''
const size = (value: unknown): number => typeof value === 'number' ? value : 0
const tag = (value: unknown): string => `"${text(value)}"`

class S5cmdLoad {
  readonly #settings: S3Settings
  readonly #config: S5cmdConfig
  readonly #folder: RunFolder
  readonly #guard = new Guard()
  readonly #programs: ProgramPerVu<S5cmdProgram>

  constructor({ settings, clock, runId }: DriverContext) {
    this.#settings = settings
    this.#config = opened(settings.driverConfig, s5cmdConfig)
    this.#folder = new RunFolder(runId, 's5cmd')
    this.#programs = new ProgramPerVu(() => S5cmdProgram.start(this.#config.program, settings, this.#guard, clock), { settings, clock })
  }

  ready(): Promise<void> { return this.#programs.ready() }

  async put({ key, content, contentType, metadata = {} }: PutRequest, call: Call): Promise<Facts> {
    const what = `PUT ${key}`
    const at = this.#url(key)
    const flags = [...this.#config.copyFlags]
    if (contentType !== undefined) {
      checkHeader('content-type', contentType)
      flags.push('--content-type', contentType)
    }
    for (const [name, value] of Object.entries(metadata)) {
      checkHeader(`x-amz-meta-${name}`, value)
      flags.push('--metadata', `${name}=${value}`)
    }
    return this.#programs.run(what, call, {
      before: () => this.#folder.stage(content),
      ask: (program, path = '') => program.ask(what, command('cp', '--raw', ...flags, path, at)),
      after: () => ({ status: OK, bytes: content.sizeBytes }),
      free: (path) => this.#folder.remove(path),
    })
  }

  /** It copies to a file and to nothing else: its writing is within the operation, reading it back is not. */
  async get({ key, sink }: GetRequest, call: Call): Promise<GetFacts> {
    const what = `GET ${key}`
    const at = this.#url(key)
    return this.#programs.run(what, call, {
      before: () => Promise.resolve(this.#folder.file()),
      ask: (program, path = '') => program.ask(what, command('cp', '--raw', ...this.#config.copyFlags, at, path)),
      after: async (_, path = '') => {
        const bytes = await this.#folder.read(path, sink)
        return { status: OK, bytes, sizeBytes: bytes }
      },
      free: (path) => this.#folder.remove(path),
    })
  }

  async head(key: string, call: Call): Promise<HeadFacts> {
    const what = `HEAD ${key}`
    const at = this.#url(key)
    return this.#programs.run(what, call, {
      ask: (program) => program.ask(what, command('head', '--raw', at)),
      after: ({ results: [found = {}] }) => {
        const { metadata, content_type: contentType, last_modified: lastModified } = found
        const given = isJsonObject(metadata) ? Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), text(value)]) : []
        return {
          status: OK, bytes: 0, etag: tag(found['etag']), sizeBytes: size(found['size']), contentType: text(contentType),
          lastModified: text(lastModified), metadata: Object.fromEntries(given) as Record<string, string>,
        }
      },
    })
  }

  async delete(key: string, call: Call): Promise<Facts> {
    const what = `DELETE ${key}`
    const at = this.#url(key)
    return this.#programs.run(what, call, {
      ask: (program) => program.ask(what, command('rm', '--raw', at)), after: () => ({ status: NO_CONTENT, bytes: 0 }),
    })
  }

  async deleteMany(keys: readonly string[], call: Call): Promise<DeleteManyFacts> {
    const what = `multi-delete of ${keys.length} keys`
    const all = keys.map((key) => this.#url(key))
    return this.#programs.run(what, call, {
      ask: (program) => program.ask(what, command('rm', '--raw', ...all), all.length),
      after: ({ results, errors }) => {
        const gone = new Set(results.map(({ source }) => source))
        const left = keys.filter((_, index) => !gone.has(all[index] ?? ''))
        const failed = left.map((key, index) => {
          const [detail = 'unknown', message = ''] = (errors[index] ?? '').split(': ', 2)
          return { key, detail, message }
        })
        return { status: OK, bytes: 0, failed }
      },
    })
  }

  /** Where a listing ends it does not say but by its own end: each is a process of its own. */
  async list({ prefix, delimiter }: ListRequest, call: Call): Promise<ListFacts> {
    const what = prefix === '' ? 'list' : `list of ${prefix}`
    const at = `${this.#url(prefix)}${delimiter === undefined ? '*' : ''}`
    return this.#programs.alone(what, call, {
      ask: (limit) => runOnce(childFor(this.#config.program, this.#settings, this.#guard, ['ls', at]), limit),
      after: ({ lines, errorLines, exitCode, why }) => {
        const said = errorLines.map(errorLine).find((line) => line !== undefined)
        if (said === undefined && exitCode !== 0) throw why
        if (said !== undefined && said !== 'no object found') throw errorOfWords(said, what, this.#settings)
        return this.#listed(lines, what)
      },
    })
  }

  async close(): Promise<void> {
    await this.#programs.close()
    await this.#guard.close()
    this.#folder.close()
  }

  #listed(lines: readonly string[], what: string): ListFacts {
    const start = this.#url('').length
    const objects: ListedObject[] = []
    const commonPrefixes: string[] = []
    for (const line of lines) {
      const found = readLine(line, what)
      const key = text(found['key']).slice(start)
      if (found['type'] === 'directory') commonPrefixes.push(key)
      else objects.push({ key, sizeBytes: size(found['size']), etag: tag(found['etag']), lastModified: text(found['last_modified']) })
    }
    return { status: OK, bytes: 0, objects, commonPrefixes }
  }

  #url(key: string): string {
    if (!key.isWellFormed()) throw improperKey()
    return `s3://${this.#settings.bucket}/${key}`
  }
}

const command = (name: string, ...args: readonly string[]): string => [name, ...args.map(quoted)].join(' ')

function readLine(line: string, what: string): JsonObject {
  try {
    return JSON.parse(line) as JsonObject
  } catch {
    throw new StorageError('protocol', `${what}: s5cmd printed what is no JSON: ${JSON.stringify(line.slice(0, 100))}`, { detail: 's5cmd' })
  }
}

/** Opens the driver; `ready` starts the first program. Throws StorageError('invalid') for a wrong driver_config. */
export const openDriver = (context: DriverContext): S3Driver => withHousekeeping('s5cmd', new S5cmdLoad(context), context)
