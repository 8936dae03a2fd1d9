// Where a request keeps its signature: the Authorization header, or the query of a presigned URL.
import type { IncomingMessage } from 'node:http'
import { S3Error } from '../errors.ts'
import type { Query } from '../http/query.ts'

export interface Claim {
  readonly accessKey: string
  /** `YYYYMMDD`, region, service and ending of the credential scope. */
  readonly scopeDate: string
  readonly region: string
  readonly service: string
  readonly terminator: string
  /** Lower-case names, in the order they were signed. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string
  /** Presigned URLs only: how long it is good for, in seconds. */
  readonly expiresSeconds: number | undefined
  readonly presigned: boolean
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const HEADER = /^AWS4-HMAC-SHA256\s+Credential=([^\s,]+)\s*,\s*SignedHeaders=([^\s,]+)\s*,\s*Signature=([0-9a-fA-F]{64})$/
const TIMESTAMP = /^\d{8}T\d{6}Z$/
const EXPIRES_MAX_SECONDS = 7 * 24 * 3600

type Malformed = 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError'

/** The five parts of `accessKey/date/region/service/aws4_request`; an access key may hold slashes itself. */
function scopeOf(credential: string, code: Malformed): Pick<Claim, 'accessKey' | 'scopeDate' | 'region' | 'service' | 'terminator'> {
  const parts = credential.split('/')
  const [scopeDate, region, service, terminator] = parts.splice(-4)
  const accessKey = parts.join('/')
  if (accessKey === '' || scopeDate === undefined || region === undefined || service === undefined || terminator === undefined) {
    throw new S3Error(code, 'The credential is not of the form <access key>/<date>/<region>/s3/aws4_request.')
  }
  return { accessKey, scopeDate, region, service, terminator }
}

const namesOf = (signedHeaders: string): string[] => signedHeaders.split(';').map((name) => name.toLowerCase())

/** x-amz-date, or Date brought to the same form. */
function timestampOf(request: IncomingMessage): string {
  const stamp = request.headers['x-amz-date']
  if (typeof stamp === 'string' && TIMESTAMP.test(stamp)) return stamp
  const dateMs = stamp === undefined ? Date.parse(request.headers.date ?? '') : Number.NaN
  if (Number.isNaN(dateMs)) {
    throw new S3Error('AccessDenied', 'A signed request needs an x-amz-date header (YYYYMMDDTHHMMSSZ) or a Date header.')
  }
  return new Date(dateMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

const version2 = (): S3Error =>
  new S3Error('InvalidRequest', 'Signature Version 2 is not accepted in a header; sign with AWS4-HMAC-SHA256.')

function headerClaim(request: IncomingMessage, authorization: string): Claim {
  if (/^AWS\s/.test(authorization)) throw version2()
  const match = HEADER.exec(authorization)
  const [, credential, signedHeaders, signature] = match ?? []
  if (credential === undefined || signedHeaders === undefined || signature === undefined) throw new S3Error('AuthorizationHeaderMalformed')
  const scope = scopeOf(credential, 'AuthorizationHeaderMalformed')
  const timestamp = timestampOf(request)
  return { ...scope, signedHeaders: namesOf(signedHeaders), signature, timestamp, expiresSeconds: undefined, presigned: false }
}

function queryClaim(query: Query): Claim {
  const wanted = (name: string): string => {
    const value = query.text(name)
    if (value === undefined || value === '') throw new S3Error('AuthorizationQueryParametersError', `A presigned URL needs ${name}.`)
    return value
  }
  const wrong = (what: string): never => { throw new S3Error('AuthorizationQueryParametersError', what) }
  if (wanted('X-Amz-Algorithm') !== ALGORITHM) wrong(`X-Amz-Algorithm must be ${ALGORITHM}.`)
  const scope = scopeOf(wanted('X-Amz-Credential'), 'AuthorizationQueryParametersError')
  const timestamp = wanted('X-Amz-Date')
  if (!TIMESTAMP.test(timestamp)) wrong('X-Amz-Date must have the form YYYYMMDDTHHMMSSZ.')
  const expires = wanted('X-Amz-Expires')
  const expiresSeconds = Number(expires)
  if (!/^\d{1,9}$/.test(expires) || expiresSeconds < 1 || expiresSeconds > EXPIRES_MAX_SECONDS) {
    wrong(`X-Amz-Expires must be 1 to ${EXPIRES_MAX_SECONDS} seconds.`)
  }
  const signature = wanted('X-Amz-Signature')
  return { ...scope, signedHeaders: namesOf(wanted('X-Amz-SignedHeaders')), signature, timestamp, expiresSeconds, presigned: true }
}

/**
 * What the request claims about who signed it.
 * @throws S3Error AccessDenied when it claims nothing, and what fits when the claim is malformed.
 */
export function claimOf(request: IncomingMessage, query: Query): Claim {
  const { authorization } = request.headers
  const inQuery = !query.isEmpty && (query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature'))
  if (authorization !== undefined && inQuery) {
    throw new S3Error('InvalidArgument', 'Sign in the Authorization header or in the query, not in both.')
  }
  if (authorization !== undefined) return headerClaim(request, authorization)
  if (inQuery) return queryClaim(query)
  throw new S3Error('AccessDenied', 'The request is not signed; the endpoint answers nobody without a signature.')
}
