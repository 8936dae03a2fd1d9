// The native driver: S3 requests over our own HTTP/1.1 client, one connection per operation in flight.
import { hash } from 'node:crypto'
import { StorageError, bytesContent, type Call } from '../../../sdk/index.ts'
import {
  readDeleteFailures, readError, readListing, readUploads, readVersions, writeCreateBucket, writeDelete,
} from '../../documents.ts'
import type {
  DeleteManyFacts, DriverContext, Facts, GetFacts, GetRequest, HeadFacts, ListFacts, ListRequest, ListUploadsFacts,
  ListUploadsRequest, ListVersionsFacts, ListVersionsRequest, OpenUpload, PutRequest, S3Driver, VersionName,
} from '../../driver.ts'
import { opened } from '../../driver-config.ts'
import { errorOfAnswer, rejected } from '../../errors.ts'
import type { ApiFacts, ApiRequest } from '../../operations/api.ts'
import { rangeText, sizeOfRange } from '../../ranges.ts'
import type { S3Settings } from '../../settings.ts'
import type { Header } from '../../signer.ts'
import { connectHost, tlsOptions } from '../../tls.ts'
import { XmlError } from '../../xml.ts'
import { ApiRequests } from './api-requests.ts'
import { nativeConfig, type NativeConfig } from './config.ts'
import type { Answer, ExchangeRequest } from './exchange.ts'
import { headerOf, headersWith } from './headers.ts'
import { Pool, type PoolOptions } from './pool.ts'
import { PoolPerVu } from './pool-per-vu.ts'
import { RequestWriter } from './requests.ts'
import { shownPool, type Sender } from './shown-pool.ts'

/** An answer's facts; `bytes` is set where the operation moves a payload. */
const factsOf = (answer: Answer, bytes: number): Facts => ({
  status: answer.head.status, bytes, etag: answer.head.etag, requestId: answer.head.requestId,
  wireIn: answer.wireIn, wireOut: answer.wireOut, reconnects: answer.reconnects,
})

function gotFactsOf(answer: Answer): GetFacts {
  const { bodyBytes, wireIn, wireOut, reconnects, head: { status, contentLength, etag, requestId, text } } = answer
  const sizeBytes = status === 206 ? sizeOfRange(headerOf(text, 'content-range')) : contentLength
  return { status, bytes: bodyBytes, etag, requestId, wireIn, wireOut, reconnects, sizeBytes }
}

class NativeDriver implements S3Driver {
  readonly showsRequests = true
  readonly #settings: S3Settings
  readonly #pool: Sender
  readonly #writer: RequestWriter
  readonly #config: NativeConfig
  readonly #apis: ApiRequests

  constructor({ settings, clock, wireLog, bandwidth }: DriverContext) {
    const { endpoint, localAddress } = settings
    this.#settings = settings
    this.#config = opened(settings.driverConfig, nativeConfig)
    this.#writer = new RequestWriter(settings, clock)
    const options: PoolOptions = {
      address: { host: connectHost(settings), port: endpoint.port, tls: tlsOptions(settings), localAddress },
      endpoint: endpoint.url, clock, maxConnections: settings.maxConnections, timeoutMs: settings.timeoutMs,
      keepConnections: settings.keepConnections, keepSessions: settings.tls.sessionReuse, bandwidth,
    }
    const pool = settings.connectionPool === 'per_vu' ? new PoolPerVu(options) : new Pool(options)
    this.#pool = wireLog === undefined ? pool : shownPool(pool, wireLog)
    this.#apis = new ApiRequests({
      settings, clock, expectContinueBytes: this.#config.expectContinueBytes,
      send: (request, call) => this.#send(request, call), read: (what, answer, read) => this.#read(what, answer, read),
    })
  }

  perform(request: ApiRequest, call: Call): Promise<ApiFacts> { return this.#apis.perform(request, call) }

  // Put and get are most of any load: what they wait for is chained, not awaited; a head that can't be written rejects all the same.
  put(request: PutRequest, call: Call): Promise<Facts> {
    const { key, content } = request
    try {
      const { head, body, expectContinue } = this.#putHead(request)
      const what = `PUT ${key}`
      return this.#pool.request({ what, head, body, expectContinue }, call)
        .then((answer) => factsOf(this.#accepted(what, answer), content.sizeBytes))
    } catch (error) {
      return rejected(error)
    }
  }

  #putHead(
    { key, content, contentType, metadata }: PutRequest,
  ): Pick<ExchangeRequest, 'head' | 'body'> & { readonly expectContinue: boolean } {
    const signed: Header[] | undefined = contentType === undefined && metadata === undefined ? undefined : []
    if (contentType !== undefined) signed?.push(['content-type', contentType])
    if (metadata !== undefined) for (const [name, value] of Object.entries(metadata)) signed?.push([`x-amz-meta-${name}`, value])
    const expectContinue = content.sizeBytes > 0 && content.sizeBytes >= this.#config.expectContinueBytes
    const parts = { signed, body: content, plain: expectContinue ? 'Expect: 100-continue\r\n' : '' }
    const head = this.#writer.head('PUT', key, parts)
    return { head, body: this.#writer.body(parts), expectContinue }
  }

  get({ key, range, sink }: GetRequest, call: Call): Promise<GetFacts> {
    try {
      const parts = range === undefined ? undefined : { plain: `Range: ${rangeText(range)}\r\n` }
      const head = this.#writer.head('GET', key, parts)
      const what = `GET ${key}`
      return this.#pool.request({ what, head, sink }, call).then((answer) => gotFactsOf(this.#accepted(what, answer)))
    } catch (error) {
      return rejected(error)
    }
  }

  async head(key: string, call: Call): Promise<HeadFacts> {
    const answer = await this.#send({ what: `HEAD ${key}`, head: this.#writer.head('HEAD', key), bodyless: true }, call)
    const { text, contentLength } = answer.head
    return {
      ...factsOf(answer, 0), sizeBytes: contentLength,
      contentType: headerOf(text, 'content-type'), lastModified: headerOf(text, 'last-modified'),
      metadata: headersWith(text, 'x-amz-meta-'),
    }
  }

  async delete(key: string, call: Call): Promise<Facts> {
    return factsOf(await this.#send({ what: `DELETE ${key}`, head: this.#writer.head('DELETE', key) }, call), 0)
  }

  deleteMany(keys: readonly string[], call: Call): Promise<DeleteManyFacts> {
    return this.#deleteAll(keys.map((key) => ({ key })), `multi-delete of ${keys.length} keys`, call)
  }

  deleteVersions(versions: readonly VersionName[], call: Call): Promise<DeleteManyFacts> {
    return this.#deleteAll(versions, `multi-delete of ${versions.length} versions`, call)
  }

  async #deleteAll(entries: Parameters<typeof writeDelete>[0], what: string, call: Call): Promise<DeleteManyFacts> {
    const bytes = Buffer.from(writeDelete(entries))
    const body = bytesContent(bytes)
    // The one request for which S3 asks for a digest of the body beside the signature.
    const head = this.#writer.head('POST', undefined, {
      query: [['delete', '']], body, signBody: true,
      signed: [['content-md5', hash('md5', bytes, 'base64')], ['content-type', 'application/xml']],
    })
    const answer = await this.#send({ what, head, body, collect: true }, call)
    return { ...factsOf(answer, 0), failed: this.#read(what, answer, readDeleteFailures) }
  }

  list(request: ListRequest, call: Call): Promise<ListFacts> {
    const query: [string, string][] = [['list-type', '2'], ['encoding-type', 'url'], ['prefix', request.prefix]]
    if (request.maxKeys !== undefined) query.push(['max-keys', String(request.maxKeys)])
    if (request.startAfter !== undefined) query.push(['start-after', request.startAfter])
    if (request.continuationToken !== undefined) query.push(['continuation-token', request.continuationToken])
    if (request.delimiter !== undefined) query.push(['delimiter', request.delimiter])
    return this.#page(request.prefix === '' ? 'list' : `list of ${request.prefix}`, query, readListing, call)
  }

  listVersions({ prefix, maxKeys, after }: ListVersionsRequest, call: Call): Promise<ListVersionsFacts> {
    const query: [string, string][] = [['versions', ''], ['encoding-type', 'url'], ['prefix', prefix]]
    if (maxKeys !== undefined) query.push(['max-keys', String(maxKeys)])
    if (after !== undefined) query.push(['key-marker', after.key])
    if (after?.versionId !== undefined) query.push(['version-id-marker', after.versionId])
    return this.#page(`list of versions of ${prefix}`, query, readVersions, call)
  }

  listUploads({ prefix, maxUploads, after }: ListUploadsRequest, call: Call): Promise<ListUploadsFacts> {
    // Not asked to encode keys: some RADOS gateways (16.2) then do so without saying it.
    const query: [string, string][] = [['uploads', ''], ['prefix', prefix]]
    if (maxUploads !== undefined) query.push(['max-uploads', String(maxUploads)])
    if (after !== undefined) query.push(['key-marker', after.key])
    if (after?.uploadId !== undefined) query.push(['upload-id-marker', after.uploadId])
    return this.#page(`list of uploads to ${prefix}`, query, readUploads, call)
  }

  async abortUpload({ key, uploadId }: OpenUpload, call: Call): Promise<Facts> {
    const head = this.#writer.head('DELETE', key, { query: [['uploadId', uploadId]] })
    return factsOf(await this.#send({ what: `DELETE upload of ${key}`, head }, call), 0)
  }

  async headBucket(call: Call): Promise<Facts> {
    return factsOf(await this.#send({ what: this.#bucketName('HEAD'), head: this.#writer.head('HEAD', undefined), bodyless: true }, call),
      0)
  }

  async createBucket(call: Call): Promise<Facts> {
    const body = bytesContent(Buffer.from(writeCreateBucket(this.#settings.region)))
    const head = this.#writer.head('PUT', undefined, { body, signBody: true })
    return factsOf(await this.#send({ what: this.#bucketName('PUT'), head, body }, call), 0)
  }

  async deleteBucket(call: Call): Promise<Facts> {
    return factsOf(await this.#send({ what: this.#bucketName('DELETE'), head: this.#writer.head('DELETE', undefined) }, call), 0)
  }

  close(): Promise<void> {
    this.#pool.close()
    return Promise.resolve()
  }

  #bucketName(method: string): string { return `${method} bucket ${this.#settings.bucket}` }

  /** One page of a listing of the bucket. */
  async #page<T>(
    what: string, query: readonly (readonly [string, string])[], read: (text: string) => T, call: Call,
  ): Promise<Facts & T> {
    const answer = await this.#send({ what, head: this.#writer.head('GET', undefined, { query }), collect: true }, call)
    return { ...factsOf(answer, 0), ...this.#read(what, answer, read) }
  }

  /** Sends, and turns every status that is no success into its error. */
  async #send(request: ExchangeRequest, call: Call): Promise<Answer> {
    return this.#accepted(request.what, await this.#pool.request(request, call))
  }

  #accepted(what: string, answer: Answer): Answer {
    if (answer.head.status < 300) return answer
    throw this.#refusal(what, answer)
  }

  #refusal(what: string, answer: Answer): StorageError {
    const { status, text, requestId } = answer.head
    const said = answer.text === '' ? undefined : readError(answer.text)
    const region = headerOf(text, 'x-amz-bucket-region') ?? said?.region
    const location = headerOf(text, 'location') ?? said?.endpoint
    const id = requestId ?? said?.requestId
    return errorOfAnswer(what, {
      status,
      ...(said === undefined ? {} : { code: said.code }),
      ...(said?.message === undefined ? {} : { message: said.message }),
      ...(id === undefined ? {} : { requestId: id }),
      ...(region === undefined ? {} : { region }),
      ...(location === undefined ? {} : { location }),
    }, this.#settings, this.#settings.endpoint.url)
  }

  /** Reads the document of a success; one that is none, or an error within a 200, is the store's failure. */
  #read<T>(what: string, answer: Answer, read: (text: string) => T): T {
    try {
      return read(answer.text)
    } catch (error) {
      if (!(error instanceof XmlError)) throw error
      if (readError(answer.text) !== undefined) throw this.#refusal(what, answer)
      const { requestId } = answer.head
      throw new StorageError('protocol', `${what}: the store's answer can't be read: ${error.message}`, {
        detail: 'XML', endpoint: this.#settings.endpoint.url, cause: error, ...(requestId === undefined ? {} : { requestId }),
      })
    }
  }
}

/** Opens the driver; connects when first used. Throws StorageError('invalid') for a wrong driver_config or an unreadable CA file. */
export const openDriver = (context: DriverContext): S3Driver => new NativeDriver(context)
