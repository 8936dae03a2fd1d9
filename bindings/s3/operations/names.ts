// Buckets of the run's own: they carry the run's prefix in their names, as keys do, so that cleanup finds them.
import { invalid } from '../../sdk/arguments.ts'
import type { Json } from '../../sdk/index.ts'
import type { S3Driver } from '../driver.ts'
import type { OperationContext } from './context.ts'

/** S3's limit on a bucket's name. */
const BUCKET_LENGTH_MAX = 63
const BUCKET = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Prefixes that no two runs share. Under any other, buckets of the run could not be told from those that were there. */
const OWN_PREFIX = /^(chopsticks-[a-z0-9]+)\/$/

/** What the names of the run's own buckets begin with; '' for a run whose prefix is not its alone: it has none. */
export function bucketLead(prefix: string): string {
  const own = OWN_PREFIX.exec(prefix)?.[1]
  return own === undefined ? '' : `${own}-`
}

/** The whole name of what a script calls a bucket. */
export function bucketNamed(op: string, value: Json | undefined, { prefix, settings }: OperationContext): string {
  if (typeof value !== 'string' || value === '') throw invalid(`${op}: the bucket must be a text that is not empty`)
  const name = bucketLead(prefix) + value
  if (name.length > BUCKET_LENGTH_MAX || !BUCKET.test(name)) {
    throw invalid(`${op}: ${name} can't be a bucket's name: 3 to ${BUCKET_LENGTH_MAX} lower-case letters, digits, dots and hyphens`)
  }
  if (bucketLead(prefix) === '' && !settings.allowOverwrite.includes(name)) {
    throw invalid(`${op}: with a prefix that is not the run's alone it has no buckets of its own; allow this one by ` +
      `allow_overwrite: [${name}] in the targets file, and delete it yourself`)
  }
  return name
}

/** The driver for the bucket of the run's own that an operation names; for the target's where it names none. */
export const driverFor = (op: string, bucket: Json | undefined, context: OperationContext): S3Driver =>
  bucket === undefined || bucket === null ? context.driver : context.driverIn(bucketNamed(op, bucket, context))
