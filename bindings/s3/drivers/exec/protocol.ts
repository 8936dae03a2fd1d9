// The exec protocol, version 1: operations to a program and its answers, as lines of JSON. bindings/README.md documents it.
import { STORAGE_CODES, StorageError, isJsonObject, type Json, type JsonObject } from '../../../sdk/index.ts'
import type { DeleteManyFacts, Facts, GetFacts, HeadFacts, ListFacts, ListedObject } from '../../driver.ts'
import { errorOfAnswer } from '../../errors.ts'
import type { S3Settings } from '../../settings.ts'

const VERSION = 1

/** The first line: everything a program needs to know of the store. */
export function openLine({ endpoint, region, bucket, accessKey, secretKey, sessionToken, addressing, tls, timeoutMs }: S3Settings,
  config: JsonObject): string {
  return JSON.stringify({
    op: 'open', protocol: VERSION, endpoint: endpoint.url, region, bucket, access_key: accessKey, secret_key: secretKey, addressing,
    session_token: sessionToken, tls: { ca: tls.ca, insecure: tls.insecure }, timeout_ms: timeoutMs, config,
  })
}

/** What a program says when it is ready. */
export interface Ready {
  /** How many operations it takes at once. */
  readonly inFlight: number
  /** The operations it has; undefined = all. */
  readonly operations: readonly string[] | undefined
}

const unreadable = (who: string, why: string): StorageError =>
  new StorageError('protocol', `${who}: the program's answer can't be read: ${why.slice(0, 200)}`, { detail: 'exec' })

/** A line of the program's as an object. Throws StorageError('protocol'). */
export function readLine(line: string, who: string): JsonObject {
  let value: Json
  try {
    value = JSON.parse(line) as Json
  } catch {
    throw unreadable(who, `no JSON: ${JSON.stringify(line.slice(0, 100))}`)
  }
  if (!isJsonObject(value)) throw unreadable(who, 'a line that is no object')
  return value
}

/** The first answer. Throws StorageError. */
export function readReady(answer: JsonObject, who: string, settings: S3Settings): Ready {
  if (answer['error'] !== undefined) throw errorOf(answer['error'], who, who, settings)
  const { ready, in_flight: inFlight = 1, operations } = answer
  if (ready !== true) throw unreadable(who, 'the first line is not {"ready": true, …}')
  if (typeof inFlight !== 'number' || !Number.isInteger(inFlight) || inFlight < 1) {
    throw unreadable(who, 'in_flight is no whole number above 0')
  }
  if (operations !== undefined && !isTexts(operations)) throw unreadable(who, 'operations is no list of texts')
  return { inFlight, operations }
}

const textOf = (value: Json | undefined): string => typeof value === 'string' ? value : ''
const isTexts = (value: Json): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')

/**
 * The error of an answer: with `status` or `code` it is the store's own (`NoSuchKey`), judged as every driver's; with `kind` it is the
 * program's, one of our codes (`unreachable`).
 */
export function errorOf(value: Json | undefined, what: string, who: string, settings: S3Settings): StorageError {
  if (!isJsonObject(value)) return unreadable(who, 'an error that is no object')
  const text = (key: string): string | undefined => typeof value[key] === 'string' && value[key] !== '' ? value[key] : undefined
  const { status } = value
  const [kind, code, message = 'the program does not say why'] = [text('kind'), text('code'), text('message')]
  const [region, requestId] = [text('region'), text('request_id')]
  const endpoint = settings.endpoint.url
  if (typeof status === 'number' || (kind === undefined && code !== undefined)) {
    return errorOfAnswer(what, {
      status: typeof status === 'number' ? status : 0, message,
      ...(code === undefined ? {} : { code }), ...(region === undefined ? {} : { region }),
      ...(requestId === undefined ? {} : { requestId }),
    }, settings, endpoint)
  }
  const known = STORAGE_CODES.find((one) => one === kind)
  if (kind !== undefined && known === undefined) return unreadable(who, `no kind of error is called ${JSON.stringify(kind)}`)
  const said = message.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300)
  return new StorageError(known ?? 'other', `${what}: ${said}`, { detail: code ?? kind ?? 'exec', endpoint })
}

/** Reads the facts of an answer. Every field is checked: a program is not ours. */
export class Answer {
  readonly #value: JsonObject
  readonly #who: string

  constructor(value: JsonObject, who: string) {
    this.#value = value
    this.#who = who
  }

  /** `status` is what S3 answers to a success of this operation, where the program's client does not tell. */
  facts(status: number, bytes: number): Facts {
    return { status: this.#number('status') ?? status, bytes, etag: this.#text('etag'), requestId: this.#text('request_id') }
  }

  got(isPart: boolean): GetFacts {
    const bytes = this.#number('bytes')
    if (bytes === undefined) throw unreadable(this.#who, 'a get without bytes')
    return { ...this.facts(isPart ? 206 : 200, bytes), sizeBytes: this.#number('size_bytes') }
  }

  head(): HeadFacts {
    const given = this.#value['metadata'] ?? {}
    if (!isJsonObject(given)) throw unreadable(this.#who, 'metadata is no object')
    const metadata = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, textOf(value)]))
    return {
      ...this.facts(200, 0), sizeBytes: this.#number('size_bytes'), contentType: this.#text('content_type'),
      lastModified: this.#text('last_modified'), metadata,
    }
  }

  deleted(): DeleteManyFacts {
    const failed = this.#list('failed').map((one) => {
      const { key, code, message } = one
      return { key: textOf(key), detail: textOf(code) || 'unknown', message: textOf(message) }
    })
    return { ...this.facts(200, 0), failed }
  }

  listed(): ListFacts {
    const objects = this.#list('objects').map((one): ListedObject => {
      const { key, size_bytes: sizeBytes, etag, last_modified: lastModified } = one
      if (typeof key !== 'string' || typeof sizeBytes !== 'number') throw unreadable(this.#who, 'a listed object without key or size_bytes')
      return { key, sizeBytes, etag: textOf(etag), lastModified: textOf(lastModified) }
    })
    const commonPrefixes = this.#value['common_prefixes'] ?? []
    if (!isTexts(commonPrefixes)) throw unreadable(this.#who, 'common_prefixes is no list of texts')
    const continuationToken = this.#text('continuation_token')
    return { ...this.facts(200, 0), objects, commonPrefixes, ...(continuationToken === undefined ? {} : { continuationToken }) }
  }

  #list(name: string): readonly JsonObject[] {
    const value = this.#value[name] ?? []
    if (!Array.isArray(value) || !(value as readonly Json[]).every(isJsonObject)) {
      throw unreadable(this.#who, `${name} is no list of objects`)
    }
    return value as readonly JsonObject[]
  }

  #text(name: string): string | undefined {
    const value = this.#value[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') throw unreadable(this.#who, `${name} is no text`)
    return value
  }

  #number(name: string): number | undefined {
    const value = this.#value[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw unreadable(this.#who, `${name} is no whole number`)
    return value
  }
}
