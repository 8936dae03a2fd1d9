// AWS Signature Version 4 for S3 requests: what does not change between two requests is worked out once.
import { hash } from 'node:crypto'
import { canonicalValue } from './canonical.ts'

/** SHA-256 of nothing: what a request without a body signs. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/** Signs a request without reading its body. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'

export interface Credentials { readonly accessKey: string; readonly secretKey: string; readonly sessionToken?: string }
/** A header to sign and send. Its name is in lower case. */
export type Header = readonly [name: string, value: string]

/** Signs a request and, one after the other, the chunks of its body. */
export const STREAMING_PAYLOAD = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'

/** Signs the chunks of one body, in their order: each signature covers the one before it. */
export interface ChunkSigner {
  /** Back to the first chunk: the body is sent again. */
  begin(): void
  /** The signature, in hex, of the next chunk; `sha256` is the hex digest of its bytes. */
  next(sha256: string): string
}

const BLOCK_BYTES = 64
const HEX_SHA256_CHARS = 64
const ALGORITHM = 'AWS4-HMAC-SHA256'

/**
 * HMAC-SHA-256 (RFC 2104) from one-shot hashes over two buffers that keep the padded key in front: half the time of a
 * `createHmac` object per message, and nothing for the garbage collector.
 */
class Hmac {
  readonly #inner: Buffer
  readonly #outer = Buffer.alloc(BLOCK_BYTES + 32)

  constructor(key: Uint8Array, messageBytes: number) {
    this.#inner = Buffer.alloc(BLOCK_BYTES + messageBytes)
    const short = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key
    for (let i = 0; i < BLOCK_BYTES; i++) {
      const byte = short[i] ?? 0
      this.#inner[i] = byte ^ 0x36
      this.#outer[i] = byte ^ 0x5c
    }
  }

  /** Puts latin-1 text into the message. */
  write(text: string, offset: number): void { this.#inner.write(text, BLOCK_BYTES + offset, 'latin1') }

  digestHex(): string {
    this.#outer.write(hash('sha256', this.#inner, 'binary'), BLOCK_BYTES, 'latin1')
    return hash('sha256', this.#outer, 'hex')
  }
}

const hmac = (key: Uint8Array, text: string): Buffer => {
  const once = new Hmac(key, Buffer.byteLength(text))
  once.write(text, 0)
  return Buffer.from(once.digestHex(), 'hex')
}

/** The key a day's requests in a region are signed with. */
export const signingKey = (secretKey: string, day: string, region: string): Buffer =>
  hmac(hmac(hmac(hmac(Buffer.from(`AWS4${secretKey}`), day), region), 's3'), 'aws4_request')

/** HMAC-SHA-256 of a text, in hex. */
export const hmacHex = (key: Uint8Array, text: string): string => hmac(key, text).toString('hex')

/** Signs for one set of credentials and one region. Not for sharing between hosts' clocks: it is told the time with each request. */
export class Signer {
  readonly #credentials: Credentials
  readonly #region: string
  #second = -1
  #date = ''
  #day = ''
  #scope = ''
  #hmac: Hmac | undefined
  #credential = ''
  #digestAt = 0
  #signed = ''
  /** For chunks of bodies; made with the first of a day. */
  #chunkHmac: { readonly day: string; readonly hmac: Hmac } | undefined

  constructor(credentials: Credentials, region: string) {
    this.#credentials = credentials
    this.#region = region
  }

  /**
   * The headers that make a request authentic, ready to be sent: `x-amz-date`, `x-amz-content-sha256`, `x-amz-security-token`
   * where there is one, and `authorization`, each ending with CR LF. `host` and `extra` are signed as well and sent by the caller.
   *
   * @param path the request target's path, encoded (encodeKey)
   * @param query in canonical form (canonicalQuery)
   * @param payloadHash hex SHA-256 of the body, or UNSIGNED_PAYLOAD
   * @param extra further headers to sign, in any order
   * @param epochMs now, in ms since the Unix epoch
   */
  sign(method: string, path: string, query: string, host: string, payloadHash: string, extra: readonly Header[], epochMs: number): string {
    const second = Math.floor(epochMs / 1000)
    if (second !== this.#second) this.#setTime(second)
    const token = this.#credentials.sessionToken
    let headers = `host:${host}\nx-amz-content-sha256:${payloadHash}\nx-amz-date:${this.#date}\n`
    let names = 'host;x-amz-content-sha256;x-amz-date'
    let sent = `x-amz-date: ${this.#date}\r\nx-amz-content-sha256: ${payloadHash}\r\n`
    if (extra.length > 0 || token !== undefined) {
      const all: Header[] = [['host', host], ['x-amz-content-sha256', payloadHash], ['x-amz-date', this.#date], ...extra]
      if (token !== undefined) {
        all.push(['x-amz-security-token', token])
        sent += `x-amz-security-token: ${token}\r\n`
      }
      all.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
      headers = all.map(([name, value]) => `${name}:${canonicalValue(value)}\n`).join('')
      names = all.map(([name]) => name).join(';')
    }
    const digest = hash('sha256', `${method}\n${path}\n${query}\n${headers}\n${names}\n${payloadHash}`, 'hex')
    this.#signed = this.#signature(digest)
    return `${sent}Authorization: ${this.#credential}${names}, Signature=${this.#signed}\r\n`
  }

  /** Signs the chunks of the request signed last. */
  chunks(): ChunkSigner {
    const seed = this.#signed
    const lead = `${ALGORITHM}-PAYLOAD\n${this.#date}\n${this.#scope}\n`
    if (this.#chunkHmac?.day !== this.#day) {
      const bytes = lead.length + 3 * HEX_SHA256_CHARS + 2
      this.#chunkHmac = { day: this.#day, hmac: new Hmac(this.#keyFor(this.#day), bytes) }
    }
    const { hmac: keyed } = this.#chunkHmac
    let previous = seed
    return {
      begin: () => { previous = seed },
      next(sha256) {
        keyed.write(`${lead}${previous}\n${EMPTY_SHA256}\n${sha256}`, 0)
        previous = keyed.digestHex()
        return previous
      },
    }
  }

  #keyFor(day: string): Buffer {
    return signingKey(this.#credentials.secretKey, day, this.#region)
  }

  #signature(digest: string): string {
    const keyed = this.#hmac
    if (keyed === undefined) throw new TypeError('the signing key is made with the first time told')
    keyed.write(digest, this.#digestAt)
    return keyed.digestHex()
  }

  #setTime(second: number): void {
    this.#second = second
    this.#date = new Date(second * 1000).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const day = this.#date.slice(0, 8)
    const head = (): string => `${ALGORITHM}\n${this.#date}\n${this.#scope}\n`
    if (day !== this.#day || this.#hmac === undefined) {
      this.#day = day
      this.#scope = `${day}/${this.#region}/s3/aws4_request`
      this.#digestAt = head().length
      this.#hmac = new Hmac(this.#keyFor(day), this.#digestAt + HEX_SHA256_CHARS)
      this.#credential = `${ALGORITHM} Credential=${this.#credentials.accessKey}/${this.#scope}, SignedHeaders=`
    }
    this.#hmac.write(head(), 0)
  }
}
