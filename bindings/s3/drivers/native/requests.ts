// Writes the heads of S3 requests: target, signed headers, framing; all that can be prepared once is.
import type { Clock, Content } from '../../../sdk/index.ts'
import { canonicalQuery, encodeKey } from '../../canonical.ts'
import { checkHeader, improperKey, sha256Of } from '../../request-parts.ts'
import type { PayloadSigning, S3Settings } from '../../settings.ts'
import { EMPTY_SHA256, STREAMING_PAYLOAD, Signer, UNSIGNED_PAYLOAD, type Header } from '../../signer.ts'
import { ChunkedContent, chunkedLength } from './aws-chunked.ts'

/** What a request is beside method and key. */
export interface Parts {
  /** Query parameters, in any order. */
  readonly query?: readonly (readonly [name: string, value: string])[]
  /** Headers that are signed as well; names in lower case. */
  readonly signed?: readonly Header[] | undefined
  /** Header lines that are only sent, each ending with CR LF. */
  readonly plain?: string
  readonly body?: Content | undefined
  /** True = sign the body's bytes even where the target doesn't ask for it. */
  readonly signBody?: boolean
}

const NO_HEADERS: readonly Header[] = []

/** Signs nothing: the request of nobody. */
export const NOBODY: Pick<Signer, 'sign' | 'chunks'> = {
  sign: () => '', chunks() { throw new TypeError('what nobody sends is not signed') },
}

export class RequestWriter {
  readonly #signer: Pick<Signer, 'sign' | 'chunks'>
  readonly #clock: Clock
  readonly #authority: string
  readonly #bucketPath: string
  readonly #keyPath: string
  readonly #signing: PayloadSigning
  /** A header line of its own, or nothing. */
  readonly #connection: string

  /** `signer`: default: one with the settings' keys. */
  constructor(settings: S3Settings, clock: Clock, signer?: Pick<Signer, 'sign' | 'chunks'>) {
    const { endpoint, bucket, accessKey, secretKey, sessionToken, region } = settings
    const nobody = settings.anonymous ? NOBODY : undefined
    this.#signer = signer ?? nobody ?? new Signer({ accessKey, secretKey, ...(sessionToken === undefined ? {} : { sessionToken }) }, region)
    this.#clock = clock
    const virtual = settings.addressing === 'virtual'
    this.#authority = virtual ? `${bucket}.${endpoint.authority}` : endpoint.authority
    this.#bucketPath = virtual ? '/' : `/${encodeKey(bucket)}`
    this.#keyPath = virtual ? '/' : `${this.#bucketPath}/`
    this.#signing = settings.payloadSigning
    this.#connection = settings.keepConnections ? '' : 'Connection: close\r\n'
  }

  /**
   * The head of a request for an object (`key`) or the bucket (undefined), signed for now.
   * Throws StorageError('invalid') for a key or header that can't be sent.
   */
  head(method: string, key: string | undefined, parts: Parts = {}): string {
    const path = key === undefined ? this.#bucketPath : this.#keyPath + encoded(key)
    const query = parts.query === undefined ? '' : canonicalQuery(parts.query)
    const streamed = this.#streams(parts)
    const signed = streamed ? chunkedHeaders(parts) : parts.signed ?? NO_HEADERS
    for (const [name, value] of signed) checkHeader(name, value)
    const { body } = parts
    const hash = body === undefined || body.sizeBytes === 0 ? EMPTY_SHA256
      : streamed ? STREAMING_PAYLOAD : this.#signing === 'sha256' || parts.signBody === true ? sha256Of(body) : UNSIGNED_PAYLOAD
    const auth = this.#signer.sign(method, path, query, this.#authority, hash, signed, this.#clock.epochMs())
    const target = query === '' ? path : `${path}?${query}`
    const extra = signed.length === 0 ? '' : signed.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    // A PUT or POST says how long its body is also when there is none.
    const framing = body === undefined ? '' : `Content-Length: ${streamed ? chunkedLength(body.sizeBytes) : body.sizeBytes}\r\n`
    const first = `${method} ${target} HTTP/1.1\r\nHost: ${this.#authority}\r\nUser-Agent: chopsticks\r\n${this.#connection}`
    return `${first}${auth}${extra}${parts.plain ?? ''}${framing}\r\n`
  }

  /** What is sent behind the head that was written last, for the same parts: their body, or its signed chunks. */
  body(parts: Parts): Content | undefined {
    return parts.body !== undefined && this.#streams(parts) ? new ChunkedContent(parts.body, this.#signer.chunks()) : parts.body
  }

  #streams({ body, signBody }: Parts): boolean {
    return this.#signing === 'streaming' && body !== undefined && body.sizeBytes > 0 && signBody !== true
  }
}

/** The headers of a body in signed chunks. Its own encoding stands behind that of the chunks. */
function chunkedHeaders({ signed = NO_HEADERS, body }: Parts): readonly Header[] {
  const own = signed.find(([name]) => name === 'content-encoding')?.[1]
  return [
    ...signed.filter(([name]) => name !== 'content-encoding'),
    ['content-encoding', own === undefined || own === '' ? 'aws-chunked' : `aws-chunked,${own}`],
    ['x-amz-decoded-content-length', String(body?.sizeBytes ?? 0)],
  ]
}

function encoded(key: string): string {
  try {
    return encodeKey(key)
  } catch (error) {
    if (error instanceof URIError) throw improperKey()
    throw error
  }
}
