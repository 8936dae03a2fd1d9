// Buckets of the run's own: they carry the run's prefix in their names, as keys do, so that cleanup finds them.
import type { Json } from '../../sdk/index.ts'
import { invalid, type OperationContext } from './context.ts'

/** S3's limit on a bucket's name. */
const BUCKET_LENGTH_MAX = 63
const BUCKET = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** What the names of the run's own buckets begin with; '' where the run has no prefix. */
export function bucketLead(prefix: string): string {
  const lead = prefix.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
  return lead === '' ? '' : `${lead}-`
}

/** The whole name of what a script calls a bucket. */
export function bucketNamed(op: string, value: Json | undefined, { prefix, settings }: OperationContext): string {
  if (typeof value !== 'string' || value === '') throw invalid(`${op}: the bucket must be a text that is not empty`)
  const name = bucketLead(prefix) + value
  if (name.length > BUCKET_LENGTH_MAX || !BUCKET.test(name)) {
    throw invalid(`${op}: ${name} can't be a bucket's name: 3 to ${BUCKET_LENGTH_MAX} lower-case letters, digits, dots and hyphens`)
  }
  if (prefix === '' && !settings.allowOverwrite.includes(name)) {
    throw invalid(`${op}: without a prefix the run has no buckets of its own; allow this one by allow_overwrite: [${name}] in the ` +
      'targets file')
  }
  return name
}
