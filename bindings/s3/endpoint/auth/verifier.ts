// Checks AWS Signature Version 4, written from its specification and apart from the client's signer, so that each checks the other.
import { createHmac, createSecretKey, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { S3Error } from '../errors.ts'
import type { Target } from '../http/target.ts'
import { canonicalRequest } from './canonical.ts'
import { claimOf } from './credential.ts'
import type { Claim } from './credential.ts'
import { isVersion2, verifyVersion2 } from './version2.ts'
import { ChunkSignatures } from './chunk-signatures.ts'

const SKEW_MAX_MS = 15 * 60 * 1000

/** How the body is vouched for. `chunked` bodies are aws-chunked; their `signatures` are undefined when chunks are not signed. */
export type PayloadGrant =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'hashed'; readonly sha256: string }
  | { readonly kind: 'chunked'; readonly signatures: ChunkSignatures | undefined; readonly trailer: boolean }

interface VerifierOptions {
  readonly accessKey: string
  readonly secretKey: string
  readonly region: string
  epochMs(): number
}

/** Milliseconds since the epoch of `YYYYMMDDTHHMMSSZ`; NaN for no such moment. */
const msOf = (stamp: string): number =>
  Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

const hmac = (key: KeyObject | string, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** Verifies the requests of one pair of keys. */
export class Verifier {
  readonly #options: VerifierOptions
  /** The signing key of the last date seen: it changes once a day. */
  #signingKey: { readonly scopeDate: string; readonly key: KeyObject } | undefined

  constructor(options: VerifierOptions) { this.#options = options }

  /**
   * Checks the signature over the head and says what is to be checked of the body.
   * @throws S3Error AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed, and what fits malformed claims.
   */
  verify(request: IncomingMessage, target: Target): PayloadGrant {
    if (request.headers.authorization === undefined && isVersion2(target)) {
      verifyVersion2(request, target, this.#options, this.#options.epochMs())
      return { kind: 'unsigned' }
    }
    const claim = claimOf(request, target.query)
    if (request.headers['x-amz-security-token'] !== undefined || target.query.has('X-Amz-Security-Token')) throw new S3Error('InvalidToken')
    if (claim.accessKey !== this.#options.accessKey) throw new S3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: claim.accessKey })
    this.#checkScope(claim)
    this.#checkTime(claim)
    const payload = payloadHashOf(request, target, claim)
    const canonical = canonicalRequest(request, target, claim.signedHeaders, payload, claim.presigned ? 'X-Amz-Signature' : undefined)
    const scope = `${claim.scopeDate}/${claim.region}/s3/aws4_request`
    const toSign = `AWS4-HMAC-SHA256\n${claim.timestamp}\n${scope}\n${hash('sha256', Buffer.from(canonical, 'latin1'))}`
    const key = this.#keyFor(claim.scopeDate)
    const signature = createHmac('sha256', key).update(toSign).digest('hex')
    if (signature !== claim.signature) {
      throw new S3Error('SignatureDoesNotMatch', undefined, {
        AWSAccessKeyId: claim.accessKey, StringToSign: toSign, SignatureProvided: claim.signature, CanonicalRequest: canonical,
      })
    }
    return grantOf(payload, () => new ChunkSignatures(key, claim.timestamp, scope, signature))
  }

  #checkScope(claim: Claim): void {
    const code = claim.presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed'
    if (claim.region !== this.#options.region) {
      throw new S3Error(code, `The credential's region is '${claim.region}'; the endpoint's is '${this.#options.region}'.`,
        { Region: this.#options.region })
    }
    if (claim.service !== 's3') throw new S3Error(code, `The credential's service is '${claim.service}'; it must be 's3'.`)
    if (claim.terminator !== 'aws4_request') throw new S3Error(code, 'The credential must end in aws4_request.')
    if (claim.scopeDate !== claim.timestamp.slice(0, 8)) {
      throw new S3Error(code, `The credential's date ${claim.scopeDate} is not that of the request's timestamp ${claim.timestamp}.`)
    }
  }

  #checkTime(claim: Claim): void {
    const nowMs = this.#options.epochMs()
    const signedMs = msOf(claim.timestamp)
    if (Number.isNaN(signedMs)) throw new S3Error('AccessDenied', `${claim.timestamp} is no date.`)
    const facts = {
      RequestTime: claim.timestamp, ServerTime: new Date(nowMs).toISOString(), MaxAllowedSkewMilliseconds: String(SKEW_MAX_MS),
    }
    if (claim.expiresSeconds === undefined) {
      if (Math.abs(nowMs - signedMs) > SKEW_MAX_MS) throw new S3Error('RequestTimeTooSkewed', undefined, facts)
      return
    }
    if (signedMs - nowMs > SKEW_MAX_MS) throw new S3Error('AccessDenied', 'The presigned URL is not valid yet.', facts)
    if (nowMs > signedMs + claim.expiresSeconds * 1000) throw new S3Error('AccessDenied', 'The presigned URL has expired.', facts)
  }

  #keyFor(scopeDate: string): KeyObject {
    if (this.#signingKey?.scopeDate === scopeDate) return this.#signingKey.key
    const { secretKey, region } = this.#options
    const steps = [region, 's3', 'aws4_request']
    const first = hmac(`AWS4${secretKey}`, scopeDate)
    const key = createSecretKey(steps.reduce((bytes, step) => hmac(createSecretKey(bytes), step), first))
    this.#signingKey = { scopeDate, key }
    return key
  }
}

/** The last line of the canonical request. */
function payloadHashOf(request: IncomingMessage, target: Target, claim: Claim): string {
  const header = request.headers['x-amz-content-sha256']
  if (typeof header === 'string') return header
  if (claim.presigned) return target.query.text('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD'
  throw new S3Error('InvalidRequest', 'A signed request needs the header x-amz-content-sha256.')
}

function grantOf(payload: string, signatures: () => ChunkSignatures): PayloadGrant {
  switch (payload) {
    case 'UNSIGNED-PAYLOAD': return { kind: 'unsigned' }
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER': return { kind: 'chunked', signatures: undefined, trailer: true }
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': return { kind: 'chunked', signatures: signatures(), trailer: false }
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': return { kind: 'chunked', signatures: signatures(), trailer: true }
    default:
  }
  if (payload.startsWith('STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD')) {
    throw new S3Error('NotImplemented', 'Signature Version 4A is not offered; sign with AWS4-HMAC-SHA256.')
  }
  if (!/^[0-9a-f]{64}$/.test(payload)) {
    throw new S3Error('InvalidArgument', 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING-… form, or a SHA-256 in hex.')
  }
  return { kind: 'hashed', sha256: payload }
}
