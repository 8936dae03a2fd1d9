// Keys as UTF-8 bytes, one char a byte: compared with `<` they are in S3's order, and ASCII keys are simply themselves.
import { isUtf8 } from 'node:buffer'

/**
 * UTF-8 bytes, each as the char of that code. JavaScript's own strings sort by UTF-16 unit, which differs from UTF-8's order for
 * what lies beyond U+FFFF; S3 lists by bytes.
 */
export type ByteString = string & { readonly encoding: 'bytes' }

const BEYOND_ASCII = /[\u0080-\uffff]/
const UNRESERVED_OR_SLASH = /^[A-Za-z0-9\-._~/]*$/
const TO_ESCAPE = /[^A-Za-z0-9\-._~/]/g
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/

/** The byte string of a text. */
export const bytesOf = (text: string): ByteString =>
  (BEYOND_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text) as ByteString

/** The text of a byte string. */
export const textOf = (bytes: ByteString): string => BEYOND_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes

/** True when the bytes are well-formed UTF-8. */
export const isWellFormed = (bytes: ByteString): boolean => !BEYOND_ASCII.test(bytes) || isUtf8(Buffer.from(bytes, 'latin1'))

/** Undoes percent-encoding; undefined when an escape is broken. `raw` is a request target as the HTTP parser gives it: one char a byte. */
export function percentDecoded(raw: string): ByteString | undefined {
  if (!raw.includes('%')) return raw as ByteString
  if (BROKEN_ESCAPE.test(raw)) return undefined
  return raw.replace(/%../g, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16))) as ByteString
}

const escapeOf = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

/** RFC 3986 percent-encoding of all but unreserved characters and the slash, as SigV4 has it for S3 paths. */
export const percentEncodedPath = (bytes: ByteString): string =>
  UNRESERVED_OR_SLASH.test(bytes) ? bytes : bytes.replace(TO_ESCAPE, escapeOf)

/** The same with the slash encoded too, as SigV4 has it for query names and values. */
export const percentEncoded = (bytes: ByteString): string => percentEncodedPath(bytes).replaceAll('/', '%2F')

/** The smallest byte string greater than everything that begins with `prefix`; undefined when there is none. */
export function successorOf(prefix: ByteString): ByteString | undefined {
  for (let end = prefix.length; end > 0; end--) {
    const last = prefix.charCodeAt(end - 1)
    if (last < 0xff) return (prefix.slice(0, end - 1) + String.fromCharCode(last + 1)) as ByteString
  }
  return undefined
}
