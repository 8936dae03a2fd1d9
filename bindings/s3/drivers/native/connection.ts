// One socket that carries one exchange at a time, and is given up at the first doubt about what its bytes mean.
import { connect as connectTcp, type OnReadOpts, type Socket, type TcpSocketConnectOpts } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { StorageError } from '../../../sdk/index.ts'
import { errorOfConnect, errorOfCut } from '../../errors.ts'
import type { Exchange } from './exchange.ts'
import { HttpError, ResponseParser, type ResponseHandler, type ResponseHead } from './response.ts'

/** What a connection needs of the pool it belongs to. */
export interface ConnectionOwner {
  readonly endpoint: string
  /** Where all connections read to: each read is used up before the next, on whatever connection, can begin. */
  readonly readBuffer: Buffer
  /** Where small requests are put together. */
  writeBuffer: Buffer
  /** How long to wait for `100 Continue` before the body is sent anyway; ms. */
  readonly continueWaitMs: number
  now(): number
  /** The exchange is over and the connection can take another. */
  released(connection: Connection): void
  /** The connection must not be used again, though it is not closed yet. */
  withdrawn(connection: Connection): void
  /** `settled` is wanted at the end of this turn of the event loop. */
  settling(connection: Connection): void
  /** The connection is no more. */
  gone(connection: Connection): void
  /** The connection is no more, and had lost step or been closed before the exchange could begin on it. */
  replaced(connection: Connection, exchange: Exchange): void
  /** A TLS session to resume from. */
  keepSession(session: Buffer): void
}

/** How a connection is made; `tls` = options of its own where the endpoint speaks TLS. */
export interface Address { readonly host: string; readonly port: number; readonly tls: ConnectionOptions | undefined }

/** Body bytes handed to the socket before waiting for it to be drained: what one large operation holds of the system at most. */
const BURST_BYTES = 1024 ** 2
/** Head and body up to this go out as one copied buffer: a copy costs less than a second buffer in the system call. */
const COPY_BYTES = 8 * 1024
export const WRITE_BUFFER_BYTES = COPY_BYTES + 8 * 1024
/**
 * An idle connection that turns out to be closed, after it has been idle this long, was closed by the store's idle timeout; one in
 * steady use that is closed instead of answered has failed. Only the first is replaced without a failure.
 */
const IDLE_CLOSE_MS = 1000

export class Connection implements ResponseHandler {
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #secure: boolean
  readonly #parser = new ResponseParser(this)
  #exchange: Exchange | undefined
  #ready = false
  #used = false
  #error: Error | undefined
  /** True when the current exchange may move to a fresh connection if this one is closed without an answer. */
  #stale = false
  /**
   * True for the rest of a turn of the event loop in which an answer ended with a read that may not have taken all there was: what is
   * read now was there before a next request could be answered.
   */
  #unsettled = false
  /** Since when it was seen idle by the pool's sweep; 0 = it was not. */
  idleSince = 0

  constructor(owner: ConnectionOwner, address: Address) {
    this.#owner = owner
    this.#secure = address.tls !== undefined
    const onread: OnReadOpts = {
      buffer: owner.readBuffer,
      callback: (length) => {
        this.#read(length)
        return true
      },
    }
    const to: TcpSocketConnectOpts = { host: address.host, port: address.port, noDelay: true, keepAlive: true, onread }
    this.#socket = address.tls === undefined ? connectTcp(to) : this.#connectTls(connectTls({ ...to, ...address.tls }))
    this.#socket.on('connect', () => {
      this.#exchange?.call.mark('connect')
      if (!this.#secure) this.#ready = true
    })
    this.#socket.on('drain', () => { this.#sendBody() })
    this.#socket.on('end', () => { this.#ended() })
    this.#socket.on('error', (error) => { this.#error = error })
    this.#socket.on('close', () => { this.#closed() })
  }

  #connectTls(socket: TLSSocket): TLSSocket {
    socket.on('secureConnect', () => {
      this.#exchange?.call.mark('tls')
      this.#ready = true
    })
    socket.on('session', (session) => { this.#owner.keepSession(session) })
    return socket
  }

  get exchange(): Exchange | undefined { return this.#exchange }

  /** Sends a request; the exchange is told how it ends. The connection must be idle. */
  run(exchange: Exchange): void {
    this.#stale = this.#used && this.idleSince > 0 && this.#owner.now() - this.idleSince >= IDLE_CLOSE_MS
    this.idleSince = 0
    this.#exchange = exchange
    this.#parser.expect(exchange.request.bodyless === true)
    this.#send(exchange)
    // Refused at once: the other side had closed before a byte was written.
    if (this.#used && this.#socket.errored !== null) this.#stale = true
    this.#used = true
  }

  /** Ends the exchange with an error, and the connection with it. */
  fail(error: Error): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#socket.destroy()
    exchange?.fail(error)
  }

  destroy(): void { this.#socket.destroy() }

  settled(): void { this.#unsettled = false }

  /** Sends the body of an exchange that has waited long enough for `100 Continue`. */
  stopWaiting(): void {
    if (this.#exchange === undefined || this.#exchange.continueBy === 0) return
    this.#exchange.continueBy = 0
    this.#sendBody()
  }

  onInterim(status: number): void { if (status === 100) this.stopWaiting() }

  onHead(head: ResponseHead): void {
    this.#exchange?.call.mark('first_byte')
    this.#exchange?.onHead(head)
  }

  onBody(buffer: Uint8Array, start: number, end: number): void { this.#exchange?.onBody(buffer, start, end) }

  #send(exchange: Exchange): void {
    const { head, body, expectContinue } = exchange.request
    const socket = this.#socket
    if (body === undefined || body.sizeBytes === 0) socket.write(head, 'latin1')
    else if (expectContinue === true) {
      exchange.continueBy = this.#owner.now() + this.#owner.continueWaitMs
      socket.write(head, 'latin1')
    } else if (this.#ready && !this.#secure && body.sizeBytes <= COPY_BYTES && head.length + body.sizeBytes <= WRITE_BUFFER_BYTES) {
      this.#sendCopied(exchange, head)
    } else {
      socket.cork()
      socket.write(head, 'latin1')
      this.#sendBody()
      socket.uncork()
    }
  }

  #sendCopied(exchange: Exchange, head: string): void {
    const { body } = exchange.request
    const buffer = this.#owner.writeBuffer
    let at = buffer.write(head, 0, 'latin1')
    while (body !== undefined && exchange.sentBytes < body.sizeBytes) {
      const chunk = body.chunk(exchange.sentBytes, COPY_BYTES)
      buffer.set(chunk, at)
      at += chunk.length
      exchange.sentBytes += chunk.length
    }
    this.#socket.write(buffer.subarray(0, at))
    // Not taken by the system at once: the bytes stay the socket's, others write elsewhere.
    if (this.#socket.writableLength > 0) this.#owner.writeBuffer = Buffer.allocUnsafeSlow(WRITE_BUFFER_BYTES)
  }

  /** Hands over the next burst; called again when the socket is drained. */
  #sendBody(): void {
    const exchange = this.#exchange
    const body = exchange?.request.body
    if (exchange === undefined || body === undefined || exchange.continueBy > 0 || exchange.answeredEarly) return
    if (exchange.sentBytes >= body.sizeBytes) return
    const burstEnd = Math.min(body.sizeBytes, exchange.sentBytes + BURST_BYTES)
    this.#socket.cork()
    while (exchange.sentBytes < burstEnd) {
      const chunk = body.chunk(exchange.sentBytes, burstEnd - exchange.sentBytes)
      exchange.sentBytes += chunk.length
      this.#socket.write(chunk)
    }
    this.#socket.uncork()
  }

  #read(length: number): void {
    const exchange = this.#exchange
    const buffer = this.#owner.readBuffer
    // Nothing was asked: whatever this is (a goodbye, the rest of a wrong answer), the connection has lost step.
    if (exchange === undefined || this.#unsettled) {
      this.#stale = true
      this.#withdraw()
      return
    }
    // The '1' of a 1xx status is no answer yet.
    if (exchange.wireIn === 0 && buffer[9] !== 49) exchange.call.mark('first_byte')
    exchange.wireIn += length
    try {
      this.#parser.feed(buffer, length)
    } catch (error) {
      this.#lostStep(exchange, error)
      return
    }
    if (this.#parser.done) this.#finish(exchange, length === buffer.length)
  }

  #withdraw(): void {
    if (this.#exchange === undefined) this.#owner.withdrawn(this)
    this.#socket.destroy()
  }

  #lostStep(exchange: Exchange, error: unknown): void {
    if (error instanceof StorageError) this.fail(error)
    else if (error instanceof HttpError) {
      const { endpoint } = this.#owner
      this.fail(new StorageError('protocol', `${exchange.request.what}: ${endpoint} broke HTTP/1.1: ${error.message}`,
        { detail: 'HTTP', endpoint, cause: error }))
    } else this.fail(error instanceof Error ? error : new TypeError(String(error)))
  }

  #finish(exchange: Exchange, fullRead: boolean): void {
    this.#exchange = undefined
    const reusable = exchange.head?.keepAlive === true && !exchange.hasUnsentBody && this.#socket.writableLength === 0 &&
      !this.#socket.readableEnded && !this.#socket.destroyed
    if (reusable) {
      // The system reads on after a full read, and TLS hands over one record after another, before anything else can happen.
      if (fullRead || this.#secure) {
        this.#unsettled = true
        this.#owner.settling(this)
      }
      this.#owner.released(this)
    } else this.#socket.destroy()
    exchange.finish()
  }

  #ended(): void {
    const exchange = this.#exchange
    if (exchange?.head !== undefined && this.#parser.end()) {
      this.#exchange = undefined
      exchange.finish()
    }
    if (this.#unsettled) this.#stale = true
    this.#withdraw()
  }

  #closed(): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    if (exchange !== undefined && this.#ready && this.#stale && exchange.wireIn === 0 && exchange.reconnects === 0) {
      this.#owner.replaced(this, exchange)
      return
    }
    this.#owner.gone(this)
    if (exchange === undefined) return
    const { endpoint } = this.#owner
    if (!this.#ready) exchange.fail(errorOfConnect(this.#error ?? { code: 'ECONNRESET' }, endpoint))
    else exchange.fail(errorOfCut(exchange.request.what, this.#error, endpoint, momentOf(exchange)))
  }
}

const momentOf = (exchange: Exchange): string => {
  if (exchange.head !== undefined) return `within the body of the answer, after ${exchange.wireIn} bytes`
  if (exchange.wireIn > 0) return 'within the head of the answer'
  return exchange.hasUnsentBody ? `after ${exchange.sentBytes} bytes of the body were handed over` : 'before it answered'
}
