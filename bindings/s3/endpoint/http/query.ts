// The query of a request target: names and values as bytes, and the canonical form SigV4 signs.
import { S3Error } from '../errors.ts'
import { percentDecoded, percentEncoded, textOf, isWellFormed } from './byte-string.ts'
import type { ByteString } from './byte-string.ts'

type Pair = readonly [name: string, value: ByteString]

function decoded(raw: string): ByteString {
  const bytes = percentDecoded(raw.includes('+') ? raw.replaceAll('+', ' ') : raw)
  if (bytes === undefined || !isWellFormed(bytes)) throw new S3Error('InvalidURI')
  return bytes
}

/** The parameters of one request. Names are compared as they are; the first of several with one name counts. */
export class Query {
  readonly #pairs: readonly Pair[]

  /** @throws S3Error InvalidURI when an escape is broken or the bytes are not UTF-8. */
  constructor(raw: string) {
    this.#pairs = raw === '' ? [] : raw.split('&').filter((part) => part !== '').map((part): Pair => {
      const equals = part.indexOf('=')
      return equals < 0 ? [decoded(part), '' as ByteString] : [decoded(part.slice(0, equals)), decoded(part.slice(equals + 1))]
    })
  }

  get isEmpty(): boolean { return this.#pairs.length === 0 }
  has(name: string): boolean { return this.#pairs.some((pair) => pair[0] === name) }
  /** The value as bytes: for keys, prefixes, delimiters. */
  bytes(name: string): ByteString | undefined { return this.#pairs.find((pair) => pair[0] === name)?.[1] }
  /** The value as text. */
  text(name: string): string | undefined {
    const value = this.bytes(name)
    return value === undefined ? undefined : textOf(value)
  }
  /** The value as a whole number from 0 to 2^31-1. @throws S3Error InvalidArgument when it is anything else. */
  count(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined || value === '') return undefined
    const number = Number(value)
    if (!/^\d{1,10}$/.test(value) || number > 2 ** 31 - 1) {
      throw new S3Error('InvalidArgument', `${name} must be a whole number from 0 to 2147483647.`,
        { ArgumentName: name, ArgumentValue: value })
    }
    return number
  }
  names(): string[] { return this.#pairs.map((pair) => pair[0]) }

  /** SigV4's canonical query: encoded, sorted by encoded name, then value; without the parameter `except`. */
  canonical(except?: string): string {
    return this.#pairs
      .filter(([name]) => name !== except)
      .map(([name, value]) => [percentEncoded(name as ByteString), percentEncoded(value)] as const)
      .sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0)
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
  }
}

/** What most requests have. */
export const NO_QUERY = new Query('')
