// Operations of the S3 API as requests of the native driver: what the tables say of each, written and read.
import { hash } from 'node:crypto'
import { bytesContent, type Call, type Clock, type Content, type JsonObject } from '../../../sdk/index.ts'
import {
  ANSWER_HEADERS, HEADER_OF, QUERY_OF, apiOf, type ApiDriver, type ApiFacts, type ApiRequest, type Params,
} from '../../operations/api.ts'
import { checksumDigest, type ChecksumName } from '../../checksum/digest.ts'
import { readDocument, writeDocument } from '../../operations/document.ts'
import { textIn } from '../../operations/reply.ts'
import type { S3Settings } from '../../settings.ts'
import type { Header } from '../../signer.ts'
import type { Answer, ExchangeRequest } from './exchange.ts'
import { headerOf, headersWith } from './headers.ts'
import { presignedHead } from './presigned.ts'
import { NOBODY, RequestWriter, type Parts } from './requests.ts'

export interface ApiRequestsOptions {
  readonly settings: S3Settings
  readonly clock: Clock
  /** Bodies from this size on are announced first. */
  readonly expectContinueBytes: number
  /** Sends, and throws what is no success. */
  send(request: ExchangeRequest, call: Call): Promise<Answer>
  /** Reads the document of a success; throws StorageError where it is none. */
  read<T>(what: string, answer: Answer, read: (text: string) => T): T
}

const PIECE_BYTES = 1024 ** 2
/** The checksum of a body, as S3 writes it. */
function checksumText(name: ChecksumName, content: Content): string {
  const digest = checksumDigest(name)
  for (let at = 0; at < content.sizeBytes;) {
    const chunk = content.chunk(at, Math.min(PIECE_BYTES, content.sizeBytes - at))
    digest.update(chunk)
    at += chunk.length
  }
  return digest.digest().toString('base64')
}

const NO_BODY = bytesContent(new Uint8Array(0))

/** For messages: the operation and what it is about. */
const whatOf = ({ api, key, bucket }: ApiRequest, settings: S3Settings): string => `${api} ${key ?? bucket ?? settings.bucket}`

/** Dates in headers that HTTP writes in its own way. */
const HTTP_DATES: ReadonlySet<string> = new Set(['IfModifiedSince', 'IfUnmodifiedSince'])

function headersOf(params: Params): Header[] {
  const headers: Header[] = []
  for (const [member, value] of Object.entries(params)) {
    if (typeof value === 'object') {
      for (const [name, text] of Object.entries(value)) headers.push([`x-amz-meta-${name}`, text])
      continue
    }
    const header = HEADER_OF[member]
    if (header !== undefined) headers.push([header, HTTP_DATES.has(member) ? new Date(String(value)).toUTCString() : String(value)])
    else if (QUERY_OF[member] === undefined) throw new TypeError(`${member} is in no table of the S3 API`)
  }
  return headers
}

function queryOf(api: ApiRequest['api'], params: Params): [string, string][] {
  const { query } = apiOf(api)
  const pairs: [string, string][] = query === undefined ? [] : [[query, '']]
  for (const [member, value] of Object.entries(params)) {
    const name = QUERY_OF[member]
    if (name !== undefined && typeof value !== 'object') pairs.push([name, String(value)])
  }
  return pairs
}

/** The document a request sends, as bytes; undefined for one that sends none. */
function documentOf({ api, document }: ApiRequest): Buffer | undefined {
  const { sends } = apiOf(api)
  if (document === undefined || sends === undefined || sends === 'content') return undefined
  if (typeof document === 'string') return Buffer.from(document)
  if (sends.element === undefined) throw new TypeError(`${api} sends a text`)
  return Buffer.from(writeDocument(sends.element, document))
}

export class ApiRequests implements ApiDriver {
  readonly #o: ApiRequestsOptions
  /** By bucket. */
  readonly #writers = new Map<string, RequestWriter>()

  constructor(options: ApiRequestsOptions) { this.#o = options }

  async perform(request: ApiRequest, call: Call): Promise<ApiFacts> {
    const { api, content, sink, onFields } = request
    const { method, answers } = apiOf(api)
    const what = whatOf(request, this.#o.settings)
    const answer = await this.#o.send({
      what, ...this.#written(request), sink, collect: answers !== undefined, bodyless: method === 'HEAD',
      ...(onFields === undefined ? {} : { onHead: (head) => { onFields(headFields(head.text)) } }),
    }, call)
    const { head: { status, etag, requestId, contentLength, text }, bodyBytes, wireIn, wireOut, reconnects } = answer
    const fields = { ...headFields(text), ...this.#document(what, request, answer) }
    return {
      status, bytes: content?.sizeBytes ?? (api === 'GetObject' ? bodyBytes : 0), requestId,
      etag: etag ?? (textIn(fields, 'ETag') || undefined),
      wireIn, wireOut, reconnects, contentLength, fields, metadata: headersWith(text, 'x-amz-meta-'),
    }
  }

  #written(request: ApiRequest): Pick<ExchangeRequest, 'head' | 'body' | 'expectContinue'> {
    const { api, key, content, checksum, params = {} } = request
    const { method, on } = apiOf(api)
    const document = documentOf(request)
    const signed = headersOf(params)
    if (checksum !== undefined && content !== undefined) {
      signed.push([`x-amz-checksum-${checksum.toLowerCase()}`, checksumText(checksum, content)])
    }
    if (document !== undefined) {
      signed.push(['content-md5', hash('md5', document, 'base64')])
      if (typeof request.document === 'object') signed.push(['content-type', 'application/xml'])
    }
    const body: Content | undefined = content ?? (document === undefined ? method === 'PUT' || method === 'POST' ? NO_BODY : undefined
      : bytesContent(document))
    const expectContinue = content !== undefined && content.sizeBytes > 0 && content.sizeBytes >= this.#o.expectContinueBytes
    const parts: Parts = {
      query: queryOf(api, params), signed, body, signBody: document !== undefined,
      ...(expectContinue ? { plain: 'Expect: 100-continue\r\n' } : {}),
    }
    const bucket = on === 'service' ? '' : request.bucket ?? this.#o.settings.bucket
    const { signature } = request
    if (typeof signature === 'object') {
      const { settings, clock } = this.#o
      const head = presignedHead({ ...settings, bucket }, clock.epochMs(), method, key, parts, signature.presignedSeconds)
      return { head, body, expectContinue }
    }
    const writer = this.#writerFor(bucket, signature === 'anonymous')
    const head = writer.head(method, key, parts)
    return { head, body: writer.body(parts), expectContinue }
  }

  #writerFor(bucket: string, anonymous: boolean): RequestWriter {
    const name = anonymous ? `${bucket} unsigned` : bucket
    let writer = this.#writers.get(name)
    if (writer === undefined) {
      const { settings, clock } = this.#o
      // The service itself has no host of its own.
      const own: S3Settings = bucket === '' ? { ...settings, bucket, addressing: 'path' } : { ...settings, bucket }
      writer = anonymous ? new RequestWriter({ ...own, payloadSigning: 'unsigned' }, clock, NOBODY) : new RequestWriter(own, clock)
      this.#writers.set(name, writer)
    }
    return writer
  }

  #document(what: string, { api }: ApiRequest, answer: Answer): JsonObject {
    const { answers } = apiOf(api)
    if (answers === undefined) return {}
    if (answers === 'text') return { Text: answer.text }
    return this.#o.read(what, answer, (text) => readDocument(text, answers.element))
  }
}

function headFields(head: string): JsonObject {
  const fields: Record<string, string> = {}
  for (const [member, name] of Object.entries(ANSWER_HEADERS)) {
    const value = headerOf(head, name)
    if (value !== undefined) fields[member] = value
  }
  return fields
}
