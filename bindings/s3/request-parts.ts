// What every driver checks and works out of a request before it is sent.
import { createHash, hash } from 'node:crypto'
import { StorageError, type Content } from '../sdk/index.ts'

/** What may stand in a header's value here: visible ASCII, with blanks inside. */
const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$|^$/
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const HASH_PIECE_BYTES = 1024 ** 2
const NOTHING = new Uint8Array(0)
const SMALL_BYTES = 16 * 1024
const small = Buffer.allocUnsafeSlow(SMALL_BYTES)

/** Throws StorageError('invalid') for a header that can't be sent as it is. */
export function checkHeader(name: string, value: string): void {
  if (!HEADER_NAME.test(name)) throw new StorageError('invalid', `${JSON.stringify(name)} can't be the name of a header`)
  if (!HEADER_VALUE.test(value)) throw new StorageError('invalid', `the value of ${name} must be visible ASCII text`)
}

/** The error of a key that can't be written in UTF-8. */
export const improperKey = (): StorageError =>
  new StorageError('invalid', 'the key is no proper Unicode text: it holds half a surrogate pair')

/** SHA-256 of a body's bytes, or of those between two offsets, in hex. */
export function sha256Of(content: Content, from = 0, to = content.sizeBytes): string {
  // What is in one piece needs no hash object.
  const first = from < to ? content.chunk(from, to - from) : NOTHING
  if (first.length === to - from) return hash('sha256', first, 'hex')
  // A copy costs small ones less than a hash object does.
  if (to - from <= SMALL_BYTES) {
    for (let at = from; at < to;) {
      const chunk = content.chunk(at, to - at)
      small.set(chunk, at - from)
      at += chunk.length
    }
    return hash('sha256', small.subarray(0, to - from), 'hex')
  }
  const digest = createHash('sha256')
  for (let at = from; at < to;) {
    const chunk = content.chunk(at, Math.min(HASH_PIECE_BYTES, to - at))
    digest.update(chunk)
    at += chunk.length
  }
  return digest.digest('hex')
}
