// Presigned URLs of Signature Version 2: boto3 makes them unless told otherwise. Requests signed so in a header are not taken.
import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { S3Error } from '../errors.ts'
import type { Target } from '../http/target.ts'

/** Parameters that belong to the resource that is signed ("Signing and authenticating REST requests", AWS). */
const SIGNED_PARAMETERS: ReadonlySet<string> = new Set([
  'accelerate', 'acl', 'analytics', 'cors', 'delete', 'inventory', 'lifecycle', 'location', 'logging', 'metrics', 'notification',
  'object-lock', 'partNumber', 'policy', 'replication', 'requestPayment', 'response-cache-control', 'response-content-disposition',
  'response-content-encoding', 'response-content-language', 'response-content-type', 'response-expires', 'restore', 'select',
  'select-type', 'tagging', 'torrent', 'uploadId', 'uploads', 'versionId', 'versioning', 'versions', 'website',
])

/** True when the query carries a signature of this version. */
export const isVersion2 = ({ query }: Target): boolean => !query.isEmpty && query.has('AWSAccessKeyId')

/** The bucket and path as they came, and the parameters above, sorted. A bucket named by the host stands in front. */
function resourceOf(url: string, target: Target): string {
  const path = url.split('?', 1)[0] ?? ''
  const isHosted = target.bucket !== undefined && !(path === `/${target.bucket}` || path.startsWith(`/${target.bucket}/`))
  const parameters = target.query.names().filter((name) => SIGNED_PARAMETERS.has(name)).sort()
    .map((name) => {
      const value = target.query.text(name) ?? ''
      return value === '' ? name : `${name}=${value}`
    })
  return `${isHosted ? `/${target.bucket}` : ''}${path}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`
}

function headersOf(request: IncomingMessage): string {
  return Object.keys(request.headers).filter((name) => name.startsWith('x-amz-')).sort()
    .map((name) => `${name}:${request.headersDistinct[name]?.map((value) => value.trim()).join(',') ?? ''}\n`).join('')
}

/** @throws S3Error InvalidAccessKeyId, AccessDenied when it has expired, SignatureDoesNotMatch. */
export function verifyVersion2(
  request: IncomingMessage, target: Target, keys: { readonly accessKey: string; readonly secretKey: string }, nowMs: number,
): void {
  const { query } = target
  const [accessKey, expires, signature] = [query.text('AWSAccessKeyId') ?? '', query.text('Expires') ?? '', query.text('Signature') ?? '']
  if (accessKey !== keys.accessKey) throw new S3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKey })
  if (!/^\d{1,12}$/.test(expires)) throw new S3Error('AccessDenied', 'Expires must be seconds since 1970.')
  if (nowMs > Number(expires) * 1000) throw new S3Error('AccessDenied', 'The presigned URL has expired.', { Expires: expires })
  const { 'content-md5': md5 = '', 'content-type': contentType = '' } = request.headers
  const facts = [request.method ?? '', String(md5), contentType, expires]
  const toSign = `${facts.join('\n')}\n${headersOf(request)}${resourceOf(request.url ?? '', target)}`
  const wanted = createHmac('sha1', keys.secretKey).update(Buffer.from(toSign, 'latin1')).digest('base64')
  if (signature !== wanted) {
    throw new S3Error('SignatureDoesNotMatch', undefined, { AWSAccessKeyId: accessKey, StringToSign: toSign, SignatureProvided: signature })
  }
}
