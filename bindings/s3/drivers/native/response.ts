// Reads HTTP/1.1 responses from bytes as they come, however split; strict, as a connection that lost step must not be used again.
import { within } from './headers.ts'

/** What the server sent is not HTTP/1.1 as S3 speaks it. The connection it came from is lost. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
}

export const HTTP_LIMITS = { headBytes: 64 * 1024, chunkLineBytes: 4096, trailerBytes: 64 * 1024 } as const

/** The head of a final response. */
export interface ResponseHead {
  readonly status: number
  readonly etag: string | undefined
  readonly requestId: string | undefined
  /** undefined: not said. */
  readonly contentLength: number | undefined
  readonly chunked: boolean
  /** True when the connection may carry another request afterwards, going by this head. */
  readonly keepAlive: boolean
  /** Status line and header lines. */
  readonly text: string
}

/** Who is told what comes. */
export interface ResponseHandler {
  /** An interim response (1xx); 100 = go on with the body. */
  onInterim(status: number): void
  onHead(head: ResponseHead): void
  /** Bytes `start` to `end` of the buffer belong to the body. They are overwritten after the call. */
  onBody(buffer: Uint8Array, start: number, end: number): void
}

const NO_STATUS_LINE = 'the answer does not begin with an HTTP/1.1 status line'
/** How a TLS server says that it did not understand. */
const TLS_ALERT = '\x15\x03'
const TAB = 9
const CR = 13
const LF = 10
/** A typical head fits; what follows it in the buffer is not turned into a string for nothing. */
const FIRST_LOOK_BYTES = 1024

const isToken = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 45 ||
  code === 95 || code === 33 || (code >= 35 && code <= 39) || code === 42 || code === 43 || code === 46 || code === 94 || code === 96 ||
  code === 124 || code === 126

const lengthOf = (value: string, before: number | undefined): number => {
  if (!/^\d{1,15}$/.test(value)) throw new HttpError(`Content-Length is no number`)
  const length = Number(value)
  if (before !== undefined && before !== length) throw new HttpError('two different Content-Length headers')
  return length
}

/** The status of a head's first line, `HTTP/1.x NNN …`. */
function statusOf(text: string, length: number): number {
  const status = (text.charCodeAt(9) - 48) * 100 + (text.charCodeAt(10) - 48) * 10 + (text.charCodeAt(11) - 48)
  const after = text.charCodeAt(12)
  const version = text.charCodeAt(7)
  if (length < 12 || !text.startsWith('HTTP/1.') || (version !== 48 && version !== 49) || text.charCodeAt(8) !== 32 ||
    !(status >= 100 && status <= 599) || !(after === 32 || after === CR || length === 12)) {
    throw new HttpError(NO_STATUS_LINE)
  }
  return status
}

/**
 * Parses a head: the first `length` characters of a text, in which its closing empty line follows. One pass over the characters of a
 * text that is no part of another: this runs for every operation.
 */
function parseHead(text: string, length: number): ResponseHead {
  const status = statusOf(text, length)
  let keepAlive = text.charCodeAt(7) === 49
  let closing = false
  let chunked = false
  let contentLength: number | undefined
  let etag: string | undefined
  let requestId: string | undefined
  let at = text.indexOf('\r')
  if (text.charCodeAt(at + 1) !== LF) throw new HttpError('a CR without LF in the status line')
  if (text.lastIndexOf('\n', at) >= 0) throw new HttpError('a line does not end with CR LF')
  at += 2
  while (at < length) {
    let colon = at
    while (isToken(text.charCodeAt(colon))) colon++
    if (colon === at || text.charCodeAt(colon) !== 58) throw new HttpError('a header line without a proper name')
    let end = colon + 1
    let code = text.charCodeAt(end)
    while (end < length && code !== CR) {
      if ((code < 32 && code !== TAB) || code === 127) {
        throw new HttpError(code === LF ? 'a line does not end with CR LF' : 'a control character in a header')
      }
      code = text.charCodeAt(++end)
    }
    if (end < length && text.charCodeAt(end + 1) !== LF) throw new HttpError('a CR without LF in a header')
    // Only names of these lengths are looked at: comparing them all would double the cost of a head.
    switch (colon - at) {
      case 4: if (is(text, at, colon, 'etag')) etag = within(text, colon + 1, end); break
      case 10:
        if (is(text, at, colon, 'connection')) {
          const value = text.slice(colon + 1, end).toLowerCase()
          // Said once, whatever else is said beside it.
          if (value.includes('close')) closing = true
          else if (value.includes('keep-alive')) keepAlive = true
        }
        break
      case 14: if (is(text, at, colon, 'content-length')) contentLength = lengthOf(within(text, colon + 1, end), contentLength); break
      case 16: if (is(text, at, colon, 'x-amz-request-id')) requestId = within(text, colon + 1, end); break
      case 17:
        if (is(text, at, colon, 'transfer-encoding')) {
          if (chunked || within(text, colon + 1, end).toLowerCase() !== 'chunked') {
            throw new HttpError('a transfer encoding other than chunked')
          }
          chunked = true
        }
        break
    }
    at = end + 2
  }
  if (chunked && contentLength !== undefined) throw new HttpError('both Content-Length and Transfer-Encoding')
  return { status, etag, requestId, contentLength, chunked, keepAlive: keepAlive && !closing, text: text.slice(0, length) }
}
/** Compares a header's name, whose characters are all token characters, with one in lower case. */
const is = (text: string, from: number, to: number, name: string): boolean => {
  for (let i = 0; i < to - from; i++) if ((text.charCodeAt(from + i) | 32) !== name.charCodeAt(i)) return false
  return true
}

const BARE_LINE_END = /[^\r]\n|\r[^\n]/
const CHUNK_LINE = /^([0-9a-fA-F]{1,13})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/
const TRAILER_LINE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+:[\t\x20-\x7e\x80-\xff]*$/

type State = 'idle' | 'head' | 'length' | 'until-close' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'done'

/** One response after another on one connection. */
export class ResponseParser {
  readonly #handler: ResponseHandler
  #state: State = 'idle'
  #bodyless = false
  /** A head, chunk line or trailer that has not all come yet. */
  #pending = ''
  #leftBytes = 0
  #trailerBytes = 0

  constructor(handler: ResponseHandler) { this.#handler = handler }

  /** Expects a response; `bodyless`: to a HEAD request, so that no body follows whatever the head says. */
  expect(bodyless: boolean): void {
    this.#state = 'head'
    this.#bodyless = bodyless
    this.#pending = ''
  }

  get done(): boolean { return this.#state === 'done' }

  /**
   * Takes the first `length` bytes of the buffer. Throws HttpError when they are not what must come, bytes behind the end of the
   * response included: `done` tells whether the response itself was whole.
   */
  feed(buffer: Buffer, length: number): void {
    let at = 0
    if (this.#state === 'head') at = this.#head(buffer, length)
    while (at < length) {
      switch (this.#state) {
        case 'length':
        case 'chunk-data': at = this.#data(buffer, at, length); break
        case 'until-close': this.#handler.onBody(buffer, at, length); at = length; break
        case 'chunk-size':
        case 'chunk-end':
        case 'trailer': at = this.#line(buffer, at, length); break
        // After an interim response the final one may follow in the same bytes.
        case 'head': at += this.#head(buffer.subarray(at, length), length - at); break
        case 'done':
        case 'idle': throw new HttpError(`${length - at} bytes came behind the end of the answer`)
        default: this.#state satisfies never
      }
    }
  }

  /** The connection has ended; true when that is how the response ends. */
  end(): boolean {
    if (this.#state !== 'until-close') return this.#state === 'done'
    this.#state = 'done'
    return true
  }

  /** Reads a head and returns how many of the bytes were used. */
  #head(buffer: Buffer, length: number): number {
    const before = this.#pending.length
    let text = this.#pending + buffer.toString('latin1', 0, Math.min(length, FIRST_LOOK_BYTES))
    let end = text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (end < 0 && length > FIRST_LOOK_BYTES) {
      text = this.#pending + buffer.toString('latin1', 0, Math.min(length, HTTP_LIMITS.headBytes + 4))
      end = text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    }
    if (end < 0) {
      this.#keepHead(text)
      return length
    }
    if (end > HTTP_LIMITS.headBytes) throw new HttpError(`a head of more than ${HTTP_LIMITS.headBytes} bytes`)
    this.#pending = ''
    const head = parseHead(text, end)
    if (head.status < 200) {
      if (head.status === 101) throw new HttpError('the server switched protocols')
      this.#handler.onInterim(head.status)
    } else this.#begin(head)
    return end + 4 - before
  }

  #keepHead(text: string): void {
    if (text.startsWith(TLS_ALERT)) throw new HttpError('it speaks TLS; should the endpoint begin with https:// ?')
    if (!'HTTP/1.'.startsWith(text.slice(0, 7)) && !text.startsWith('HTTP/1.')) throw new HttpError(NO_STATUS_LINE)
    if (text.length > HTTP_LIMITS.headBytes) throw new HttpError(`a head of more than ${HTTP_LIMITS.headBytes} bytes`)
    // Told now: the end that is waited for may never come.
    if (BARE_LINE_END.test(text)) throw new HttpError('a line does not end with CR LF')
    this.#pending = text
  }

  #begin(head: ResponseHead): void {
    const { status, contentLength } = head
    if (this.#bodyless || status === 204 || status === 304 || contentLength === 0) this.#state = 'done'
    else if (head.chunked) this.#state = 'chunk-size'
    else if (contentLength === undefined) this.#state = 'until-close'
    else {
      this.#state = 'length'
      this.#leftBytes = contentLength
    }
    this.#trailerBytes = 0
    this.#handler.onHead(head)
  }

  #data(buffer: Buffer, at: number, length: number): number {
    const end = Math.min(length, at + this.#leftBytes)
    this.#leftBytes -= end - at
    if (this.#leftBytes === 0) this.#state = this.#state === 'length' ? 'done' : 'chunk-end'
    this.#handler.onBody(buffer, at, end)
    return end
  }

  /** Reads up to the end of a line of the chunked framing, and acts on it when it is whole. */
  #line(buffer: Buffer, at: number, length: number): number {
    const feed = buffer.indexOf(LF, at)
    const end = feed < 0 || feed >= length ? length : feed + 1
    const text = this.#pending + buffer.toString('latin1', at, end)
    if (text.length > HTTP_LIMITS.chunkLineBytes) throw new HttpError('a chunk line or trailer that does not end')
    if (!text.endsWith('\n')) {
      // Told now: the line's end may never come.
      if (text.slice(0, -1).includes('\r')) throw new HttpError('a CR without LF in the chunked framing')
      this.#pending = text
      return end
    }
    if (!text.endsWith('\r\n')) throw new HttpError('a line does not end with CR LF')
    this.#pending = ''
    this.#chunkLine(text.slice(0, -2))
    return end
  }

  #chunkLine(line: string): void {
    if (this.#state === 'chunk-end') {
      if (line !== '') throw new HttpError('a chunk is longer than its size says')
      this.#state = 'chunk-size'
    } else if (this.#state === 'chunk-size') {
      // Extensions behind the size mean nothing to us; RFC 9112 lets a recipient ignore them.
      const size = CHUNK_LINE.exec(line)?.[1]
      if (size === undefined) throw new HttpError('a chunk without a proper size')
      this.#leftBytes = parseInt(size, 16)
      this.#state = this.#leftBytes === 0 ? 'trailer' : 'chunk-data'
    } else if (line === '') this.#state = 'done'
    else {
      this.#trailerBytes += line.length
      if (this.#trailerBytes > HTTP_LIMITS.trailerBytes || !TRAILER_LINE.test(line)) throw new HttpError('a trailer that is none')
    }
  }
}
