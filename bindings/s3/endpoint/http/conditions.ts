// The If-* headers, for reading and for writing (RFC 9110, 13).
import { S3Error } from '../errors.ts'
import type { StoredObject } from '../store/objects.ts'
import type { Exchange } from './exchange.ts'

const bare = (etag: string): string => etag.trim().replace(/^W\//, '').replaceAll('"', '')
const names = (header: string, etag: string): boolean =>
  header.trim() === '*' || header.split(',').some((each) => bare(each) === bare(etag))

/** Milliseconds of an HTTP date; undefined when there is none or it is no date, which RFC 9110 says to ignore. */
function dateMs(header: string | undefined): number | undefined {
  const ms = header === undefined ? Number.NaN : Date.parse(header)
  return Number.isNaN(ms) ? undefined : ms
}

const failed = (condition: string): S3Error =>
  new S3Error('PreconditionFailed', `The condition ${condition} does not hold.`, { Condition: condition })

/**
 * Whether a GET or HEAD is to be answered in full or with 304. `lead` comes before the names: '' or `x-amz-copy-source-`.
 * @throws S3Error PreconditionFailed.
 */
export function readCondition(x: Exchange, object: StoredObject, lead = ''): 'full' | 'not-modified' {
  const ifMatch = x.header(`${lead}if-match`)
  const unmodifiedMs = dateMs(x.header(`${lead}if-unmodified-since`))
  if (ifMatch !== undefined) {
    if (!names(ifMatch, object.etag)) throw failed('If-Match')
  } else if (unmodifiedMs !== undefined && object.modified.epochMs > unmodifiedMs) throw failed('If-Unmodified-Since')
  const ifNoneMatch = x.header(`${lead}if-none-match`)
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, object.etag) ? 'not-modified' : 'full'
  const modifiedMs = dateMs(x.header(`${lead}if-modified-since`))
  return modifiedMs !== undefined && object.modified.epochMs <= modifiedMs ? 'not-modified' : 'full'
}

/** Checks the If-Match of a change to what is there. @throws S3Error PreconditionFailed; NoSuchKey when nothing is there. */
export function checkIfMatch(ifMatch: string, present: StoredObject | undefined): void {
  if (present === undefined) throw new S3Error('NoSuchKey')
  if (!names(ifMatch, present.etag)) throw failed('If-Match')
}

/**
 * Checks the conditions of a write against what is there now.
 * @throws S3Error PreconditionFailed; NoSuchKey when If-Match names an object that is not there.
 */
export function checkWriteCondition(x: Exchange, present: StoredObject | undefined): void {
  const ifNoneMatch = x.header('if-none-match')
  if (ifNoneMatch !== undefined && present !== undefined && names(ifNoneMatch, present.etag)) throw failed('If-None-Match')
  const ifMatch = x.header('if-match')
  if (ifMatch !== undefined) checkIfMatch(ifMatch, present)
}
