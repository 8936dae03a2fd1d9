// How S3 wants names written before they are signed and sent: one percent-encoding, nothing normalised.

const PLAIN_KEY = /^[A-Za-z0-9\-._~/]*$/
const PLAIN_VALUE = /^[A-Za-z0-9\-._~]*$/
const hex = (byte: number): string => `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
/** `encodeURIComponent` leaves these five as they are; RFC 3986 counts them among the reserved ones, and so does SigV4. */
const LEFT_BY_PLATFORM = /[!'()*]/g

/** Percent-encodes everything but the unreserved set of RFC 3986. Throws URIError for a lone surrogate. */
export const encodeValue = (text: string): string =>
  PLAIN_VALUE.test(text) ? text : encodeURIComponent(text).replace(LEFT_BY_PLATFORM, (char) => hex(char.charCodeAt(0)))

/**
 * A key as the path says it: encoded once, slashes kept, and neither `//` nor `.` nor `..` taken for more than characters
 * (for S3 they are). Throws URIError for a lone surrogate.
 */
export const encodeKey = (key: string): string => PLAIN_KEY.test(key) ? key : encodeValue(key).replaceAll('%2F', '/')

/** A query in canonical form: encoded, sorted by the encoded name (then value), with `=` after names without a value. */
export const canonicalQuery = (parameters: Iterable<readonly [name: string, value: string]>): string =>
  [...parameters]
    .map(([name, value]) => [encodeValue(name), encodeValue(value)] as const)
    .sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')

/** A header's value as it is signed: trimmed, runs of blanks made one. */
export const canonicalValue = (value: string): string => value.trim().replace(/[ \t]+/g, ' ')
