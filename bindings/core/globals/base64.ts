// atob and btoa for scripts, per the WHATWG's forgiving-base64.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const invalidCharacter = (text: string): Error =>
  Object.assign(new Error(text), { name: 'InvalidCharacterError' })

/**
 * The bytes that base64 text stands for. Spaces are skipped, padding may be left out.
 *
 * @throws Error named InvalidCharacterError when it is not base64.
 */
export function bytesFromBase64(text: string): Uint8Array {
  let digits = text.replace(/[\t\n\f\r ]+/g, '')
  if (digits.length % 4 === 0) digits = digits.replace(/={1,2}$/, '')
  if (digits.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(digits)) throw invalidCharacter('atob: the text is not base64')
  const values = new Uint8Array(128)
  for (let value = 0; value < 64; value += 1) values[ALPHABET.charCodeAt(value)] = value
  const bytes = new Uint8Array(Math.floor(digits.length * 3 / 4))
  const digit = (at: number): number => values[digits.charCodeAt(at)] ?? 0
  for (let from = 0, to = 0; to < bytes.length; from += 4) {
    // charCodeAt beyond the end is NaN, which reads as no value: the last group may be short.
    const group = digit(from) << 18 | digit(from + 1) << 12 | digit(from + 2) << 6 | digit(from + 3)
    bytes[to++] = group >> 16
    if (to < bytes.length) bytes[to++] = group >> 8
    if (to < bytes.length) bytes[to++] = group
  }
  return bytes
}

/** Base64 text -> a string with one character per byte. */
export function atob(text: unknown): string {
  const bytes = bytesFromBase64(String(text))
  const PART = 8192   // more arguments at once would overflow the sandbox's stack
  let result = ''
  for (let from = 0; from < bytes.length; from += PART) result += String.fromCharCode(...bytes.subarray(from, from + PART))
  return result
}

/**
 * A string with one character per byte -> base64 text.
 *
 * @throws Error named InvalidCharacterError when a character is above U+00FF.
 */
export function btoa(text: unknown): string {
  const bytes = String(text)
  let result = ''
  for (let from = 0; from < bytes.length; from += 3) {
    const [a, b, c] = [bytes.charCodeAt(from), bytes.charCodeAt(from + 1), bytes.charCodeAt(from + 2)]
    if (a > 255 || b > 255 || c > 255) throw invalidCharacter('btoa: a character is above U+00FF; encode the text with TextEncoder first')
    const group = a << 16 | b << 8 | c
    result += `${ALPHABET[group >> 18]}${ALPHABET[group >> 12 & 63]}`
    result += `${Number.isNaN(b) ? '=' : ALPHABET[group >> 6 & 63]}${Number.isNaN(c) ? '=' : ALPHABET[group & 63]}`
  }
  return result
}
