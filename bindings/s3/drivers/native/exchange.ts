// One request and its answer, as a connection works on it: what is to be sent, how far that is, and what has come.
import { StorageError, type Call, type Content } from '../../../sdk/index.ts'
import type { Sink } from '../../driver.ts'
import type { ResponseHead } from './response.ts'

/** What is sent, and what is wanted of the answer. */
export interface ExchangeRequest {
  /** For messages: method and key. */
  readonly what: string
  /** Request line and headers with the closing empty line; latin-1. */
  readonly head: string
  readonly body?: Content | undefined
  /** True when the head asks for `100-continue`. */
  readonly expectContinue?: boolean
  /** True for HEAD: no body follows the answer's head. */
  readonly bodyless?: boolean
  /** Gets the body of a 2xx answer. */
  readonly sink?: Sink | undefined
  /** Told the head of a 2xx answer, before the sink gets anything. */
  readonly onHead?: ((head: ResponseHead) => void) | undefined
  /** True = keep the body of a 2xx answer as text. */
  readonly collect?: boolean
}

/** An answer, whatever its status. */
export interface Answer {
  readonly head: ResponseHead
  readonly bodyBytes: number
  /** The body as text, of a 2xx answer when it was to be collected, of any other up to ERROR_BODY_BYTES. */
  readonly text: string
  readonly wireIn: number
  readonly wireOut: number
  readonly reconnects: number
}

const ERROR_BODY_BYTES = 64 * 1024
const COLLECT_BYTES = 32 * 1024 ** 2

export class Exchange {
  readonly request: ExchangeRequest
  readonly call: Call
  /** Moment of the pool's clock at which it is over; Infinity = never. */
  readonly deadline: number
  readonly promise: Promise<Answer>
  /** Moment of the pool's clock up to which a `100 Continue` is waited for; 0 = it is not waited for. */
  continueBy = 0
  /** Body bytes handed to the socket. */
  sentBytes = 0
  /** True once the server has answered before it had the whole body: no more is sent. */
  answeredEarly = false
  wireIn = 0
  reconnects = 0
  #wireOut = 0
  #head: ResponseHead | undefined
  /** Body bytes received. */
  bodyBytes = 0
  #texts: Buffer[] | undefined
  #textBytes = 0
  #resolve: (answer: Answer) => void = noWaiter
  #reject: (error: Error) => void = noWaiter

  constructor(request: ExchangeRequest, call: Call, deadline: number) {
    this.request = request
    this.call = call
    this.deadline = deadline
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get hasUnsentBody(): boolean { return this.request.body !== undefined && this.sentBytes < this.request.body.sizeBytes }
  get head(): ResponseHead | undefined { return this.#head }

  /** Begins anew on another connection. */
  restart(): void {
    this.#wireOut += this.request.head.length + this.sentBytes
    this.reconnects++
    this.sentBytes = 0
    this.continueBy = 0
  }

  onHead(head: ResponseHead): void {
    this.#head = head
    const wanted = head.status < 300 ? this.request.collect === true : true
    if (wanted) this.#texts = []
    if (this.request.onHead !== undefined && head.status < 300) this.request.onHead(head)
    if (this.hasUnsentBody) {
      if (head.status < 300) throw new StorageError('protocol',
        `${this.request.what}: the store answered ${head.status} before it had the body`)
      this.answeredEarly = true
    }
  }

  onBody(buffer: Uint8Array, start: number, end: number): void {
    this.bodyBytes += end - start
    if (this.#texts !== undefined) {
      const success = (this.#head?.status ?? 0) < 300
      const room = (success ? COLLECT_BYTES : ERROR_BODY_BYTES) - this.#textBytes
      if (success && end - start > room) throw new StorageError('protocol',
        `${this.request.what}: an answer of more than ${COLLECT_BYTES} bytes`)
      // An error's text may be cut off; what the store had to say stands at its beginning.
      const kept = Buffer.from(buffer.subarray(start, Math.min(end, start + room)))
      this.#textBytes += kept.length
      this.#texts.push(kept)
    } else this.request.sink?.(buffer.subarray(start, end))
  }

  /** The answer is whole. */
  finish(): void {
    const head = this.#head
    if (head === undefined) throw new TypeError('an answer cannot be whole without its head')
    this.#resolve({
      head, bodyBytes: this.bodyBytes,
      text: this.#texts === undefined || this.#texts.length === 0 ? '' : Buffer.concat(this.#texts).toString('utf8'),
      wireIn: this.wireIn, wireOut: this.#wireOut + this.request.head.length + this.sentBytes, reconnects: this.reconnects,
    })
  }

  fail(error: Error): void { this.#reject(error) }
}
const noWaiter = (): void => { throw new TypeError('a promise gives its functions at once') }

/** How far an exchange is, for messages. */
export const momentOf = (exchange: Exchange): string => {
  if (exchange.head !== undefined) return `within the body of the answer, after ${exchange.wireIn} bytes`
  if (exchange.wireIn > 0) return 'within the head of the answer'
  return exchange.hasUnsentBody ? `after ${exchange.sentBytes} bytes of the body were handed over` : 'before it answered'
}
