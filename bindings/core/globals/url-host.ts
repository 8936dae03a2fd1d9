// Hosts of URLs: names, IPv4 and IPv6 addresses, read and written as the WHATWG's URL standard says.
import { percentDecode, percentEncode, SETS } from './percent-encoding.ts'
import { punycode } from './punycode.ts'

/**
 * The host in the form a URL holds it; undefined when it is none. Special schemes (http and its kind) take domain names and addresses,
 * others any text. Names beyond ASCII are mapped by NFKC and lower case, a near form of UTS 46.
 */
export function parseHost(text: string, special: boolean): string | undefined {
  if (text.startsWith('[')) {
    const pieces = text.endsWith(']') ? parseIpv6(text.slice(1, -1)) : undefined
    return pieces === undefined ? undefined : `[${formatIpv6(pieces)}]`
  }
  if (!special) return /[\0 #/:<>?@[\\\]^|]/.test(text) ? undefined : percentEncode(text, SETS.control)
  const name = domainToAscii(percentDecode(text))
  if (name === undefined || name === '' || /[\p{Cc} #%/:<>?@[\\\]^|]/u.test(name)) return undefined
  return endsInNumber(name) ? parseIpv4(name) : name
}

function domainToAscii(name: string): string | undefined {
  // Soft hyphens and zero-width marks are nothing in a name; ideographic full stops are dots.
  const visible = name.replace(/[\u00ad\u200b\u2060\ufeff]/g, '')
  const mapped = visible.normalize('NFKC').toLowerCase().normalize('NFC').replace(/[\u3002\uff61]/g, '.')
  const labels = mapped.split('.').map((label) => /[^\0-\x7f]/.test(label) ? punycode(label) : label)
  if (labels.some((label) => label === 'xn--') || mapped.includes('\ufffd')) return undefined
  return labels.join('.')
}

/** True when the last label reads as a number, so that the host must be an IPv4 address. */
function endsInNumber(name: string): boolean {
  const labels = name.split('.')
  if (labels.at(-1) === '' && labels.length > 1) labels.pop()
  return /^(\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '')
}

function parseIpv4(name: string): string | undefined {
  const parts = name.split('.')
  if (parts.at(-1) === '' && parts.length > 1) parts.pop()
  const numbers = parts.map(ipv4Number)
  const last = numbers.pop()
  if (numbers.length > 3 || last === undefined || last >= 256 ** (4 - numbers.length)) return undefined
  let address = last
  for (const [index, number] of numbers.entries()) {
    if (number === undefined || number > 255) return undefined
    address += number * 256 ** (3 - index)
  }
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

/** Decimal, 0-octal or 0x-hexadecimal. */
function ipv4Number(text: string): number | undefined {
  if (/^0x[0-9a-f]*$/i.test(text)) return text.length === 2 ? 0 : parseInt(text, 16)
  if (/^0[0-7]+$/.test(text)) return parseInt(text, 8)
  return /^(0|[1-9]\d*)$/.test(text) ? Number(text) : undefined
}

function parseIpv6(text: string): number[] | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const left = ipv6Pieces(head, tail === undefined)
  const right = tail === undefined ? [] : ipv6Pieces(tail, true)
  if (left === undefined || right === undefined) return undefined
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  return [...left, ...Array<number>(missing).fill(0), ...right]
}

/** 16-bit pieces between single colons; at the end of an address the last two may be written as IPv4. */
function ipv6Pieces(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return []
  const pieces: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const ipv4 = atEnd && index === parts.length - 1 ? /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(part) : null
    if (ipv4 !== null) {
      const [a = 0, b = 0, c = 0, d = 0] = ipv4.slice(1).map((digits) => /^0\d/.test(digits) ? 256 : Number(digits))
      if (Math.max(a, b, c, d) > 255) return undefined
      pieces.push(a << 8 | b, c << 8 | d)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) pieces.push(parseInt(part, 16))
    else return undefined
  }
  return pieces
}

/** The shortest form: the first longest run of two or more zero pieces is `::`. */
function formatIpv6(pieces: readonly number[]): string {
  let start = 0
  let length = 1
  for (let from = 0; from < 8; from += 1) {
    let to = from
    while (to < 8 && pieces[to] === 0) to += 1
    if (to - from > length) [start, length] = [from, to - from]
  }
  const hex = pieces.map((piece) => piece.toString(16))
  return length < 2 ? hex.join(':') : `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}
