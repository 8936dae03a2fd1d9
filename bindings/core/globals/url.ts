// URL for scripts, per the WHATWG's URL standard.
import { percentEncode, SETS, wellFormed } from './percent-encoding.ts'
import { encodeQuery, formatUrl, hostText, isSpecial, normalPort, parseUrl, pathText, segments, setHost } from './url-parser.ts'
import type { UrlRecord } from './url-parser.ts'
import { parseForm, URLSearchParams } from './url-search-params.ts'

const withoutLineEnds = (value: unknown): string => wellFormed(value).replace(/[\t\n\r]/g, '')

function read(url: unknown, base: unknown): UrlRecord | undefined {
  const from = base === undefined ? undefined : parseUrl(wellFormed(base), undefined)
  return base !== undefined && from === undefined ? undefined : parseUrl(wellFormed(url), from)
}

export class URL {
  #record: UrlRecord
  readonly searchParams: URLSearchParams
  readonly #replacePairs: (pairs: [string, string][]) => void

  /** @throws TypeError when it is no URL: relative without a base, no host, a bad port, … */
  constructor(url: string | URL, base?: string | URL) {
    const record = read(url, base)
    if (record === undefined) throw new TypeError(`'${String(url)}'${base === undefined ? '' : ` on '${String(base)}'`} is not a valid URL`)
    this.#record = record
    this.searchParams = new URLSearchParams(record.query ?? '')
    this.#replacePairs = URLSearchParams.tie(this.searchParams, () => { this.#record.query = this.searchParams.toString() || null })
    this.#syncPairs()
  }

  static canParse(url: string | URL, base?: string | URL): boolean { return read(url, base) !== undefined }
  static parse(url: string | URL, base?: string | URL): URL | null { return URL.canParse(url, base) ? new URL(url, base) : null }

  get href(): string { return formatUrl(this.#record) }
  set href(value: string) {
    const record = read(value, undefined)
    if (record === undefined) throw new TypeError(`'${value}' is not a valid URL`)
    this.#record = record
    this.#syncPairs()
  }

  /** Scheme, host and port; 'null' for schemes that have no origin. */
  get origin(): string {
    const { scheme } = this.#record
    return isSpecial(scheme) && scheme !== 'file' ? `${scheme}://${this.host}` : 'null'
  }

  get protocol(): string { return `${this.#record.scheme}:` }
  set protocol(value: string) {
    const record = this.#record
    const scheme = /^([a-z][a-z0-9+.-]*)(:|$)/i.exec(withoutLineEnds(value))?.[1]?.toLowerCase()
    if (scheme === undefined || isSpecial(scheme) !== isSpecial(record.scheme)) return
    if (scheme === 'file' && (record.username !== '' || record.password !== '' || record.port !== '')) return
    if (record.scheme === 'file' && record.host === '') return
    record.scheme = scheme
    record.port = normalPort(record.port, scheme) ?? ''
  }

  get username(): string { return this.#record.username }
  set username(value: string) { if (this.#hasAuthority()) this.#record.username = percentEncode(wellFormed(value), SETS.userinfo) }

  get password(): string { return this.#record.password }
  set password(value: string) { if (this.#hasAuthority()) this.#record.password = percentEncode(wellFormed(value), SETS.userinfo) }

  get host(): string { return hostText(this.#record) }
  set host(value: string) { this.#setHost(value, true) }

  get hostname(): string { return this.#record.host ?? '' }
  set hostname(value: string) { this.#setHost(value, false) }

  get port(): string { return this.#record.port }
  set port(value: string) {
    if (!this.#hasAuthority()) return
    const text = withoutLineEnds(value)
    const port = value === '' ? '' : normalPort(/^\d+/.exec(text)?.[0] ?? '', this.#record.scheme)
    if (port !== undefined) this.#record.port = port
  }

  get pathname(): string { return pathText(this.#record) }
  set pathname(value: string) {
    const record = this.#record
    if (typeof record.path === 'string') return
    const text = withoutLineEnds(value)
    record.path = text === '' && !isSpecial(record.scheme) && record.host !== null ? [] : segments([], text, record.scheme)
  }

  get search(): string { return this.#record.query ? `?${this.#record.query}` : '' }
  set search(value: string) {
    const text = withoutLineEnds(value.replace(/^\?/, ''))
    this.#record.query = value === '' ? null : encodeQuery(text, this.#record.scheme)
    this.#syncPairs()
  }

  get hash(): string { return this.#record.fragment ? `#${this.#record.fragment}` : '' }
  set hash(value: string) {
    const text = withoutLineEnds(value.replace(/^#/, ''))
    this.#record.fragment = value === '' ? null : percentEncode(text, SETS.fragment)
  }

  toString(): string { return this.href }
  toJSON(): string { return this.href }

  /** Credentials and a port need a host to belong to. */
  #hasAuthority(): boolean { return Boolean(this.#record.host) && this.#record.scheme !== 'file' }

  #setHost(value: string, withPort: boolean): void {
    const record = this.#record
    if (typeof record.path === 'string') return
    const end = isSpecial(record.scheme) ? /[/\\?#].*$/s : /[/?#].*$/s
    const text = withoutLineEnds(value).replace(end, '')
    const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(.*)$/s.exec(text) ?? []
    if (name === '' && (record.username !== '' || record.password !== '' || record.port !== '' || port !== '')) return
    if (!withPort && port !== '') return
    const digits = withPort ? /^:(\d+)/.exec(port)?.[1] : undefined
    const changed: UrlRecord = { ...record }
    if (!setHost(changed, name)) return
    record.host = changed.host
    const newPort = digits === undefined ? undefined : normalPort(digits, record.scheme)
    if (newPort !== undefined) record.port = newPort
  }

  #syncPairs(): void { this.#replacePairs(parseForm(this.#record.query ?? '')) }
}
