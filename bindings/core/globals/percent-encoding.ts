// Percent-encoding as URLs have it: bytes of UTF-8, and the sets of characters each part of a URL encodes.
import { TextDecoder } from './text-decoder.ts'
import { TextEncoder } from './text-encoder.ts'

// The sets of the URL standard, each with what it adds to the one before; C0 controls and all beyond U+007E are in every one.
const FRAGMENT = ' "<>`'
const QUERY = ' "#<>'
const PATH = `${QUERY}?^\`{}`
const USERINFO = `${PATH}/:;=@[\\]|`
export const SETS = { control: '', fragment: FRAGMENT, query: QUERY, specialQuery: `${QUERY}'`, path: PATH, userinfo: USERINFO } as const

const hex = (byte: number): string => `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`

/** Encodes the characters of `text` that are in `set`. What is encoded already stays as it is. */
export function percentEncode(text: string, set: string): string {
  let result = ''
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    if (point > 0x1f && point < 0x7f && !set.includes(character)) result += character
    else for (const byte of new TextEncoder().encode(character)) result += hex(byte)
  }
  return result
}

/** The text that percent-encoded UTF-8 stands for; bytes that are no UTF-8 become U+FFFD. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  const bytes = new TextEncoder().encode(text)
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at] ?? 0
    if (byte === 0x25) {
      const digits = String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0)
      if (/^[0-9a-f]{2}$/i.test(digits)) {
        byte = parseInt(digits, 16)
        at += 2
      }
    }
    bytes[length++] = byte
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, length))
}

/** Text as the URL standard takes it: a lone surrogate, which UTF-8 can't say, is U+FFFD. */
export const wellFormed = (value: unknown): string => String(value).replace(/\p{Surrogate}/gu, '\ufffd')
