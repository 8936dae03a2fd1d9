// Decodes aws-chunked bodies: chunks with or without signatures, and trailing headers.
import type { ChunkSignatures } from '../auth/chunk-signatures.ts'
import { EMPTY_SHA256 } from '../auth/chunk-signatures.ts'
import { CryptoDigest } from '../../checksum/digest.ts'
import { S3Error } from '../errors.ts'

const LINE_MAX_BYTES = 1024
const TRAILERS_MAX = 16
const LF = 0x0a
const CHUNK_HEAD = /^([0-9A-Fa-f]{1,10})(?:;(.*))?$/
const SIGNATURE = /^chunk-signature=([0-9a-f]{64})$/
const TRAILER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):\s*(.*?)\s*$/
const TRAILER_SIGNATURE = 'x-amz-trailer-signature'

/** What the next byte belongs to: a chunk's head, its data, the line end after it, the lines after the last chunk, or nothing. */
type Place = 'head' | 'data' | 'gap' | 'trailer' | 'end'

const broken = (what: string): S3Error => new S3Error('InvalidRequest', `The aws-chunked body is broken: ${what}.`)

/** Takes the body as it arrives and hands its payload on, without copying. Chunk signatures are checked as each chunk ends. */
export class AwsChunkedDecoder {
  readonly #signatures: ChunkSignatures | undefined
  readonly #withTrailer: boolean
  readonly #onPayload: (bytes: Buffer) => void
  readonly #trailers = new Map<string, string>()
  #signedTrailers = ''
  #trailerSigned = false
  #place: Place = 'head'
  #line = ''
  #leftBytes = 0
  #signature = ''
  #digest: CryptoDigest | undefined

  constructor(signatures: ChunkSignatures | undefined, withTrailer: boolean, onPayload: (bytes: Buffer) => void) {
    this.#signatures = signatures
    this.#withTrailer = withTrailer
    this.#onPayload = onPayload
  }

  /** @throws S3Error InvalidRequest, SignatureDoesNotMatch; whatever `onPayload` throws. */
  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#place === 'end') throw broken('there are bytes after its end')
      at = this.#place === 'data' ? this.#takeData(bytes, at) : this.#takeLine(bytes, at)
    }
  }

  /** The trailing headers, names in lower case. @throws S3Error IncompleteBody when the body is not over. */
  end(): ReadonlyMap<string, string> {
    if (this.#place !== 'end') throw new S3Error('IncompleteBody', 'The aws-chunked body ended before its last chunk and line end.')
    return this.#trailers
  }

  #takeData(bytes: Buffer, at: number): number {
    const end = Math.min(at + this.#leftBytes, bytes.length)
    const piece = at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end)
    this.#leftBytes -= piece.length
    this.#digest?.update(piece)
    this.#onPayload(piece)
    if (this.#leftBytes === 0) {
      if (this.#digest !== undefined) this.#signatures?.checkChunk(this.#digest.digest().toString('hex'), this.#signature)
      this.#place = 'gap'
    }
    return end
  }

  #takeLine(bytes: Buffer, at: number): number {
    const lf = bytes.indexOf(LF, at)
    const end = lf < 0 ? bytes.length : lf
    if (this.#line.length + end - at > LINE_MAX_BYTES) throw broken(`a line is longer than ${LINE_MAX_BYTES} bytes`)
    this.#line += bytes.toString('latin1', at, end)
    if (lf < 0) return end
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
    this.#line = ''
    this.#onLine(line)
    return lf + 1
  }

  #onLine(line: string): void {
    switch (this.#place) {
      case 'head': this.#onHead(line); break
      case 'gap':
        if (line !== '') throw broken('a chunk is longer than its head says')
        this.#place = 'head'
        break
      case 'trailer': this.#onTrailer(line); break
      case 'data': case 'end': break
      default: this.#place satisfies never
    }
  }

  #onHead(line: string): void {
    const [, hex, extension] = CHUNK_HEAD.exec(line) ?? []
    if (hex === undefined) throw broken('a chunk does not begin with its size in hex')
    this.#leftBytes = Number.parseInt(hex, 16)
    if (this.#signatures !== undefined) {
      const signature = SIGNATURE.exec(extension ?? '')?.[1]
      if (signature === undefined) throw broken('a chunk has no chunk-signature')
      this.#signature = signature
      this.#digest = new CryptoDigest('sha256')
    }
    if (this.#leftBytes > 0) { this.#place = 'data'; return }
    this.#signatures?.checkChunk(EMPTY_SHA256, this.#signature)
    this.#place = 'trailer'
  }

  #onTrailer(line: string): void {
    // A signed trailer is over only after its signature: some writers put an empty line between the headers and it.
    const awaitsSignature = this.#withTrailer && this.#signatures !== undefined && !this.#trailerSigned
    if (line === '') {
      if (!awaitsSignature) this.#place = 'end'
      else if (this.#trailers.size === 0) throw broken('its trailer has no x-amz-trailer-signature')
      return
    }
    const [, name, value] = TRAILER.exec(line) ?? []
    if (name === undefined || value === undefined || !this.#withTrailer) throw broken('what follows its last chunk is no trailing header')
    if (this.#trailers.size >= TRAILERS_MAX) throw broken(`it has more than ${TRAILERS_MAX} trailing headers`)
    const lowerName = name.toLowerCase()
    if (lowerName === TRAILER_SIGNATURE) {
      this.#signatures?.checkTrailer(this.#signedTrailers, value)
      this.#trailerSigned = true
      return
    }
    if (this.#trailerSigned) throw broken('a trailing header follows the signature')
    this.#signedTrailers += `${lowerName}:${value}\n`
    this.#trailers.set(lowerName, value)
  }
}
