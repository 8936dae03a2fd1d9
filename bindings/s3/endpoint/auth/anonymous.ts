// What a request without a signature may do: what an access list or a policy lets everybody do, and nothing else.
import type { IncomingMessage } from 'node:http'
import { S3Error } from '../errors.ts'
import { textOf } from '../http/byte-string.ts'
import type { Target } from '../http/target.ts'
import type { CannedAcl } from '../store/extras.ts'
import type { Store } from '../store/store.ts'
import { policySays } from './policy.ts'

/** By S3's name of the operation: the action a policy names, whose access list counts, and which lists allow it. */
const ALLOWED: Readonly<Record<string, readonly [action: string, whose: 'object' | 'bucket', lists: readonly CannedAcl[]]>> = {
  GetObject: ['s3:GetObject', 'object', ['public-read', 'public-read-write']],
  HeadObject: ['s3:GetObject', 'object', ['public-read', 'public-read-write']],
  ListObjects: ['s3:ListBucket', 'bucket', ['public-read', 'public-read-write']],
  ListObjectsV2: ['s3:ListBucket', 'bucket', ['public-read', 'public-read-write']],
  HeadBucket: ['s3:ListBucket', 'bucket', ['public-read', 'public-read-write']],
  PutObject: ['s3:PutObject', 'bucket', ['public-read-write']],
  DeleteObject: ['s3:DeleteObject', 'bucket', ['public-read-write']],
}

/** True of a request that claims nothing about who made it. */
export const isAnonymous = ({ headers }: IncomingMessage, { query }: Target): boolean => headers.authorization === undefined
  && (query.isEmpty || !['X-Amz-Algorithm', 'X-Amz-Signature', 'AWSAccessKeyId'].some((name) => query.has(name)))

/** @throws S3Error AccessDenied. */
export function checkAnonymous(operation: string, { bucket: name, key }: Target, store: Store): void {
  const denied = new S3Error('AccessDenied', 'The request is not signed, and what it asks for is not for everybody.')
  const [action, whose, lists] = ALLOWED[operation] ?? []
  if (name === undefined || action === undefined || !store.has(name)) throw denied
  const bucket = store.bucket(name)
  const says = policySays(bucket.policy, action, `arn:aws:s3:::${name}${key === undefined ? '' : `/${textOf(key)}`}`)
  const acl = whose === 'bucket' || key === undefined ? bucket.acl : bucket.get(key)?.acl
  if (says === 'Deny' || (says !== 'Allow' && (acl === undefined || lists?.includes(acl) !== true))) throw denied
}
