// The chain of signatures over the chunks of an aws-chunked body, and over its trailer.
import { createHmac, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { S3Error } from '../errors.ts'

/** SHA-256 of no bytes, in hex. */
export const EMPTY_SHA256 = hash('sha256', '')

/** Each signature covers the one before it, the first the request's own ("seed"): chunks can be neither changed nor reordered. */
export class ChunkSignatures {
  readonly #key: KeyObject
  readonly #timestamp: string
  readonly #scope: string
  #previous: string

  constructor(key: KeyObject, timestamp: string, scope: string, seed: string) {
    this.#key = key
    this.#timestamp = timestamp
    this.#scope = scope
    this.#previous = seed
  }

  /** @throws S3Error SignatureDoesNotMatch. `sha256` is the hex digest of the chunk's data. */
  checkChunk(sha256: string, signature: string): void {
    this.#check('AWS4-HMAC-SHA256-PAYLOAD', `${EMPTY_SHA256}\n${sha256}`, signature)
  }

  /** `lines` are the trailing headers as `name:value\n`, without the signature's own. @throws S3Error SignatureDoesNotMatch. */
  checkTrailer(lines: string, signature: string): void {
    this.#check('AWS4-HMAC-SHA256-TRAILER', hash('sha256', Buffer.from(lines, 'latin1')), signature)
  }

  #check(algorithm: string, digests: string, signature: string): void {
    const toSign = `${algorithm}\n${this.#timestamp}\n${this.#scope}\n${this.#previous}\n${digests}`
    const wanted = createHmac('sha256', this.#key).update(toSign).digest('hex')
    if (signature !== wanted) {
      throw new S3Error('SignatureDoesNotMatch', 'The signature of a chunk or trailer of the body is not the one the endpoint computes.',
        { StringToSign: toSign, SignatureProvided: signature })
    }
    this.#previous = wanted
  }
}
