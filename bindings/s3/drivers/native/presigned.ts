// Requests whose signature stands in the URL, as those made with a presigned URL: AWS Signature Version 4, query parameters.
import { hash } from 'node:crypto'
import { canonicalQuery, canonicalValue, encodeKey } from '../../canonical.ts'
import { checkHeader } from '../../request-parts.ts'
import type { S3Settings } from '../../settings.ts'
import { UNSIGNED_PAYLOAD, hmacHex, signingKey, type Header } from '../../signer.ts'
import type { Parts } from './requests.ts'

/**
 * The head of such a request, with its URL signed for now and good for `seconds`. Throws StorageError('invalid') for a header that
 * can't be sent. Bodies are not signed.
 */
export function presignedHead(
  settings: S3Settings, epochMs: number, method: string, key: string | undefined, parts: Parts, seconds: number,
): string {
  const { endpoint, bucket, addressing, accessKey, secretKey, sessionToken, region } = settings
  const virtual = addressing === 'virtual'
  const host = virtual ? `${bucket}.${endpoint.authority}` : endpoint.authority
  const path = `${virtual ? '' : `/${encodeKey(bucket)}`}${key === undefined ? '' : `/${encodeKey(key)}`}` || '/'
  const date = new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = date.slice(0, 8)
  const scope = `${day}/${region}/s3/aws4_request`
  const own: readonly Header[] = parts.signed ?? []
  for (const [name, value] of own) checkHeader(name, value)
  const signed: Header[] = [['host', host], ...own]
  signed.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
  const names = signed.map(([name]) => name).join(';')
  const query = canonicalQuery([
    ...parts.query ?? [], ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'], ['X-Amz-Credential', `${accessKey}/${scope}`], ['X-Amz-Date', date],
    ['X-Amz-Expires', String(seconds)], ['X-Amz-SignedHeaders', names],
    ...sessionToken === undefined ? [] : [['X-Amz-Security-Token', sessionToken] as const],
  ])
  const headers = signed.map(([name, value]) => `${name}:${canonicalValue(value)}\n`).join('')
  const digest = hash('sha256', Buffer.from(`${method}\n${path}\n${query}\n${headers}\n${names}\n${UNSIGNED_PAYLOAD}`, 'latin1'), 'hex')
  const signature = hmacHex(signingKey(secretKey, day, region), `AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`)
  const lines = own.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const framing = parts.body === undefined ? '' : `Content-Length: ${parts.body.sizeBytes}\r\n`
  const connection = settings.keepConnections ? '' : 'Connection: close\r\n'
  return `${method} ${path}?${query}&X-Amz-Signature=${signature} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: chopsticks\r\n` +
    `${connection}${lines}${parts.plain ?? ''}${framing}\r\n`
}
