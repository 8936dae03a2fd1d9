// The HTTP server: takes requests in, has them verified and routed, answers refusals, counts, and ends promptly.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { EMPTY_SHA256 } from './auth/chunk-signatures.ts'
import { checkAnonymous, isAnonymous } from './auth/anonymous.ts'
import { Verifier, type PayloadGrant } from './auth/verifier.ts'
import { ClientGone, S3Error } from './errors.ts'
import { Faults } from './faults.ts'
import type { PlantedFault } from './faults.ts'
import { declaresBody, Exchange } from './http/exchange.ts'
import type { Service } from './http/exchange.ts'
import { documentOf, refuse } from './http/refusal.ts'
import { targetOf } from './http/target.ts'
import type { Operation } from './operations/operation.ts'
import { operationFor } from './router.ts'
import type { EndpointOptions } from './options.ts'
import type { Moment } from './store/objects.ts'
import { Store } from './store/store.ts'
import { VersionIds } from './store/versions.ts'

/** What the endpoint did since its start, and what it holds. */
export interface EndpointStats {
  readonly requests: number
  /** How many were refused, by S3 code. */
  readonly refused: Readonly<Record<string, number>>
  readonly connections: number
  readonly objects: number
  readonly usedBytes: number
  /** Payload bytes. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** How often data was wrong because it was told to be, by kind. */
  readonly planted: Readonly<Partial<Record<PlantedFault, number>>>
}

const INJECTED = 'An error that the endpoint was told to inject (error_rate).'

/** A request not whole after so long is refused; bodies of gigabytes fit in. */
const REQUEST_MAX_MS = 10 * 60 * 1000

/** The current second as a Moment, made once a second. */
function secondsOf(epochMs: () => number): () => Moment {
  let last: Moment = { epochMs: Number.NaN, httpDate: '' }
  return () => {
    const secondMs = Math.floor(epochMs() / 1000) * 1000
    if (secondMs !== last.epochMs) last = { epochMs: secondMs, httpDate: new Date(secondMs).toUTCString() }
    return last
  }
}

/** Numbers them from a random start, in hex: distinct within a process, and almost surely between processes. */
function idsOf(randomLength: number, countLength: number): () => string {
  const lead = randomBytes(randomLength / 2).toString('hex')
  let count = 0
  return () => lead + (count++).toString(16).padStart(countLength, '0')
}

/** What the parser could not read is answered by hand, for there is no request to answer. */
function onUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') { socket.destroy(); return }
  const refusal = new S3Error(error.code === 'HPE_HEADER_OVERFLOW' ? 'RequestHeaderSectionTooLarge'
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'RequestTimeout' : 'BadRequest')
  const document = documentOf(refusal, '/', '')
  const length = `Content-Length: ${Buffer.byteLength(document)}`
  const head = ['HTTP/1.1 400 Bad Request', 'Content-Type: application/xml', length, 'Connection: close']
  socket.end(`${head.join('\r\n')}\r\n\r\n${document}`)
}

/** One endpoint. */
export class EndpointServer {
  readonly #service: Service
  readonly #verifier: Verifier
  readonly #server: Server
  readonly #onBug: (error: unknown) => void
  readonly #requestId = idsOf(8, 8)
  readonly #refused: Record<string, number> = {}
  #requests = 0
  #connections = 0

  constructor(options: EndpointOptions) {
    const epochMs = (): number => options.clock.epochMs()
    this.#verifier = new Verifier({ accessKey: options.accessKey, secretKey: options.secretKey, region: options.region, epochMs })
    this.#onBug = options.onBug
    this.#service = {
      store: new Store(options.maxBytes, new VersionIds(randomBytes(10).toString('hex'))),
      region: options.region, accessKey: options.accessKey, etag: options.etag,
      faults: new Faults(options), moment: secondsOf(epochMs), uniqueId: idsOf(20, 12), traffic: { bytesIn: 0, bytesOut: 0 },
      planted: {},
    }
    for (const bucket of options.buckets) this.#service.store.create(bucket, this.#service.moment())
    // No keep-alive timeout: a VU that thinks for a while must not find its connection closed under its next request.
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: REQUEST_MAX_MS, highWaterMark: 256 * 1024 })
      .on('request', (request: IncomingMessage, response: ServerResponse) => { this.#take(request, response, false) })
      .on('checkContinue', (request: IncomingMessage, response: ServerResponse) => { this.#take(request, response, true) })
      .on('clientError', onUnreadable)
      .on('connection', (socket: Duplex) => {
        this.#connections++
        socket.once('close', () => { this.#connections-- })
      })
  }

  /** Starts to listen and returns the port. @throws Error when the address cannot be had. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends every connection at once, also in the middle of an answer. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => { resolve() })
      this.#server.closeAllConnections()
    })
  }

  stats(): EndpointStats {
    const { store, traffic, planted } = this.#service
    return {
      requests: this.#requests, refused: { ...this.#refused }, connections: this.#connections,
      objects: store.buckets().reduce((sum, { versions }) => sum + versions.objectCount, 0),
      usedBytes: store.capacity.usedBytes, ...traffic, planted: { ...planted },
    }
  }

  #take(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    this.#requests++
    const requestId = this.#requestId()
    // An answer to somebody who left is an error of the stream's; that the client left is noticed where the body is received.
    response.on('error', () => { response.destroy() })
    let exchange: Exchange | undefined
    const fail = (error: unknown): void => {
      this.#fail(error, request, response, requestId, exchange?.awaitsContinue ?? awaitsContinue)
    }
    try {
      const { store } = this.#service
      const target = targetOf(request.url ?? '', request.headers.host ?? '', (name) => store.has(name))
      const anonymous = isAnonymous(request, target)
      const grant: PayloadGrant = anonymous ? { kind: 'unsigned' } : this.#verifier.verify(request, target)
      const x = exchange = new Exchange(this.#service, request, response, requestId, target, grant, awaitsContinue)
      const operation = operationFor(request, target)
      if (anonymous) checkAnonymous(operation.name, target, store)
      const fault = x.fault = this.#service.faults.deal(operation.name)
      if (fault === undefined || fault.delayMs < 1) this.#handle(operation, x, fail)
      else setTimeout(() => { this.#handle(operation, x, fail) }, fault.delayMs).unref()
    } catch (error) { fail(error) }
  }

  #handle(operation: Operation, x: Exchange, fail: (error: unknown) => void): void {
    try {
      if (x.fault?.refuses === true) throw new S3Error(this.#service.faults.errorCode, INJECTED)
      const owner = x.header('x-amz-expected-bucket-owner')
      if (owner !== undefined && owner !== this.#service.accessKey) {
        throw new S3Error('AccessDenied', 'The bucket is not of the owner that x-amz-expected-bucket-owner names.')
      }
      if (x.grant.kind === 'hashed' && x.grant.sha256 !== EMPTY_SHA256 && !declaresBody(x.request)) {
        throw new S3Error('XAmzContentSHA256Mismatch')
      }
      void operation.handle(x)?.catch(fail)
    } catch (error) { fail(error) }
  }

  #fail(error: unknown, request: IncomingMessage, response: ServerResponse, requestId: string, awaitsContinue: boolean): void {
    if (error instanceof ClientGone) { response.destroy(); return }
    const refusal = error instanceof S3Error ? error : new S3Error('InternalError')
    if (refusal !== error) this.#onBug(error)
    this.#refused[refusal.code] = (this.#refused[refusal.code] ?? 0) + 1
    refuse(request, response, refusal, requestId, awaitsContinue)
  }
}
