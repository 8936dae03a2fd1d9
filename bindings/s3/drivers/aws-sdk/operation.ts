// One operation as the SDK's requests for it see it: its time, its stop signal, what it has reached and what went over the wire.
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { StorageError, type Call, type Clock, type Content } from '../../../sdk/index.ts'

/** A request as the SDK hands it down. */
export interface SdkRequest {
  readonly method: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Record<string, string>
  readonly body?: unknown
}

const operations = new WeakMap<object, Operation>()

export class Operation {
  /** For messages: method and key. */
  readonly what: string
  readonly call: Call
  /** What it uploads, where that is an object. */
  content: Content | undefined
  /** True once its connection is ready to carry a request. */
  connected = false
  /** True once an answer's head has come. */
  answered = false
  /** Body bytes received. */
  bodyBytes = 0
  readonly #controller = new AbortController()
  readonly #onAbort: () => void
  readonly #cancelTimer: () => void
  #ended: StorageError | undefined
  #request: ClientRequest | undefined
  /** The socket of the current attempt with its counts at its beginning, and what earlier attempts moved. */
  #socket: { readonly socket: Socket; readonly bytesRead: number; readonly bytesWritten: number } | undefined
  #wireIn = 0
  #wireOut = 0

  /** `timeoutMs`: 0 = none. */
  constructor(what: string, call: Call, clock: Clock, timeoutMs: number, endpoint: string) {
    this.what = what
    this.call = call
    operations.set(this.#controller.signal, this)
    this.#onAbort = () => { this.stop(new StorageError('cancelled', `${what}: stopped before it ended`)) }
    call.signal.addEventListener('abort', this.#onAbort, { once: true })
    const timer = timeoutMs > 0 ? clock.at(clock.now() + timeoutMs, () => {
      const so = this.answered ? 'the answer had begun but was not whole' : 'there was no answer'
      this.stop(new StorageError('timeout', `${what}: ${so} when the operation's time was over`, { detail: 'timeout', endpoint }))
    }) : undefined
    this.#cancelTimer = () => { timer?.cancel() }
    if (call.signal.aborted) this.#onAbort()
  }

  /** The operation a request handed down with this signal belongs to. */
  static of(signal: object | undefined): Operation | undefined { return signal === undefined ? undefined : operations.get(signal) }

  get signal(): AbortSignal { return this.#controller.signal }
  /** Why it was stopped. */
  get ended(): StorageError | undefined { return this.#ended }
  get wireIn(): number { return this.#wireIn + (this.#socket === undefined ? 0 : this.#socket.socket.bytesRead - this.#socket.bytesRead) }
  get wireOut(): number {
    return this.#wireOut + (this.#socket === undefined ? 0 : this.#socket.socket.bytesWritten - this.#socket.bytesWritten)
  }

  /** Ends it with this error: the first reason stays. */
  stop(reason: StorageError): void {
    this.#ended ??= reason
    this.#controller.abort()
  }

  /** Follows an attempt. */
  attempt(request: ClientRequest): void {
    this.#wireIn = this.wireIn
    this.#wireOut = this.wireOut
    this.#socket = undefined
    this.#request = request
    this.connected = this.answered = false
    request.on('socket', (socket) => { this.#attach(socket) })
    request.on('response', (response) => { this.#answer(request, response) })
  }

  /** Frees timer and listener. A request whose answer did not wait for its body is cut off. */
  close(): void {
    this.#cancelTimer()
    this.call.signal.removeEventListener('abort', this.#onAbort)
    if (this.#request?.writableFinished === false) this.#request.destroy()
  }

  #attach(socket: Socket): void {
    this.#socket = { socket, bytesRead: socket.bytesRead, bytesWritten: socket.bytesWritten }
    const secure = socket instanceof TLSSocket
    if (socket.connecting) {
      this.call.mark('dial')
      socket.once('connect', () => {
        this.call.mark('connect')
        if (!secure) this.connected = true
      })
      if (secure) {
        socket.once('secureConnect', () => {
          this.call.mark('tls')
          this.connected = true
        })
      }
    } else {
      // One that could not even begin to connect has nothing.
      this.connected = !socket.pending || socket.bytesRead > 0
    }
  }

  #answer(request: ClientRequest, { statusCode = 0 }: IncomingMessage): void {
    this.call.mark('first_byte')
    this.answered = true
    if (statusCode < 300 && !request.writableEnded) {
      this.stop(new StorageError('protocol', `${this.what}: the store answered ${statusCode} before it had the body`))
    }
  }
}
