// Holds the body of a get against the checksum its answer carries, whichever of S3's that is.
import { createHash } from 'node:crypto'
import type { JsonObject } from '../../sdk/index.ts'
import { CHECKSUMS, CHECKSUM_BYTES, checksumDigest, type ChecksumName, type Digest } from './digest.ts'

/** One checksum of an answer, and what it is of the bytes that came. */
interface Difference { readonly name: ChecksumName; readonly said: string; readonly found: string }

/** A digest of bytes that are overwritten once they were taken. */
const streamDigest = (name: ChecksumName): Digest => {
  if (name !== 'SHA1' && name !== 'SHA256') return checksumDigest(name)
  const digest = createHash(name.toLowerCase())
  return { update: (bytes) => { digest.update(bytes) }, digest: () => digest.digest() }
}

export class ReceivedChecksum {
  #name: ChecksumName | undefined
  #said = ''
  #digest: Digest | undefined

  /**
   * Takes what the answer's head says, in the API's names, before the body comes. A checksum of a part's checksums (type COMPOSITE,
   * `…-3`) says nothing of bytes, nor does one of the whole object of a part of it.
   */
  readonly begin = (fields: JsonObject): void => {
    this.#name = undefined
    this.#digest = undefined
    if (fields['ContentRange'] !== undefined || fields['ChecksumType'] === 'COMPOSITE') return
    for (const name of CHECKSUMS) {
      const said = fields[`Checksum${name}`]
      if (typeof said !== 'string' || said.includes('-') || Buffer.from(said, 'base64').length !== CHECKSUM_BYTES[name]) continue
      this.#name = name
      this.#said = said
      this.#digest = streamDigest(name)
      return
    }
  }

  readonly sink = (chunk: Uint8Array): void => { this.#digest?.update(chunk) }

  /** True when the answer carried a checksum of its body. */
  get judged(): boolean { return this.#name !== undefined }

  /** Undefined where the bytes fit, or nothing was said of them. Called once, at the end. */
  finish(): Difference | undefined {
    if (this.#name === undefined || this.#digest === undefined) return undefined
    const found = this.#digest.digest().toString('base64')
    return found === this.#said ? undefined : { name: this.#name, said: this.#said, found }
  }
}
