// Checks what a script passed to an operation: it comes out of a sandbox, so nothing about it is taken for granted.
import { invalid, optionsOf } from '../sdk/arguments.ts'
import {
  bytesContent, isJsonObject, isPayload, payloadContent, payloadSpec, type Content, type Json, type PayloadSpec,
} from '../sdk/index.ts'
import type { ByteRange, ListRequest, VersionName } from './driver.ts'

/** S3's limit on a key, in bytes of UTF-8. */
const KEY_BYTES_MAX = 1024
/** What a script may carry across the border in one body; larger ones are named by payload(). */
export const CARRIED_BYTES_MAX = 1024 ** 2
/** S3's limit on one PUT. */
export const PUT_BYTES_MAX = 5 * 1024 ** 3
/** S3's limit on an object made of parts. */
export const OBJECT_BYTES_MAX = 5 * 1024 ** 4
const DELETE_KEYS_MAX = 1000

/** The full key of what a script names. */
export function keyOf(op: string, value: Json | undefined, prefix: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(`${op}: the key must be a text that is not empty`)
  const key = prefix + value
  // Three bytes are the most a UTF-16 unit takes: most keys need no counting.
  if (key.length * 3 > KEY_BYTES_MAX && Buffer.byteLength(key) > KEY_BYTES_MAX) {
    throw invalid(`${op}: the key is ${Buffer.byteLength(key)} bytes long with the run's prefix; S3 takes ${KEY_BYTES_MAX}`)
  }
  if (!value.isWellFormed()) throw invalid(`${op}: the key is no proper Unicode text: it holds half a surrogate pair`)
  return key
}

export function optionalText(op: string, name: string, value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalid(`${op}: ${name} must be a text`)
  return value
}

/** The content of a put: a text, a payload, or `{ latin1 }`. `name` is the key as the script wrote it. */
export function contentOf(value: Json | undefined, name: string, runSeed: number, maxBytes = PUT_BYTES_MAX): Content {
  if (typeof value === 'string') return carried(Buffer.from(value, 'utf8'))
  if (isPayload(value)) {
    const spec = payloadSpec(value, runSeed)
    if (spec.sizeBytes > maxBytes) {
      throw invalid(maxBytes === PUT_BYTES_MAX ? 'put: one request takes at most 5 GiB' : 'upload: an object has at most 5 TiB')
    }
    return payloadContent(spec, name)
  }
  if (isJsonObject(value) && typeof value['latin1'] === 'string') {
    const text = value['latin1']
    if (/[^\u0000-\u00ff]/u.test(text)) throw invalid('put: the bytes are no proper latin-1 text')
    return carried(Buffer.from(text, 'latin1'))
  }
  throw invalid('put: the body must be a payload(), a text or a Uint8Array')
}

function carried(bytes: Buffer): Content {
  if (bytes.length > CARRIED_BYTES_MAX) {
    throw invalid(`put: a body of ${bytes.length} bytes is too large to carry out of a script (${CARRIED_BYTES_MAX}): use payload()`)
  }
  return bytesContent(bytes)
}

export function metadataOf(value: Json | undefined): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isJsonObject(value)) throw invalid('put: metadata must be an object')
  const metadata: Record<string, string> = {}
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalid(`put: metadata.${name.slice(0, 60)} must be a text`)
    metadata[name.toLowerCase()] = text
  }
  return metadata
}

const isPosition = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/** `[first, last]` (both included; without last: to the end) or `'bytes=first-last'`, `'bytes=first-'`, `'bytes=-count'`. */
export function rangeOf(value: Json | undefined): ByteRange | undefined {
  if (value === undefined || value === null) return undefined
  const range = typeof value === 'string' ? rangeOfText(value) : Array.isArray(value) ? rangeOfPair(value) : undefined
  if (range === undefined || (range.first !== undefined && range.last !== undefined && range.last < range.first)) {
    throw invalid(`get: range must be [first, last] with both ends included, or a text like 'bytes=0-99'`)
  }
  return range
}

const rangeOfPair = ([first, last, ...more]: readonly Json[]): ByteRange | undefined => {
  if (!isPosition(first) || more.length > 0) return undefined
  if (last === undefined || last === null) return { first }
  return isPosition(last) ? { first, last } : undefined
}

function rangeOfText(text: string): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(text) ?? []
  if (first === '' && last === '') return undefined
  return { ...(first === '' ? {} : { first: Number(first) }), ...(last === '' ? {} : { last: Number(last) }) }
}

/** What is known of what a get must find: see WholeCheckOptions. */
export interface VerifyKnown {
  readonly verify: PayloadSpec | true
  readonly strict: boolean
  readonly whole: boolean
  readonly version: number
}

/** The payload a get must find; true for any that says what it is. `{ strict, … }` comes from a run that checks all (verifying.ts). */
export function verifyOf(value: Json | undefined, runSeed: number): VerifyKnown | undefined {
  if (value === undefined || value === null || value === false) return undefined
  if (value === true) return { verify: true, strict: true, whole: true, version: 0 }
  if (isJsonObject(value) && typeof value['strict'] === 'boolean' && typeof value['version'] === 'number') {
    return { verify: true, strict: value['strict'], whole: value['whole'] === true, version: value['version'] }
  }
  if (!isPayload(value)) throw invalid('get: verify must be true, false or a payload()')
  return { verify: payloadSpec(value, runSeed), strict: true, whole: true, version: 0 }
}

/** Whether a get is to be held against the checksum the store keeps. */
export function asksForChecksum(value: Json | undefined): boolean {
  if (value !== undefined && value !== null && typeof value !== 'boolean') throw invalid('get: checksum must be true or false')
  return value === true
}

export function keysOf(value: Json | undefined, prefix: string): string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > DELETE_KEYS_MAX) {
    throw invalid(`deleteMany: give an array of 1 to ${DELETE_KEYS_MAX} keys`)
  }
  return value.map((key: Json) => keyOf('deleteMany', key, prefix))
}

/** Versions to delete, `[{ key, versionId }]`; undefined where it is plain keys that are given. */
export function versionsOf(value: Json | undefined, prefix: string): VersionName[] | undefined {
  if (!Array.isArray(value) || !isJsonObject(value[0])) return undefined
  if (value.length > DELETE_KEYS_MAX) throw invalid(`deleteMany: give an array of 1 to ${DELETE_KEYS_MAX} versions`)
  return value.map((one: Json) => {
    const { key, versionId } = isJsonObject(one) ? one : {}
    if (typeof versionId !== 'string' || versionId === '') throw invalid('deleteMany: each version must be { key, versionId }')
    return { key: keyOf('deleteMany', key, prefix), versionId }
  })
}

const LIST_OPTIONS = ['prefix', 'maxKeys', 'startAfter', 'continuationToken', 'delimiter'] as const

/** A listing below the run's prefix. */
export function listOf(value: Json | undefined, prefix: string): ListRequest {
  const options = optionsOf('list', value, LIST_OPTIONS)
  const { maxKeys } = options
  if (maxKeys !== undefined && maxKeys !== null && !(isPosition(maxKeys) && maxKeys >= 1 && maxKeys <= 1000)) {
    throw invalid('list: maxKeys must be a whole number from 1 to 1000')
  }
  const startAfter = optionalText('list', 'startAfter', options.startAfter)
  const continuationToken = optionalText('list', 'continuationToken', options.continuationToken)
  const delimiter = optionalText('list', 'delimiter', options.delimiter)
  return {
    prefix: prefix + (optionalText('list', 'prefix', options.prefix) ?? ''),
    ...(isPosition(maxKeys) ? { maxKeys } : {}),
    ...(startAfter === undefined ? {} : { startAfter: prefix + startAfter }),
    ...(continuationToken === undefined ? {} : { continuationToken }),
    ...(delimiter === undefined ? {} : { delimiter }),
  }
}

export type BodyForm = 'drop' | 'text' | 'bytes'
/** What becomes of a received body: dropped unless asked for. */
export function bodyFormOf(value: Json | undefined): BodyForm {
  if (value === undefined || value === null) return 'drop'
  if (value === 'text' || value === 'json') return 'text'
  if (value === 'bytes') return 'bytes'
  throw invalid(`get: body must be 'text', 'json' or 'bytes'`)
}

