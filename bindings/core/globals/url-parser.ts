// Reading and writing URLs as the WHATWG's URL standard says; Windows drive letters in file: URLs are left out.
import { percentEncode, SETS } from './percent-encoding.ts'
import { parseHost } from './url-host.ts'

export interface UrlRecord {
  scheme: string
  username: string
  password: string
  /** null: it has none (`mailto:`), which differs from an empty one (`file:///`). */
  host: string | null
  /** '' when it is the scheme's default. */
  port: string
  /** Segments, or the text of an opaque path. */
  path: readonly string[] | string
  query: string | null
  fragment: string | null
}

/** Special schemes with their default ports. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http': '80', 'https': '443', 'ws': '80', 'wss': '443', 'ftp': '21', 'file': '' }
export const isSpecial = (scheme: string): boolean => Object.hasOwn(DEFAULT_PORTS, scheme)

/** Reads a URL; undefined when it is none. */
export function parseUrl(input: string, base: UrlRecord | undefined): UrlRecord | undefined {
  const text = trimmed(input)
  const [beforeHash, fragment] = cut(text, '#')
  const [front, query] = cut(beforeHash, '?')
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(front)
  const known = scheme?.[1]?.toLowerCase()
  const record = known === undefined
    ? base && relative(front, query, fragment, base)
    : absolute(known, front.slice(known.length + 1), query, base)
  if (record === undefined) return undefined
  if (query !== null) record.query = encodeQuery(query, record.scheme)
  record.fragment = fragment === null ? null : percentEncode(fragment, SETS.fragment)
  return record
}

export const encodeQuery = (query: string, scheme: string): string =>
  percentEncode(query, isSpecial(scheme) ? SETS.specialQuery : SETS.query)

/** Control characters and spaces around a URL are left out, line ends and tabs anywhere. */
const trimmed = (input: string): string => {
  const outer = (character: string | undefined): boolean => character !== undefined && character <= ' '
  let start = 0
  let end = input.length
  while (start < end && outer(input[start])) start += 1
  while (end > start && outer(input[end - 1])) end -= 1
  return input.slice(start, end).replace(/[\t\n\r]/g, '')
}

function cut(text: string, at: string): [before: string, after: string | null] {
  const index = text.indexOf(at)
  return index < 0 ? [text, null] : [text.slice(0, index), text.slice(index + 1)]
}

function absolute(scheme: string, rest: string, query: string | null, base: UrlRecord | undefined): UrlRecord | undefined {
  const record: UrlRecord = { scheme, username: '', password: '', host: null, port: '', path: [], query: null, fragment: null }
  if (!isSpecial(scheme)) {
    if (rest.startsWith('//')) return authority(record, rest.slice(2))
    record.path = rest.startsWith('/') ? segments([], rest, scheme) : percentEncode(rest, SETS.control)
    return record
  }
  if (base?.scheme === scheme && typeof base.path !== 'string' && !/^[/\\]{2}/.test(rest)) return relative(rest, query, null, base)
  if (scheme !== 'file') return authority(record, rest.replace(/^[/\\]+/, ''))
  if (/^[/\\]{2}/.test(rest)) return authority(record, rest.slice(2))
  record.host = ''
  record.path = segments([], rest, scheme)
  return record
}

function relative(rest: string, query: string | null, fragment: string | null, base: UrlRecord): UrlRecord | undefined {
  if (typeof base.path === 'string') return rest === '' && query === null && fragment !== null ? { ...base } : undefined
  const special = isSpecial(base.scheme)
  const slashes = (special ? /^[/\\]*/ : /^\/*/).exec(rest)?.[0].length ?? 0
  if (slashes >= 2) {
    const bare: UrlRecord = { ...base, username: '', password: '', host: null, port: '', path: [], query: null, fragment: null }
    return authority(bare, rest.slice(special && base.scheme !== 'file' ? slashes : 2))
  }
  const record: UrlRecord = { ...base, query: null, fragment: null }
  if (slashes === 1) record.path = segments([], rest, base.scheme)
  else if (rest !== '') record.path = segments(base.path.slice(0, -1), rest, base.scheme)
  else if (query === null) record.query = base.query
  return record
}

function authority(record: UrlRecord, text: string): UrlRecord | undefined {
  const length = text.search(isSpecial(record.scheme) ? /[/\\]/ : /\//)
  const front = length < 0 ? text : text.slice(0, length)
  const path = length < 0 ? '' : text.slice(length)
  const at = front.lastIndexOf('@')
  if (at >= 0) {
    if (record.scheme === 'file' || at === front.length - 1) return undefined
    const [username, password] = cut(front.slice(0, at), ':')
    record.username = percentEncode(username, SETS.userinfo)
    record.password = percentEncode(password ?? '', SETS.userinfo)
  }
  if (!setHost(record, front.slice(at + 1))) return undefined
  if (record.host === '' && at >= 0) return undefined
  record.path = path === '' && !isSpecial(record.scheme) ? [] : segments([], path, record.scheme)
  return record
}

/** Sets host and port from `host[:port]`; false, with nothing changed, when they can't be. */
export function setHost(record: UrlRecord, text: string): boolean {
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [undefined, ':']
  const special = isSpecial(record.scheme)
  if (name === '' && (port !== undefined || (special && record.scheme !== 'file'))) return false
  const host = name === '' ? '' : parseHost(name, special)
  const kept = port === undefined || port === '' ? '' : normalPort(port, record.scheme)
  if (host === undefined || kept === undefined || (record.scheme === 'file' && port !== undefined)) return false
  record.host = record.scheme === 'file' && host === 'localhost' ? '' : host
  record.port = kept
  return true
}

/** Digits without leading zeros, '' for the scheme's default port; undefined when it is no port. */
export function normalPort(text: string, scheme: string): string | undefined {
  if (!/^\d+$/.test(text) || Number(text) > 65_535) return undefined
  const port = String(Number(text))
  return port === DEFAULT_PORTS[scheme] ? '' : port
}

/** Adds the segments of `text` to `start`: `.` and `..` are resolved, whichever way they are written. */
export function segments(start: readonly string[], text: string, scheme: string): string[] {
  const path = [...start]
  const parts = text.replace(isSpecial(scheme) ? /^[/\\]/ : /^\//, '').split(isSpecial(scheme) ? /[/\\]/ : '/')
  for (const [index, part] of parts.entries()) {
    const dots = part.replace(/%2e/gi, '.')
    const last = index === parts.length - 1
    if (dots === '..') path.pop()
    if (dots !== '.' && dots !== '..') path.push(percentEncode(part, SETS.path))
    else if (last) path.push('')
  }
  return path
}

export function pathText(record: UrlRecord): string {
  return typeof record.path === 'string' ? record.path : record.path.map((segment) => `/${segment}`).join('')
}

export const hostText = ({ host, port }: UrlRecord): string => `${host ?? ''}${port === '' ? '' : `:${port}`}`

export function formatUrl(record: UrlRecord): string {
  const { scheme, username, password, host, path, query, fragment } = record
  const user = username === '' && password === '' ? '' : `${username}${password === '' ? '' : `:${password}`}@`
  // Without the dot a path that begins with an empty segment would read as a host.
  const front = host !== null ? `//${user}${hostText(record)}` : Array.isArray(path) && path.length > 1 && path[0] === '' ? '/.' : ''
  return `${scheme}:${front}${pathText(record)}${query === null ? '' : `?${query}`}${fragment === null ? '' : `#${fragment}`}`
}
