// Options of single requests, by the names scripts use: conditions, versions, tags, encryption, locks, checksums, who signs.
import { invalid } from '../../sdk/arguments.ts'
import { hash } from 'node:crypto'
import { isJsonObject, type Json } from '../../sdk/index.ts'
import { metadataOf, optionalText } from '../arguments.ts'
import { CHECKSUMS, type ChecksumName } from '../checksum/digest.ts'
import { encodeValue } from '../canonical.ts'
import type { ApiRequest, Params } from './api.ts'
import type { OperationContext } from './context.ts'
import { bucketNamed } from './names.ts'

/** What an option makes of a request: parameters of the API, or parts of the request itself. */
interface Given { readonly params?: Params; readonly part?: Partial<Pick<ApiRequest, 'checksum' | 'signature' | 'bucket'>> }
type Read = (op: string, name: string, value: Json, context: OperationContext) => Given

/** The longest a presigned URL may be good for, in seconds; S3's own limit. */
const PRESIGNED_SECONDS_MAX = 7 * 24 * 3600

const text = (member: string): Read => (op, name, value) => ({ params: { [member]: optionalText(op, name, value) ?? '' } })
const oneOf = (member: string, words: readonly string[]): Read => (op, name, value) => {
  const word = words.find((known) => known === value)
  if (word === undefined) throw invalid(`${op}: ${name} must be one of ${words.join(', ')}`)
  return { params: { [member]: word } }
}
const flag = (given: Given): Read => (op, name, value) => {
  if (typeof value !== 'boolean') throw invalid(`${op}: ${name} must be true or false`)
  return value ? given : {}
}
const date = (member: string): Read => (op, name, value) => ({ params: { [member]: dateOf(op, name, value) } })

/** A moment, as ISO 8601 text in whole seconds: what every store takes. A `Date` crosses the border as such a text. */
function dateOf(op: string, name: string, value: Json | undefined): string {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms)) throw invalid(`${op}: ${name} must be a Date, or its ISO 8601 text`)
  return new Date(ms).toISOString().replace(/\.\d{3}/, '')
}

/** `{ name: value }` of tags. */
export function tagsOf(op: string, value: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) throw invalid(`${op}: the tags must be an object of texts`)
  return Object.fromEntries(Object.entries(value).map(([name, tag]) => {
    if (typeof tag !== 'string') throw invalid(`${op}: the tag ${name.slice(0, 60)} must be a text`)
    return [name, tag]
  }))
}

export const LOCK_MODES = ['GOVERNANCE', 'COMPLIANCE'] as const
/** `{ mode, until }`. */
export function retentionOf(op: string, value: Json | undefined): { readonly mode: string; readonly until: string } {
  const { mode, until } = isJsonObject(value) ? value : {}
  const known = LOCK_MODES.find((one) => one === mode)
  if (known === undefined) throw invalid(`${op}: retention must be { mode: 'GOVERNANCE' or 'COMPLIANCE', until }`)
  return { mode: known, until: dateOf(op, 'retention.until', until) }
}

const CUSTOMER_KEY_BYTES = 32

/** `'AES256'`, `'aws:kms'`, `{ kmsKeyId }`, or `{ customerKey }`: 32 bytes in base64. `lead` is `CopySource` for what is copied. */
function encryptionOf(op: string, name: string, value: Json, lead: '' | 'CopySource'): Params {
  if (lead === '' && (value === 'AES256' || value === 'aws:kms')) return { ServerSideEncryption: value }
  const { kmsKeyId, customerKey } = isJsonObject(value) ? value : {}
  if (lead === '' && typeof kmsKeyId === 'string') return { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId }
  const key = typeof customerKey === 'string' ? Buffer.from(customerKey, 'base64') : undefined
  if (key?.length === CUSTOMER_KEY_BYTES) {
    return {
      [`${lead}SSECustomerAlgorithm`]: 'AES256', [`${lead}SSECustomerKey`]: key.toString('base64'),
      [`${lead}SSECustomerKeyMD5`]: hash('md5', key, 'base64'),
    }
  }
  const others = lead === '' ? '\'AES256\', \'aws:kms\', { kmsKeyId } or ' : ''
  throw invalid(`${op}: ${name} must be ${others}{ customerKey }, ${CUSTOMER_KEY_BYTES} bytes in base64`)
}

function checksumOf(op: string, value: Json): ChecksumName {
  const name = CHECKSUMS.find((known) => known === value)
  if (name === undefined) throw invalid(`${op}: checksum must be one of ${CHECKSUMS.join(', ')}`)
  return name
}

function presignedOf(op: string, value: Json): number {
  const seconds = value === true ? 900 : value
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > PRESIGNED_SECONDS_MAX) {
    throw invalid(`${op}: presigned must be true, or for how many seconds the URL is good: 1 to ${PRESIGNED_SECONDS_MAX}`)
  }
  return seconds
}

export const CANNED_ACLS = [
  'private', 'public-read', 'public-read-write', 'authenticated-read', 'bucket-owner-read', 'bucket-owner-full-control',
] as const

const OPTIONS = {
  bucket: (op, _name, value, context) => ({ part: { bucket: bucketNamed(op, value, context) } }),
  details: flag({}),
  versionId: text('VersionId'),
  ifMatch: text('IfMatch'), ifNoneMatch: text('IfNoneMatch'),
  ifModifiedSince: date('IfModifiedSince'), ifUnmodifiedSince: date('IfUnmodifiedSince'),
  contentType: text('ContentType'), cacheControl: text('CacheControl'), contentDisposition: text('ContentDisposition'),
  contentEncoding: text('ContentEncoding'), contentLanguage: text('ContentLanguage'),
  metadata: (_op, _name, value) => ({ params: { Metadata: metadataOf(value) ?? {} } }),
  tagging: (op, _name, value) => ({
    params: { Tagging: Object.entries(tagsOf(op, value)).map(([key, tag]) => `${encodeValue(key)}=${encodeValue(tag)}`).join('&') },
  }),
  acl: oneOf('ACL', CANNED_ACLS),
  storageClass: text('StorageClass'),
  sse: (op, name, value) => ({ params: encryptionOf(op, name, value, '') }),
  sourceSse: (op, name, value) => ({ params: encryptionOf(op, name, value, 'CopySource') }),
  sourceIfMatch: text('CopySourceIfMatch'), sourceIfNoneMatch: text('CopySourceIfNoneMatch'),
  retention: (op, _name, value) => {
    const { mode, until } = retentionOf(op, value)
    return { params: { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } }
  },
  legalHold: flag({ params: { ObjectLockLegalHoldStatus: 'ON' } }),
  bypassGovernance: flag({ params: { BypassGovernanceRetention: true } }),
  checksum: (op, _name, value) => ({ part: { checksum: checksumOf(op, value) } }),
  anonymous: flag({ part: { signature: 'anonymous' } }),
  presigned: (op, _name, value) => ({ part: { signature: { presignedSeconds: presignedOf(op, value) } } }),
} as const satisfies Readonly<Record<string, Read>>
export type OptionName = keyof typeof OPTIONS

/** The checksum an object to be made by later requests, or by the store, will have. */
export const declared = (checksum: ChecksumName | undefined): Params => checksum === undefined ? {} : { ChecksumAlgorithm: checksum }

const WHO = ['anonymous', 'presigned', 'bucket', 'details'] as const
/** What requests take that read an object. */
export const READ_OPTIONS = ['versionId', 'ifMatch', 'ifNoneMatch', 'ifModifiedSince', 'ifUnmodifiedSince', 'sse', ...WHO] as const
/** What an object keeps that is made by a request. */
export const KEPT_OPTIONS = [
  'cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage', 'tagging', 'acl', 'storageClass', 'sse', 'retention',
  'legalHold',
] as const
/** What requests take that write an object, beside its type and metadata. */
export const WRITE_OPTIONS = [...KEPT_OPTIONS, 'ifMatch', 'ifNoneMatch', 'checksum', ...WHO] as const
export const DELETE_OPTIONS = ['versionId', 'ifMatch', 'bypassGovernance', ...WHO] as const

/** What options come to. */
export interface RequestOptions {
  readonly params: Params
  readonly checksum?: ChecksumName | undefined
  readonly signature?: ApiRequest['signature']
  readonly bucket?: string | undefined
}

/** Reads those options that are among these names; undefined where none of them is given. */
export function requestOptions(
  op: string, given: Readonly<Record<string, Json | undefined>>, names: readonly OptionName[], context: OperationContext,
): RequestOptions | undefined {
  let options: RequestOptions | undefined
  for (const name of names) {
    const value = given[name]
    if (value === undefined || value === null) continue
    const read: Read = OPTIONS[name]
    const { params, part } = read(op, name, value, context)
    options = { ...options, ...part, params: { ...options?.params, ...params } }
  }
  return options
}
