// The aws-cli driver: one process of the AWS CLI for each operation, as scripts of shells use it; its start is part of its time.
import { writeFile } from 'node:fs/promises'
import { StorageError, bytesContent, isJsonObject, type Call, type Clock, type Json, type JsonObject } from '../../../sdk/index.ts'
import { opened } from '../../driver-config.ts'
import type {
  DeleteManyFacts, DriverContext, Facts, GetFacts, GetRequest, HeadFacts, ListFacts, ListRequest, PutRequest, S3Driver,
} from '../../driver.ts'
import { rangeText, sizeOfRange } from '../../ranges.ts'
import { checkHeader, improperKey } from '../../request-parts.ts'
import type { S3Settings } from '../../settings.ts'
import { withHousekeeping } from '../housekeeping.ts'
import type { Limit } from '../limit.ts'
import { childEnvironment } from '../process/child.ts'
import { RunFolder } from '../process/folder.ts'
import { Guard } from '../process/guard.ts'
import { runOnce } from '../process/once.ts'
import { Operations } from '../process/operations.ts'
import { awsCliProgram } from './config.ts'
import { errorOfWords } from './errors.ts'

const WHO = 'the aws-cli driver'
/** One argument may not be much longer (Linux: 128 KiB). */
const ARGUMENT_BYTES_MAX = 100_000

/** What S3 answers to each when it succeeds: the CLI does not tell the status. */
const STATUS = { ok: 200, part: 206, noContent: 204 } as const

const text = (value: Json | undefined): string => typeof value === 'string' ? value : ''
const number = (value: Json | undefined): number => typeof value === 'number' ? value : 0
const list = (value: Json | undefined): readonly JsonObject[] => Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : []

class AwsCliLoad {
  readonly #settings: S3Settings
  readonly #program: string
  readonly #folder: RunFolder
  readonly #guard = new Guard()
  readonly #operations: Operations
  #configFile: Promise<string> | undefined

  constructor({ settings, clock, runId }: DriverContext & { readonly clock: Clock }) {
    this.#settings = settings
    this.#program = opened(settings.driverConfig, awsCliProgram)
    this.#folder = new RunFolder(runId, 'aws-cli')
    this.#operations = new Operations(settings, clock)
  }

  async ready(): Promise<void> {
    const { exitCode, why } = await runOnce({ ...this.#child(['--version'], await this.#config()) })
    if (exitCode !== 0) throw why
  }

  async put({ key, content, contentType, metadata = {} }: PutRequest, call: Call): Promise<Facts> {
    if (contentType !== undefined) checkHeader('content-type', contentType)
    for (const [name, value] of Object.entries(metadata)) checkHeader(`x-amz-meta-${name}`, value)
    const input = { ...this.#object(key), Metadata: { ...metadata }, ...(contentType === undefined ? {} : { ContentType: contentType }) }
    const what = `PUT ${key}`
    return this.#operations.run(what, call, {
      before: () => this.#folder.stage(content),
      ask: (limit, path = '') => this.#ask(what, 'put-object', input, ['--body', path], limit),
      after: (output) => ({ status: STATUS.ok, bytes: content.sizeBytes, etag: text(output['ETag']) }),
      free: (path) => this.#folder.remove(path),
    })
  }

  /** A body nobody looks at goes to the null device. */
  async get({ key, range, sink }: GetRequest, call: Call): Promise<GetFacts> {
    const { Bucket, Key } = this.#object(key)
    // Where it writes to a file it wants bucket and key by themselves.
    const args = [`--bucket=${Bucket}`, `--key=${Key}`, ...(range === undefined ? [] : [`--range=${rangeText(range)}`])]
    const what = `GET ${key}`
    return this.#operations.run(what, call, {
      before: () => Promise.resolve(sink === undefined ? undefined : this.#folder.file()),
      ask: (limit, path = '/dev/null') => this.#ask(what, 'get-object', undefined, [...args, path], limit),
      after: async (output, path) => {
        const bytes = path === undefined ? number(output['ContentLength']) : await this.#folder.read(path, sink)
        const sizeBytes = range === undefined ? number(output['ContentLength']) : sizeOfRange(text(output['ContentRange']))
        return { status: range === undefined ? STATUS.ok : STATUS.part, bytes, etag: text(output['ETag']), sizeBytes }
      },
      free: (path) => this.#folder.remove(path),
    })
  }

  async head(key: string, call: Call): Promise<HeadFacts> {
    return this.#plain(`HEAD ${key}`, 'head-object', this.#object(key), call, (output) => ({
      status: STATUS.ok, bytes: 0, etag: text(output['ETag']), sizeBytes: number(output['ContentLength']),
      contentType: text(output['ContentType']), lastModified: text(output['LastModified']),
      metadata: Object.fromEntries(Object.entries(isJsonObject(output['Metadata']) ? output['Metadata'] : {})
        .map(([name, value]) => [name, text(value)])),
    }))
  }

  async delete(key: string, call: Call): Promise<Facts> {
    return this.#plain(`DELETE ${key}`, 'delete-object', this.#object(key), call, () => ({ status: STATUS.noContent, bytes: 0 }))
  }

  async deleteMany(keys: readonly string[], call: Call): Promise<DeleteManyFacts> {
    const objects = keys.map((key) => ({ Key: proper(key) }))
    const input = { Bucket: this.#settings.bucket, Delete: { Quiet: true, Objects: objects } }
    return this.#plain(`multi-delete of ${keys.length} keys`, 'delete-objects', input, call, (output) => ({
      status: STATUS.ok, bytes: 0,
      failed: list(output['Errors']).map((one) =>
        ({ key: text(one['Key']), detail: text(one['Code']) || 'unknown', message: text(one['Message']) })),
    }))
  }

  async list({ prefix, maxKeys, startAfter, continuationToken, delimiter }: ListRequest, call: Call): Promise<ListFacts> {
    const input = {
      Bucket: this.#settings.bucket, Prefix: proper(prefix), ...(maxKeys === undefined ? {} : { MaxKeys: maxKeys }),
      ...(startAfter === undefined ? {} : { StartAfter: startAfter }), ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
      ...(continuationToken === undefined ? {} : { ContinuationToken: continuationToken }),
    }
    return this.#plain(prefix === '' ? 'list' : `list of ${prefix}`, 'list-objects-v2', input, call, (output) => {
      const token = text(output['NextContinuationToken'])
      return {
        status: STATUS.ok, bytes: 0,
        objects: list(output['Contents']).map((one) =>
          ({ key: text(one['Key']), sizeBytes: number(one['Size']), etag: text(one['ETag']), lastModified: text(one['LastModified']) })),
        commonPrefixes: list(output['CommonPrefixes']).map((one) => text(one['Prefix'])),
        ...(token === '' ? {} : { continuationToken: token }),
      }
    }, ['--no-paginate'])
  }

  async close(): Promise<void> {
    this.#operations.close()
    await this.#guard.close()
    this.#folder.close()
  }

  #plain<T>(what: string, command: string, input: JsonObject, call: Call, read: (output: JsonObject) => T,
    flags: readonly string[] = []): Promise<T> {
    const json = JSON.stringify(input)
    const isLong = Buffer.byteLength(json) > ARGUMENT_BYTES_MAX
    return this.#operations.run(what, call, {
      before: () => isLong ? this.#folder.stage(bytesContent(Buffer.from(json))) : Promise.resolve(undefined),
      ask: (limit, path) => this.#ask(what, command, path ?? input, flags, limit),
      after: read,
      free: (path) => this.#folder.remove(path),
    })
  }

  /** Its input goes as JSON, by itself or in a file: of plain arguments it takes some for names of files. */
  async #ask(
    what: string, command: string, input: JsonObject | string | undefined, args: readonly string[], limit: Limit,
  ): Promise<JsonObject> {
    const json = typeof input === 'string' ? `file://${input}` : JSON.stringify(input)
    const given = input === undefined ? [] : ['--cli-input-json', json]
    const options = this.#child(['s3api', command, ...given, ...args], await this.#config())
    const { lines, errorLines, exitCode } = await runOnce(options, limit)
    if (exitCode !== 0) throw errorOfWords(errorLines.join('\n'), what, this.#settings)
    const output = lines.join('\n').trim()
    try {
      const value = output === '' ? {} : JSON.parse(output) as Json
      if (isJsonObject(value)) return value
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    const message = `${what}: aws printed what is no JSON object: ${JSON.stringify(output.slice(0, 100))}`
    throw new StorageError('protocol', message, { detail: 'aws-cli' })
  }

  #child(args: readonly string[], configFile: string): Parameters<typeof runOnce>[0] {
    const { endpoint, region, accessKey, secretKey, sessionToken, tls, timeoutMs } = this.#settings
    const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)))
    return {
      file: this.#program, who: WHO, guard: this.#guard, install: 'pip install awscli, or name it by driver_config: program',
      args: ['--endpoint-url', endpoint.url, '--region', region, '--output', 'json', '--cli-read-timeout', seconds,
        '--cli-connect-timeout', seconds, ...(tls.insecure ? ['--no-verify-ssl'] : []),
        ...(tls.ca === undefined ? [] : ['--ca-bundle', tls.ca]), ...args],
      // Keys stand in the environment: arguments can be read by everybody on the machine.
      env: childEnvironment({
        AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: sessionToken, AWS_CONFIG_FILE: configFile,
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '', AWS_MAX_ATTEMPTS: '1',
        AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required', AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
        PYTHONWARNINGS: 'ignore', PYTHONUTF8: '1',
      }),
    }
  }

  /** How buckets are addressed it only reads from a file. */
  #config(): Promise<string> {
    return this.#configFile ??= (async () => {
      const path = this.#folder.file()
      await writeFile(path, `[default]\ns3 =\n  addressing_style = ${this.#settings.addressing}\n`)
      return path
    })()
  }

  #object(key: string): { readonly Bucket: string; readonly Key: string } { return { Bucket: this.#settings.bucket, Key: proper(key) } }
}

function proper(key: string): string {
  if (!key.isWellFormed()) throw improperKey()
  return key
}

/** Opens the driver; `ready` makes sure that the CLI is there. Throws StorageError('invalid') for a wrong driver_config. */
export const openDriver = (context: DriverContext): S3Driver => withHousekeeping('aws-cli', new AwsCliLoad(context), context)
