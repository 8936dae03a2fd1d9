// What the headers of an upload say of the object to be, beside its type and metadata.
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import { CANNED_ACLS, type CannedAcl, type Extras, type Retention } from '../store/extras.ts'
import type { Bucket } from '../store/store.ts'
import { encryptionAsked } from './encryption.ts'

const DAY_MS = 24 * 3600 * 1000

/** The canned list x-amz-acl names; private without it. @throws S3Error InvalidArgument. */
export function aclAsked(x: Exchange): CannedAcl {
  const header = x.header('x-amz-acl')
  if (header === undefined) return 'private'
  const acl = CANNED_ACLS.find((known) => known === header)
  if (acl === undefined) {
    throw new S3Error('InvalidArgument', 'x-amz-acl names no canned ACL.', { ArgumentName: 'x-amz-acl', ArgumentValue: header })
  }
  return acl
}

/** @throws S3Error InvalidArgument for another mode, or a date that is none or over. */
export function retentionOf(x: Exchange, mode: string | undefined, until: string | undefined): Retention {
  const untilMs = Date.parse(until ?? '')
  if ((mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') || Number.isNaN(untilMs)) {
    throw new S3Error('InvalidArgument', 'A retention needs a mode, GOVERNANCE or COMPLIANCE, and a date until when.')
  }
  if (untilMs <= x.service.moment().epochMs) throw new S3Error('InvalidArgument', 'The date of a retention must be to come.')
  return { mode, untilMs }
}

/** @throws S3Error InvalidRequest for a bucket that has no locks. */
export function requireLocks(bucket: Bucket): void {
  if (bucket.lock === undefined) throw new S3Error('InvalidRequest', 'The bucket was not made with object lock.')
}

/** @throws S3Error InvalidArgument, InvalidRequest. */
export function extrasOf(x: Exchange, bucket: Bucket): Extras {
  const [mode, until, hold] =
    [x.header('x-amz-object-lock-mode'), x.header('x-amz-object-lock-retain-until-date'), x.header('x-amz-object-lock-legal-hold')]
  if (mode !== undefined || until !== undefined || hold !== undefined) requireLocks(bucket)
  if (hold !== undefined && hold !== 'ON' && hold !== 'OFF') {
    throw new S3Error('InvalidArgument', 'x-amz-object-lock-legal-hold must be ON or OFF.')
  }
  const usual = bucket.lock?.usual
  const retention = mode !== undefined || until !== undefined ? retentionOf(x, mode, until)
    : usual === undefined ? undefined : { mode: usual.mode, untilMs: x.service.moment().epochMs + usual.days * DAY_MS }
  return { acl: aclAsked(x), retention, legalHold: hold === 'ON', encryption: encryptionAsked(x, bucket.encryption) }
}
