// The minio driver: the same operations through MinIO's own client for JavaScript, for what it costs and how it behaves.
import { Client, type ClientOptions } from 'minio'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Call } from '../../../sdk/index.ts'
import { canonicalQuery } from '../../canonical.ts'
import { readListing } from '../../documents.ts'
import { opened, refuseUnknown } from '../../driver-config.ts'
import type {
  ByteRange, DeleteManyFacts, DriverContext, Facts, GetFacts, GetRequest, HeadFacts, ListFacts, ListRequest, PutRequest, S3Driver,
} from '../../driver.ts'
import { rangeText, sizeOfRange } from '../../ranges.ts'
import { checkHeader, improperKey } from '../../request-parts.ts'
import type { S3Settings } from '../../settings.ts'
import { agentOptionsOf } from '../agents.ts'
import { bodyOf } from '../body.ts'
import { withHousekeeping } from '../housekeeping.ts'
import type { Operation } from '../http-operation.ts'
import { HttpOperations } from '../http-operations.ts'
import { errorOf } from './errors.ts'
import { Transport } from './transport.ts'

const META = 'x-amz-meta-'
const listQueryOf = ({ prefix, maxKeys, startAfter, continuationToken, delimiter }: ListRequest): string => canonicalQuery(
  Object.entries({
    'list-type': '2', 'encoding-type': 'url', prefix, 'max-keys': maxKeys, 'start-after': startAfter,
    'continuation-token': continuationToken, delimiter,
  }).flatMap(([name, value]): [string, string][] => value === undefined ? [] : [[name, String(value)]]))

const header = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

function factsOf(operation: Operation, bytes: number): Facts {
  const { response, wireIn, wireOut } = operation
  if (response === undefined) throw new TypeError('an operation that ended well had an answer')
  return {
    status: response.statusCode ?? 0, bytes, etag: header(response, 'etag'), requestId: header(response, 'x-amz-request-id'),
    wireIn, wireOut,
  }
}

/** What could not be deleted, as it gives it; its types say otherwise. */
interface DeleteError { readonly Key?: string | number; readonly Code?: string; readonly Message?: string }

class MinioLoad {
  readonly #settings: S3Settings
  readonly #client: Client
  readonly #transport: Transport
  readonly #operations: HttpOperations

  constructor({ settings, clock }: DriverContext) {
    this.#settings = settings
    this.#operations = new HttpOperations(settings, clock, errorOf)
    opened(settings.driverConfig, (config) => { refuseUnknown('minio', config, []) })
    const { endpoint, region, accessKey, secretKey, sessionToken, addressing } = settings
    this.#transport = new Transport(agentOptionsOf(settings))
    // Of what node:http takes it calls one form alone.
    this.#client = new Client({
      endPoint: endpoint.host, port: endpoint.port, useSSL: endpoint.secure, region, accessKey, secretKey,
      pathStyle: addressing === 'path', transport: this.#transport as unknown as NonNullable<ClientOptions['transport']>,
      retryOptions: { disableRetry: true },
      ...(sessionToken === undefined ? {} : { sessionToken }),
    })
  }

  put({ key, content, contentType, metadata = {} }: PutRequest, call: Call): Promise<Facts> {
    return this.#run(`PUT ${key}`, call, async (operation) => {
      const headers: Record<string, string> = {}
      if (contentType !== undefined) headers['content-type'] = contentType
      for (const [name, value] of Object.entries(metadata)) headers[META + name] = value
      for (const [name, value] of Object.entries(headers)) checkHeader(name, value)
      operation.content = content
      const { etag } = await this.#client.putObject(this.#settings.bucket, proper(key), bodyOf(content), content.sizeBytes, headers)
      return { ...factsOf(operation, content.sizeBytes), etag: `"${etag}"` }
    })
  }

  get({ key, range, sink }: GetRequest, call: Call): Promise<GetFacts> {
    return this.#run(`GET ${key}`, call, async (operation) => {
      await operation.receive(await this.#body(proper(key), range), sink)
      const { response } = operation
      const facts = factsOf(operation, operation.bodyBytes)
      if (response === undefined) return facts
      const length = header(response, 'content-length')
      const whole = length === undefined ? undefined : Number(length)
      return { ...facts, sizeBytes: facts.status === 206 ? sizeOfRange(header(response, 'content-range')) : whole }
    })
  }

  /** What its call for parts has no words for is asked for by its call for anything. */
  #body(key: string, range: ByteRange | undefined): Promise<unknown> {
    const { bucket } = this.#settings
    if (range === undefined) return this.#client.getObject(bucket, key)
    const { first, last } = range
    if (first !== undefined && last !== undefined) return this.#client.getPartialObject(bucket, key, first, last - first + 1)
    return this.#client.makeRequestAsync(
      { method: 'GET', bucketName: bucket, objectName: key, headers: { range: rangeText(range) } }, '', [200, 206])
  }

  head(key: string, call: Call): Promise<HeadFacts> {
    return this.#run(`HEAD ${key}`, call, async (operation) => {
      const { size } = await this.#client.statObject(this.#settings.bucket, proper(key))
      const facts = factsOf(operation, 0)
      const headers = operation.response?.headers ?? {}
      const metadata = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
        name.startsWith(META) && typeof value === 'string' ? [[name.slice(META.length), value]] : [])
      return {
        ...facts, sizeBytes: size, contentType: headers['content-type'], lastModified: headers['last-modified'],
        metadata: Object.fromEntries(metadata),
      }
    })
  }

  delete(key: string, call: Call): Promise<Facts> {
    return this.#run(`DELETE ${key}`, call, async (operation) => {
      await this.#client.removeObject(this.#settings.bucket, proper(key))
      return factsOf(operation, 0)
    })
  }

  deleteMany(keys: readonly string[], call: Call): Promise<DeleteManyFacts> {
    return this.#run(`multi-delete of ${keys.length} keys`, call, async (operation) => {
      const errors = await this.#client.removeObjects(this.#settings.bucket, keys.map(proper)) as unknown as readonly DeleteError[]
      const failed = errors.map(({ Key = '', Code = 'unknown', Message = '' }) => ({ key: String(Key), detail: Code, message: Message }))
      return { ...factsOf(operation, 0), failed }
    })
  }

  /** Its own reader of listings takes keys of digits for numbers, so that `007` would become `7`: the page is read here. */
  list(request: ListRequest, call: Call): Promise<ListFacts> {
    return this.#run(request.prefix === '' ? 'list' : `list of ${request.prefix}`, call, async (operation) => {
      const page = await this.#client.makeRequestAsync(
        { method: 'GET', bucketName: this.#settings.bucket, query: listQueryOf({ ...request, prefix: proper(request.prefix) }) })
      return { ...readListing(await text(page)), ...factsOf(operation, 0) }
    })
  }

  close(): Promise<void> {
    this.#operations.close()
    this.#transport.destroy()
    return Promise.resolve()
  }

  #run<T>(what: string, call: Call, send: (operation: Operation) => Promise<T>): Promise<T> {
    return this.#operations.run(what, call, (operation) => this.#transport.within(operation, () => send(operation)))
  }
}

/** A key that can be written in UTF-8: what can't is not to be sent as another. */
function proper(key: string): string {
  if (!key.isWellFormed()) throw improperKey()
  return key
}

/** Opens the driver; connects when first used. Throws StorageError('invalid') for a wrong driver_config or an unreadable CA file. */
export const openDriver = (context: DriverContext): S3Driver => withHousekeeping('minio', new MinioLoad(context), context)
