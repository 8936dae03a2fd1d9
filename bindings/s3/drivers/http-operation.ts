// One operation as another client's requests for it see it: its time, its stop signal, what it has reached and what went over the wire.
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { StorageError, type Call, type Clock, type Content } from '../../sdk/index.ts'
import type { Sink } from '../driver.ts'
import { Limit } from './limit.ts'

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
  /** The answer to its last request, once its head has come. */
  response: IncomingMessage | undefined
  readonly #limit: Limit
  #request: ClientRequest | undefined
  /** The socket of the current attempt with its counts at its beginning, and what earlier attempts moved. */
  #socket: { readonly socket: Socket; readonly bytesRead: number; readonly bytesWritten: number } | undefined
  #wireIn = 0
  #wireOut = 0

  /** `timeoutMs`: of a call without one of its own; 0 = none. */
  constructor(what: string, call: Call, clock: Clock, timeoutMs: number, endpoint: string) {
    this.what = what
    this.call = call
    this.#limit = new Limit({ what, call, clock, timeoutMs, endpoint, answered: () => this.answered })
    operations.set(this.#limit.signal, this)
    this.#limit.begin()
  }

  /** The operation a request handed down with this signal belongs to. */
  static of(signal: object | undefined): Operation | undefined { return signal === undefined ? undefined : operations.get(signal) }

  get signal(): AbortSignal { return this.#limit.signal }
  /** Why it was stopped. */
  get ended(): StorageError | undefined { return this.#limit.ended }
  get wireIn(): number { return this.#wireIn + (this.#socket === undefined ? 0 : this.#socket.socket.bytesRead - this.#socket.bytesRead) }
  get wireOut(): number {
    return this.#wireOut + (this.#socket === undefined ? 0 : this.#socket.socket.bytesWritten - this.#socket.bytesWritten)
  }

  /** Ends it with this error: the first reason stays. */
  stop(reason: StorageError): void { this.#limit.stop(reason) }

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

  /** Counts a body as it comes, and gives it to the sink. */
  async receive(body: unknown, sink: Sink | undefined): Promise<void> {
    if (!(body instanceof Readable)) throw new TypeError('a client gives bodies as streams')
    const stop = (): void => { body.destroy(this.ended) }
    this.signal.addEventListener('abort', stop, { once: true })
    for await (const chunk of body) {
      const bytes = chunk as Uint8Array
      this.bodyBytes += bytes.length
      sink?.(bytes)
    }
  }

  /** Frees timer and listener. A request whose answer did not wait for its body is cut off. */
  close(): void {
    this.#limit.close()
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

  #answer(request: ClientRequest, response: IncomingMessage): void {
    const { statusCode = 0 } = response
    this.call.mark('first_byte')
    this.answered = true
    this.response = response
    if (statusCode < 300 && !request.writableEnded) {
      this.stop(new StorageError('protocol', `${this.what}: the store answered ${statusCode} before it had the body`))
    }
  }
}
