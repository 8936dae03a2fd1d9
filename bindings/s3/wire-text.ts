// What a request and its answer look like to whoever debugs them: how it was signed, what was sent, nothing secret.
import { hash } from 'node:crypto'
import { canonicalValue } from './canonical.ts'

/** The head of a request, taken apart. */
interface RequestHead {
  readonly method: string
  readonly path: string
  readonly query: string
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>
}

const HIDDEN = '***'
/** A text of a body is shown up to this, other bytes up to the smaller bound: a line of hex says little of much. */
export const BODY_SHOWN_BYTES = { text: 4096, hex: 512 } as const
const HEX_ROW_BYTES = 16

function readHead(head: string): RequestHead {
  const [first = '', ...lines] = head.split('\r\n')
  const [method = '', target = ''] = first.split(' ')
  const mark = target.indexOf('?')
  const headers = new Map(lines.filter((line) => line.includes(':')).map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  }))
  return { method, path: mark < 0 ? target : target.slice(0, mark), query: mark < 0 ? '' : target.slice(mark + 1), headers }
}

/** What the signature of a request was made over. */
export interface SignedTexts { readonly canonicalRequest: string; readonly stringToSign: string }

/**
 * The canonical request and the string to sign of AWS Signature Version 4, worked out from what is sent, as the store does; so
 * they can be held against what the store says it signed. Undefined for a request that is not signed in its headers.
 */
export function signedTexts(head: string): SignedTexts | undefined {
  const { method, path, query, headers } = readHead(head)
  const claim = /^AWS4-HMAC-SHA256 Credential=[^/]*\/([^,]+),\s*SignedHeaders=([^,]+),/.exec(headers.get('authorization') ?? '')
  const [, scope, names] = claim ?? []
  if (scope === undefined || names === undefined) return undefined
  const parameters = sortedQuery(query)
  const lines = names.split(';').map((name) => `${name}:${canonicalValue(headers.get(name) ?? '')}\n`).join('')
  const canonicalRequest = `${method}\n${path}\n${parameters}\n${lines}\n${names}\n${headers.get('x-amz-content-sha256') ?? ''}`
  const digest = hash('sha256', Buffer.from(canonicalRequest, 'latin1'), 'hex')
  return { canonicalRequest, stringToSign: `AWS4-HMAC-SHA256\n${headers.get('x-amz-date') ?? ''}\n${scope}\n${digest}` }
}

/** A query as it is signed: by name, then by value, `=` after names without one. */
function sortedQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair): readonly [string, string] => {
    const at = pair.indexOf('=')
    return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
  })
  pairs.sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0)
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

const SECRET_HEADER = /^x-amz-security-token$|^x-amz-(?:copy-source-)?server-side-encryption-customer-key(?:-md5)?$/
const SECRET_PARAMETERS = /[?&]X-Amz-(?:Signature|Security-Token)=([^& ]+)/gi

/**
 * Takes what is secret about a request out of any text about it, the store's answer included: signature, session token, the keys
 * of encrypted objects. They are known by their values, as stores repeat them in error documents.
 */
export function hiding(head: string): (text: string) => string {
  const { headers } = readHead(head)
  const values = [...headers].flatMap(([name, value]) => SECRET_HEADER.test(name) ? [value] : [])
  const signature = /Signature=([0-9a-f]+)/.exec(headers.get('authorization') ?? '')?.[1]
  if (signature !== undefined) values.push(signature)
  for (const [, value = ''] of head.matchAll(SECRET_PARAMETERS)) values.push(value, decoded(value))
  const longestFirst = [...new Set(values.filter((value) => value !== ''))].sort((a, b) => b.length - a.length)
  return (text) => longestFirst.reduce((clean, value) => clean.replaceAll(value, HIDDEN), text)
}

const decoded = (text: string): string => {
  try { return decodeURIComponent(text) } catch { return text }
}

/** Bytes as text where they are text, else as hex beside what of them can be printed. `total` is how many the body has. */
export function bodyLines(bytes: Uint8Array, total: number): readonly string[] {
  const text = textOf(bytes.subarray(0, BODY_SHOWN_BYTES.text), total > BODY_SHOWN_BYTES.text)
  const shown = Math.min(bytes.length, text === undefined ? BODY_SHOWN_BYTES.hex : BODY_SHOWN_BYTES.text)
  const head = shown < total ? `body of ${total} bytes, the first ${shown}:` : `body of ${total} bytes:`
  return [head, ...text === undefined ? hexLines(bytes.subarray(0, shown)) : text.split(/\r?\n/)]
}

/** Undefined when the bytes are no printable UTF-8 in lines; a character that is cut off at the end does not count. */
function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
    return /[^\P{Cc}\t\r\n]|\r(?!\n)/u.test(text) ? undefined : text
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function hexLines(bytes: Uint8Array): readonly string[] {
  const rows: string[] = []
  for (let at = 0; at < bytes.length; at += HEX_ROW_BYTES) {
    const row = [...bytes.subarray(at, at + HEX_ROW_BYTES)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const ascii = row.map((byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.').join('')
    rows.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(HEX_ROW_BYTES * 3 - 1)}  ${ascii}`)
  }
  return rows
}
