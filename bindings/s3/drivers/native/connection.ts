// One socket that carries one exchange at a time, and is given up at the first doubt about what its bytes mean.
import type { OnReadOpts, Socket } from 'node:net'
import { StorageError, type Content, type Timer } from '../../../sdk/index.ts'
import type { Bandwidth } from '../../bandwidth.ts'
import { asError, errorOfConnect, errorOfCut } from '../../errors.ts'
import { openSocket, type Address } from './address.ts'
import { sendBurst } from './burst.ts'
import { momentOf, type Exchange } from './exchange.ts'
import { Pace } from './pace.ts'
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
  /** False = no connection takes a second exchange. */
  readonly keepConnections: boolean
  /** What limits the bytes of bodies, where something does. */
  readonly bandwidth: Bandwidth | undefined
  now(): number
  at(moment: number, wake: () => void): Timer
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
  /** Where bandwidth is limited. */
  readonly #pace: Pace | undefined
  /** The socket is closed, and the pool was not told yet: an answer that came whole waits for its time. */
  #closedEarly = false
  /** Since when it was seen idle by the pool's sweep; 0 = it was not. */
  idleSince = 0

  constructor(owner: ConnectionOwner, address: Address) {
    this.#owner = owner
    this.#pace = owner.bandwidth === undefined ? undefined : new Pace(owner.bandwidth, owner)
    this.#secure = address.tls !== undefined
    const onread: OnReadOpts = {
      buffer: owner.readBuffer,
      callback: (length) => {
        this.#read(length)
        return this.#pace === undefined || this.#pace.reading
      },
    }
    this.#socket = openSocket(address, onread)
    if (this.#secure) this.#expectTls()
    this.#socket.on('connect', () => {
      this.#exchange?.call.mark('connect')
      if (!this.#secure) this.#ready = true
    })
    this.#socket.on('drain', () => {
      // All that was handed over has been sent.
      this.#exchange?.request.body?.returned?.()
      this.#sendBody()
    })
    this.#socket.on('end', () => { this.#ended() })
    this.#socket.on('error', (error) => { this.#error = error })
    this.#socket.on('close', () => { this.#closed() })
  }

  #expectTls(): void {
    this.#socket.on('secureConnect', () => {
      this.#exchange?.call.mark('tls')
      this.#ready = true
    })
    this.#socket.on('session', (session: Buffer) => { this.#owner.keepSession(session) })
  }

  get exchange(): Exchange | undefined { return this.#exchange }

  /** Sends a request; the exchange is told how it ends. The connection must be idle. */
  run(exchange: Exchange): void {
    this.#stale = this.#used && this.idleSince > 0 && this.#owner.now() - this.idleSince >= IDLE_CLOSE_MS
    this.idleSince = 0
    this.#exchange = exchange
    if (!this.#used) exchange.call.mark('dial')
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
    this.#pace?.stop()
    this.destroy()
    exchange?.fail(error)
  }

  destroy(): void {
    this.#socket.destroy()
    if (this.#closedEarly) this.#owner.gone(this)
  }

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
    } else if (this.#pace !== undefined) {
      socket.write(head, 'latin1')
      this.#sendBody()
    } else if (this.#ready && body.sizeBytes <= COPY_BYTES && head.length + body.sizeBytes <= WRITE_BUFFER_BYTES) {
      this.#sendCopied(exchange, head, body)
    } else {
      socket.cork()
      socket.write(head, 'latin1')
      this.#sendBody()
      socket.uncork()
    }
  }

  /** Head and body in one piece; inside TLS that is one record, and its memory is never free again at once. */
  #sendCopied(exchange: Exchange, head: string, body: Content): void {
    const buffer = this.#secure ? Buffer.allocUnsafe(head.length + body.sizeBytes) : this.#owner.writeBuffer
    let at = buffer.write(head, 0, 'latin1')
    while (exchange.sentBytes < body.sizeBytes) {
      const chunk = body.chunk(exchange.sentBytes, COPY_BYTES)
      buffer.set(chunk, at)
      at += chunk.length
      exchange.sentBytes += chunk.length
    }
    this.#socket.write(buffer.subarray(0, at))
    // Not taken by the system at once: the bytes stay the socket's, others write elsewhere.
    if (!this.#secure && this.#socket.writableLength > 0) this.#owner.writeBuffer = Buffer.allocUnsafeSlow(WRITE_BUFFER_BYTES)
  }

  /** Hands over the next burst; called again when the socket is drained. */
  #sendBody(): void {
    const exchange = this.#exchange
    const body = exchange?.request.body
    if (exchange === undefined || body === undefined || exchange.continueBy > 0 || exchange.answeredEarly) return
    if (exchange.sentBytes >= body.sizeBytes) return
    if (this.#pace !== undefined) {
      this.#pace.send(exchange, body, (piece) => {
        exchange.sentBytes += piece.length
        // What waits for the other side goes on by 'drain'.
        if (this.#socket.write(piece)) this.#sendBody()
      })
      return
    }
    sendBurst(this.#socket, exchange, body)
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
    const before = exchange.bodyBytes
    try {
      this.#parser.feed(buffer, length)
    } catch (error) {
      this.#lostStep(exchange, error)
      return
    }
    const fullRead = length === buffer.length
    const { done } = this.#parser
    if (this.#pace !== undefined && exchange.bodyBytes > before) {
      this.#pace.received(exchange, exchange.bodyBytes - before, done, () => {
        this.#socket.resume()
        if (done) this.#finish(exchange, fullRead)
      })
    } else if (done) this.#finish(exchange, fullRead)
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
    } else this.fail(asError(error))
  }

  #finish(exchange: Exchange, fullRead: boolean): void {
    this.#exchange = undefined
    const reusable = this.#owner.keepConnections && exchange.head?.keepAlive === true && !exchange.hasUnsentBody &&
      this.#socket.writableLength === 0 && !this.#socket.readableEnded && !this.#socket.destroyed
    if (reusable) {
      // The system reads on after a full read, and TLS hands over one record after another, before anything else can happen.
      if (fullRead || this.#secure) {
        this.#unsettled = true
        this.#owner.settling(this)
      }
      this.#owner.released(this)
    } else this.destroy()
    exchange.finish()
  }

  #ended(): void {
    const exchange = this.#exchange
    if (exchange !== undefined && exchange === this.#pace?.whole) return
    if (exchange?.head !== undefined && this.#parser.end()) {
      this.#exchange = undefined
      exchange.finish()
    }
    if (this.#unsettled) this.#stale = true
    this.#withdraw()
  }

  #closed(): void {
    const exchange = this.#exchange
    if (exchange !== undefined && exchange === this.#pace?.whole) {
      this.#closedEarly = true
      return
    }
    this.#pace?.stop()
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
