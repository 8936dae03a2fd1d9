// Reading an object, whole or in part, and its head.
import { S3Error } from '../errors.ts'
import { readCondition } from '../http/conditions.ts'
import type { ByteString } from '../http/byte-string.ts'
import type { Exchange } from '../http/exchange.ts'
import { rangeOf } from '../http/range.ts'
import type { ByteRange } from '../http/range.ts'
import { corrupted, sendPieces } from '../http/send.ts'
import type { BodyFault } from '../faults.ts'
import type { StoredObject } from '../store/objects.ts'
import { piecesBetween } from '../store/pieces.ts'
import { checkKey, encryptionHeaders } from './encryption.ts'
import type { Operation } from './operation.ts'
import { checksumHeaders } from './shapes.ts'
import { objectAsked, versionHeaders } from './versions.ts'

/** How much longer a body is that was told to be too long. */
const EXCESS_BYTES = 16

/** `response-content-type=…` and its like replace what was stored. */
const OVERRIDES = ['content-type', 'content-language', 'expires', 'cache-control', 'content-disposition', 'content-encoding']

function shownHeaders(x: Exchange, object: StoredObject): readonly string[] {
  const { query } = x.target
  if (query.isEmpty) return object.headers
  const overrides = OVERRIDES.flatMap((name) => {
    const value = query.text(`response-${name}`)
    return value === undefined ? [] : [name, value]
  })
  if (overrides.length === 0) return object.headers
  if (overrides.some((text) => /[^\t\u0020-\u007e\u0080-\u00ff]/.test(text))) {
    throw new S3Error('InvalidArgument', 'A response-… parameter holds characters that no header can.')
  }
  const kept = object.headers.flatMap((text, at) =>
    at % 2 === 0 && !overrides.includes(text.toLowerCase()) ? [text, object.headers[at + 1] ?? ''] : [])
  return [...kept, ...overrides]
}

/** The range to serve; undefined for the whole. A range with an If-Range that names another state of the object is ignored. */
function askedRange(x: Exchange, object: StoredObject): ByteRange | undefined {
  const header = x.header('range')
  if (header === undefined) return undefined
  const ifRange = x.header('if-range')
  if (ifRange !== undefined && ifRange !== object.etag && ifRange !== object.modified.httpDate) return undefined
  return rangeOf(header, object.sizeBytes)
}

/** The bytes to send: `cutsAt`, where it is given, is where the connection ends before `end`. */
interface Sending { readonly pieces: readonly Buffer[]; readonly start: number; readonly end: number; readonly cutsAt: number | undefined }

/** What is sent instead of the bytes asked for, at least one. */
function spoiled(x: Exchange, object: StoredObject, start: number, end: number, fault: BodyFault): Sending {
  const { pieces } = object
  const other = fault === 'misplaced' ? otherThan(x, object, end) : undefined
  if (fault !== 'misplaced' || other !== undefined) x.plant(fault)
  const half = start + Math.floor((end - start) / 2)
  switch (fault) {
    case 'cut': return { pieces, start, end, cutsAt: half }
    case 'corrupt': return { pieces: corrupted(pieces, start), start, end, cutsAt: undefined }
    case 'short': return { pieces, start, end: half, cutsAt: undefined }
    case 'long': {
      const wanted = [...piecesBetween(pieces, start, end)]
      return { pieces: [...wanted, Buffer.alloc(EXCESS_BYTES)], start: 0, end: end - start + EXCESS_BYTES, cutsAt: undefined }
    }
    case 'misplaced': return { pieces: other?.pieces ?? pieces, start, end, cutsAt: undefined }
    default: return fault satisfies never
  }
}

/** Keys looked at for another object. */
const LOOKED_AT_MAX = 100

/** Another object of the bucket with so many bytes at least: one of the first keys. */
function otherThan({ bucket }: Exchange, { key }: StoredObject, bytes: number): StoredObject | undefined {
  let looked = 0
  for (const name of bucket.versions.keys.from('' as ByteString)) {
    const other = name === key ? undefined : bucket.get(name)
    if (other !== undefined && other.sizeBytes >= bytes) return other
    if (++looked >= LOOKED_AT_MAX) return undefined
  }
  return undefined
}

const WRONG_ETAG = `"${'0'.repeat(32)}"`

/** The object's ETag, or a wrong one. */
function shownEtag(x: Exchange, object: StoredObject): string {
  if (x.fault?.etag !== true) return object.etag
  x.plant('etag')
  return WRONG_ETAG
}

function lockHeaders({ retention, legalHold }: StoredObject): readonly string[] {
  if (retention === undefined && !legalHold) return []
  return [
    ...(retention === undefined ? [] : ['x-amz-object-lock-mode', retention.mode,
      'x-amz-object-lock-retain-until-date', new Date(retention.untilMs).toISOString()]),
    ...(legalHold ? ['x-amz-object-lock-legal-hold', 'ON'] : []),
  ]
}

function answer(x: Exchange): void {
  const object = objectAsked(x)
  checkKey(x, object.encryption)
  const validators = ['ETag', shownEtag(x, object), 'Last-Modified', object.modified.httpDate, ...versionHeaders(x.bucket, object)]
  if (readCondition(x, object) === 'not-modified') { x.reply(304, validators); return }
  const range = askedRange(x, object)
  const { start, end } = range ?? { start: 0, end: object.sizeBytes }
  const fault = x.isHead || end === start ? undefined : x.fault?.body
  const sending = fault === undefined ? { pieces: object.pieces, start, end, cutsAt: undefined } : spoiled(x, object, start, end, fault)
  // A checksum speaks of the whole object, so a part is sent without it.
  const checksum = range === undefined && x.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' ? object.checksum : undefined
  x.head(range === undefined ? 200 : 206, [
    'Content-Length', String(sending.end - sending.start), ...validators, 'Accept-Ranges', 'bytes', ...shownHeaders(x, object),
    ...(range === undefined ? [] : ['Content-Range', `bytes ${start}-${end - 1}/${object.sizeBytes}`]), ...checksumHeaders(checksum),
    ...encryptionHeaders(object.encryption), ...lockHeaders(object),
    ...(object.tags.length === 0 ? [] : ['x-amz-tagging-count', String(object.tags.length)]),
  ])
  if (x.isHead) { x.response.end(); return }
  const sentEnd = sending.cutsAt ?? sending.end
  x.service.traffic.bytesOut += sentEnd - sending.start
  sendPieces(x.response, sending.pieces, sending.start, sentEnd, sending.cutsAt === undefined ? undefined : () => { x.cut() })
}

export const getOperations: readonly Operation[] = [
  { name: 'GetObject', level: 'object', method: 'GET', takesVersion: true, handle: answer },
  { name: 'HeadObject', level: 'object', method: 'HEAD', takesVersion: true, handle: answer },
]
