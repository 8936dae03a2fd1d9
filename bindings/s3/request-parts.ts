// What every driver checks and works out of a request before it is sent.
import { createHash } from 'node:crypto'
import { StorageError, type Content } from '../sdk/index.ts'

/** What may stand in a header's value here: visible ASCII, with blanks inside. */
const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$|^$/
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const HASH_PIECE_BYTES = 1024 ** 2

/** Throws StorageError('invalid') for a header that can't be sent as it is. */
export function checkHeader(name: string, value: string): void {
  if (!HEADER_NAME.test(name)) throw new StorageError('invalid', `${JSON.stringify(name)} can't be the name of a header`)
  if (!HEADER_VALUE.test(value)) throw new StorageError('invalid', `the value of ${name} must be visible ASCII text`)
}

/** The error of a key that can't be written in UTF-8. */
export const improperKey = (): StorageError =>
  new StorageError('invalid', 'the key is no proper Unicode text: it holds half a surrogate pair')

/** SHA-256 of a body's bytes, in hex. */
export function sha256Of(content: Content): string {
  const digest = createHash('sha256')
  for (let at = 0; at < content.sizeBytes;) {
    const chunk = content.chunk(at, HASH_PIECE_BYTES)
    digest.update(chunk)
    at += chunk.length
  }
  return digest.digest('hex')
}
