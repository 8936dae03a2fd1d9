// A body in chunks that are each signed (aws-chunked), made while it is sent: the bytes themselves are not copied.
// The format is that of AWS' "Signature calculations for the Authorization header: transferring payload in multiple chunks".
import type { Content } from '../../../sdk/index.ts'
import { sha256Of } from '../../request-parts.ts'
import { EMPTY_SHA256, type ChunkSigner } from '../../signer.ts'

/** As AWS' own clients cut bodies. */
export const CHUNK_BYTES = 64 * 1024
const LINE_END = Buffer.from('\r\n', 'latin1')
/** `;chunk-signature=`, the signature, the line's end. */
const SIGNATURE_BYTES = 17 + 64 + 2

const headBytes = (size: number): number => size.toString(16).length + SIGNATURE_BYTES
const framedBytes = (size: number): number => headBytes(size) + size + LINE_END.length
const FULL_BYTES = framedBytes(CHUNK_BYTES)
const LAST_BYTES = framedBytes(0)

/** How long a body of this size is in signed chunks. */
export function chunkedLength(sizeBytes: number): number {
  const rest = sizeBytes % CHUNK_BYTES
  return Math.floor(sizeBytes / CHUNK_BYTES) * FULL_BYTES + (rest === 0 ? 0 : framedBytes(rest)) + LAST_BYTES
}

export class ChunkedContent implements Content {
  readonly sizeBytes: number
  readonly #content: Content
  readonly #signer: ChunkSigner
  /** The head of the chunk signed last, and that chunk's number. */
  #head: Buffer = LINE_END
  #number = -1

  constructor(content: Content, signer: ChunkSigner) {
    this.sizeBytes = chunkedLength(content.sizeBytes)
    this.#content = content
    this.#signer = signer
  }

  chunk(offset: number, maxLength: number): Uint8Array {
    const number = Math.min(Math.floor(offset / FULL_BYTES), Math.floor(this.#content.sizeBytes / CHUNK_BYTES))
    const size = this.#sizeOf(number)
    const within = offset - number * FULL_BYTES
    // Behind a chunk that is not full comes the last one, which is empty.
    if (within >= framedBytes(size)) return this.#framing(number + 1, 0, within - framedBytes(size), maxLength)
    return this.#framing(number, size, within, maxLength)
  }

  #framing(number: number, size: number, within: number, maxLength: number): Uint8Array {
    const lead = headBytes(size)
    if (within < lead) return this.#headOf(number).subarray(within, within + maxLength)
    const at = within - lead
    if (at < size) return this.#content.chunk(number * CHUNK_BYTES + at, Math.min(maxLength, size - at))
    return LINE_END.subarray(at - size, at - size + maxLength)
  }

  #sizeOf(number: number): number { return Math.max(0, Math.min(CHUNK_BYTES, this.#content.sizeBytes - number * CHUNK_BYTES)) }

  /** Chunks are signed in their order; going back begins anew, as when a body is sent again. */
  #headOf(number: number): Buffer {
    if (number < this.#number) {
      this.#number = -1
      this.#signer.begin()
    }
    while (this.#number < number) {
      this.#number++
      const size = this.#sizeOf(this.#number)
      const from = this.#number * CHUNK_BYTES
      const digest = size === 0 ? EMPTY_SHA256 : sha256Of(this.#content, from, from + size)
      this.#head = Buffer.from(`${size.toString(16)};chunk-signature=${this.#signer.next(digest)}\r\n`, 'latin1')
    }
    return this.#head
  }
}
