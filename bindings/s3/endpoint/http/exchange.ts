// One request and its answer: what handlers see of HTTP.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PayloadGrant } from '../auth/verifier.ts'
import { S3Error } from '../errors.ts'
import type { Fault, Faults, PlantedFault } from '../faults.ts'
import type { Moment } from '../store/objects.ts'
import type { Bucket, Store } from '../store/store.ts'
import type { ByteString } from './byte-string.ts'
import type { Target } from './target.ts'

/** What all requests share. */
export interface Service {
  readonly store: Store
  readonly region: string
  readonly accessKey: string
  /** `md5`, or `fast`: a number made up, of the form multipart ETags have, so that no client takes it for an MD5. */
  readonly etag: 'md5' | 'fast'
  readonly faults: Faults
  /** Now, in whole seconds. */
  moment(): Moment
  /** A name no other call got. */
  uniqueId(): string
  /** Payload bytes that came in and went out, for stats. */
  readonly traffic: { bytesIn: number; bytesOut: number }
  /** How often each thing was done badly, for stats. */
  readonly planted: Partial<Record<PlantedFault, number>>
}

const NO_BODY_STATUS = new Set([204, 304])

export class Exchange {
  readonly service: Service
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly target: Target
  readonly grant: PayloadGrant
  /** What is done badly about it; set before it is handled. */
  fault: Fault | undefined
  /** True while the client waits for 100 Continue before it sends its body. */
  #awaitsContinue: boolean

  constructor(
    service: Service, request: IncomingMessage, response: ServerResponse, requestId: string,
    target: Target, grant: PayloadGrant, awaitsContinue: boolean,
  ) {
    this.service = service
    this.request = request
    this.response = response
    this.requestId = requestId
    this.target = target
    this.grant = grant
    this.#awaitsContinue = awaitsContinue
  }

  get awaitsContinue(): boolean { return this.#awaitsContinue }
  get isHead(): boolean { return this.request.method === 'HEAD' }
  /** The bucket of the request. @throws S3Error NoSuchBucket. */
  get bucket(): Bucket { return this.service.store.bucket(this.target.bucket ?? '') }
  /** For operations that need the bucket to be there and nothing else of it. @throws S3Error NoSuchBucket. */
  requireBucket(): void { this.service.store.bucket(this.target.bucket ?? '') }
  /** The key of the request; operations on objects only. */
  get key(): ByteString {
    const { key } = this.target
    if (key === undefined) throw new S3Error('InvalidRequest', 'The request names no key.')
    return key
  }

  /** The version the query names; undefined for none. @throws S3Error InvalidArgument. */
  get versionId(): string | undefined {
    const { query } = this.target
    if (query.isEmpty) return undefined
    const id = query.text('versionId')
    if (id === '') throw new S3Error('InvalidArgument', 'A versionId cannot be empty.', { ArgumentName: 'versionId' })
    return id
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return Array.isArray(value) ? value.join(',') : value
  }

  /** Counts what is done badly now. */
  plant(fault: PlantedFault): void {
    const { planted } = this.service
    planted[fault] = (planted[fault] ?? 0) + 1
  }

  /** Ends the connection in the middle of things, in the way the endpoint was told to. */
  cut(): void {
    const { socket } = this.request
    if (this.service.faults.cutBy === 'rst' && 'resetAndDestroy' in socket) socket.resetAndDestroy()
    else socket.destroy()
  }

  /** Lets the body come. */
  welcomeBody(): void {
    if (this.#awaitsContinue) this.response.writeContinue()
    this.#awaitsContinue = false
  }

  /** Writes the head alone; the body is the caller's to write. */
  head(status: number, headers: readonly string[]): void {
    this.response.writeHead(status, ['x-amz-request-id', this.requestId, 'Server', 'chopsticks', ...headers])
  }

  /** Answers without a body. */
  reply(status: number, headers: readonly string[] = []): void {
    this.head(status, NO_BODY_STATUS.has(status) ? headers : ['Content-Length', '0', ...headers])
    this.response.end()
  }

  /** Answers with an XML document. */
  replyXml(document: string, status = 200, headers: readonly string[] = []): void {
    this.head(status, ['Content-Type', 'application/xml', 'Content-Length', String(Buffer.byteLength(document)), ...headers])
    this.response.end(document)
  }
}

/** True when the head declares a body of at least one byte. */
export const declaresBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
