// From what an S3 store or a socket says to a code of the closed set, with a sentence that says what to do.
import { StorageError, type StorageCode, type StorageErrorFacts } from '../sdk/index.ts'

/** The store's own codes, as the field knows them (AWS, RADOS gateway, MinIO). What isn't here goes by its HTTP status. */
const CODE_OF: Readonly<Record<string, StorageCode>> = {
  NoSuchKey: 'not_found', NoSuchBucket: 'not_found', NoSuchUpload: 'not_found', NoSuchVersion: 'not_found', NotFound: 'not_found',
  AccessDenied: 'denied', SignatureDoesNotMatch: 'denied', InvalidAccessKeyId: 'denied', RequestTimeTooSkewed: 'denied',
  ExpiredToken: 'denied', InvalidToken: 'denied', TokenRefreshRequired: 'denied', AllAccessDisabled: 'denied', AccountProblem: 'denied',
  UserSuspended: 'denied', InvalidSecurity: 'denied', NotSignedUp: 'denied', AuthorizationQueryParametersError: 'denied',
  BucketAlreadyExists: 'conflict', BucketAlreadyOwnedByYou: 'conflict', BucketNotEmpty: 'conflict', OperationAborted: 'conflict',
  ConditionalRequestConflict: 'conflict', InvalidBucketState: 'conflict', InvalidObjectState: 'conflict',
  PositionNotEqualToLength: 'conflict', ObjectNotAppendable: 'conflict',
  PreconditionFailed: 'precondition', NotModified: 'precondition',
  SlowDown: 'throttled', Throttling: 'throttled', ThrottlingException: 'throttled', TooManyRequests: 'throttled',
  RequestLimitExceeded: 'throttled', BandwidthLimitExceeded: 'throttled', RequestThrottled: 'throttled', SlowDownRead: 'throttled',
  SlowDownWrite: 'throttled',
  ServiceUnavailable: 'unavailable', InternalError: 'unavailable', Busy: 'busy', ServerBusy: 'busy',
  RequestTimeout: 'timeout', IncompleteBody: 'cut',
  QuotaExceeded: 'no_space', XMinioStorageFull: 'no_space', InsufficientStorage: 'no_space', TooManyBuckets: 'no_space',
  BadDigest: 'corrupt', XAmzContentSHA256Mismatch: 'corrupt', InvalidDigest: 'invalid',
  NotImplemented: 'unsupported', MethodNotAllowed: 'unsupported', UnsupportedOperation: 'unsupported',
  InvalidRange: 'invalid', KeyTooLongError: 'invalid', EntityTooLarge: 'invalid', EntityTooSmall: 'invalid', InvalidArgument: 'invalid',
  InvalidBucketName: 'invalid', InvalidRequest: 'invalid', MalformedXML: 'invalid', MissingContentLength: 'invalid',
  InvalidPart: 'invalid', InvalidPartOrder: 'invalid', MetadataTooLarge: 'invalid', InvalidURI: 'invalid',
    InvalidLocationConstraint: 'invalid',
  IllegalLocationConstraintException: 'invalid', AuthorizationHeaderMalformed: 'invalid',
  PermanentRedirect: 'invalid', TemporaryRedirect: 'invalid', Redirect: 'invalid',
}

const codeOfStatus = (status: number): StorageCode => {
  if (status === 401 || status === 403) return 'denied'
  if (status === 404 || status === 410) return 'not_found'
  if (status === 405 || status === 501) return 'unsupported'
  if (status === 408) return 'timeout'
  if (status === 409) return 'conflict'
  if (status === 412 || status === 304) return 'precondition'
  if (status === 429) return 'throttled'
  if (status === 507) return 'no_space'
  if (status >= 500) return 'unavailable'
  return status >= 300 ? 'invalid' : 'other'
}

/** What an answer that is no success says of itself. */
export interface ErrorAnswer {
  readonly status: number
  /** `<Code>` of the error document; undefined for an answer without one (HEAD). */
  readonly code?: string
  /** `<Message>` of the error document. */
  readonly message?: string
  readonly requestId?: string
  /** The region the store says the bucket is in. */
  readonly region?: string
  /** The host a redirect leads to. */
  readonly location?: string
}

/** Store text made fit for one line: what a store sends is not ours to trust. */
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 200)

function adviceFor(answer: ErrorAnswer, settings: { readonly region: string; readonly bucket: string }): string {
  const elsewhere = answer.region !== undefined && answer.region !== settings.region
  if (elsewhere && (answer.status < 400 || answer.code === 'AuthorizationHeaderMalformed' ||
    answer.code === 'IllegalLocationConstraintException')) {
    const region = oneLine(answer.region)
    return `: bucket ${settings.bucket} is in region ${region}; set region: ${region} and the endpoint of that region`
  }
  if (answer.status === 301 || answer.status === 302 || answer.status === 307 || answer.status === 308) {
    const where = answer.location === undefined ? 'elsewhere' : `to ${oneLine(answer.location)}`
    return `: it sends us ${where}, and redirects are not followed; name the right endpoint and region`
  }
  switch (answer.code) {
    case 'RequestTimeTooSkewed': return ': the clock of this machine and the store\'s are too far apart; set this one by NTP'
    case 'SignatureDoesNotMatch': return ': the secret key is not the one of this access key'
    case 'InvalidAccessKeyId': return ': the store does not know this access key'
    default: return answer.message === undefined || answer.message === '' ? '' : `: ${oneLine(answer.message)}`
  }
}

/** The error of an answer the store gave, with `what` ('GET key') in front. */
export function errorOfAnswer(
  what: string, answer: ErrorAnswer, settings: { readonly region: string; readonly bucket: string }, endpoint: string,
): StorageError {
  const named = answer.code !== undefined && Object.hasOwn(CODE_OF, answer.code) ? CODE_OF[answer.code] : undefined
  const detail = answer.code === undefined ? `HTTP ${answer.status}` : oneLine(answer.code)
  // Some clients tell the store's code and not the status.
  const said = answer.code === undefined ? `${answer.status}` : answer.status === 0 ? detail : `${answer.status} ${detail}`
  return new StorageError(named ?? codeOfStatus(answer.status), `${what}: the store answered ${said}${adviceFor(answer, settings)}`, {
    detail, endpoint, ...(answer.requestId === undefined ? {} : { requestId: answer.requestId }),
  })
}

/** What to do about a failure of the store itself, by its code; undefined where only the store's own words can say. */
export function adviceForCode(code: StorageCode): string | undefined {
  switch (code) {
    case 'throttled': case 'unavailable': case 'busy':
      return 'the store is overloaded, or what is behind it is down: see ceph -s and the gateway\'s log'
    case 'timeout': return 'see ceph -s and the gateway\'s log; timeout: in the targets file allows more time'
    case 'cut': return 'the connection does not hold: is a proxy or a firewall in between?'
    case 'no_space': return 'make room, or raise the quota (radosgw-admin quota set)'
    case 'unsupported': return 'the store does not know this operation'
    case 'protocol': return 'is it an S3 endpoint? The scheme (http or https) and the port may be another service\'s'
    default: return undefined
  }
}

/** Codes of `<Error>` entries inside a 200 answer (multi-delete). */
export const storageCodeOf = (code: string): StorageCode => (Object.hasOwn(CODE_OF, code) ? CODE_OF[code] : undefined) ?? 'other'

const nativeCode = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  // Several addresses were tried: the first one's reason stands for all.
  if ('errors' in error && Array.isArray(error.errors)) return nativeCode(error.errors[0])
  return 'unknown'
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; is the gateway running, is the port right?',
  ENOTFOUND: 'the host name is unknown; is it spelled right, does DNS work?',
  EAI_AGAIN: 'the name server did not answer',
  EHOSTUNREACH: 'there is no route to that host',
  ENETUNREACH: 'there is no route to that network',
  ETIMEDOUT: 'the host did not answer; is a firewall in between?',
  EMFILE: 'this process may not open more files: raise `ulimit -n`',
  EADDRNOTAVAIL: 'no local port is free (use fewer connections, or wait for old ones to expire), or local_address is not this machine\'s',
  ECONNRESET: 'the connection was closed before it was ready; does the endpoint speak this scheme (http or https)?',
  EPROTO: 'no TLS was spoken there; should the endpoint begin with http:// ?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no TLS was spoken there; should the endpoint begin with http:// ?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name: set tls.servername, or tls.insecure: true',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it, or set tls.insecure: true',
}
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

/** What to do about a connection that never came to be. */
export function adviceForConnect(error: unknown): string {
  const detail = nativeCode(error)
  return UNTRUSTED.has(detail) ? 'its certificate is not trusted: name its CA in tls.ca, or set tls.insecure: true'
    : (Object.hasOwn(UNREACHABLE, detail) ? UNREACHABLE[detail] : undefined) ?? oneLine(error instanceof Error ? error.message : '')
}

/** The error of a connection that never came to be. */
export function errorOfConnect(error: unknown, endpoint: string): StorageError {
  const detail = nativeCode(error)
  return new StorageError('unreachable', `cannot connect to ${endpoint} (${detail}): ${adviceForConnect(error)}`,
    { detail, endpoint, cause: error })
}

/** The error of a connection that broke while an operation was using it. */
export function errorOfCut(what: string, error: unknown, endpoint: string, when: string): StorageError {
  const detail = error === undefined ? 'EOF' : nativeCode(error)
  const facts: StorageErrorFacts = { detail, endpoint, ...(error === undefined ? {} : { cause: error }) }
  return new StorageError('cut', `${what}: the connection to ${endpoint} was closed ${when} (${detail})`, facts)
}

/** What was thrown, as an Error whatever it is. */
export const asError = (error: unknown): Error => error instanceof Error ? error : new TypeError(String(error))

/** What was thrown before there was anything to wait for, as whoever waits meets it. */
export const rejected = (error: unknown): Promise<never> => Promise.reject(asError(error))
