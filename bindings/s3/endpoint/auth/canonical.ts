// SigV4's canonical request, made from a request as it came over the wire.
import type { IncomingMessage } from 'node:http'
import { S3Error } from '../errors.ts'
import type { Target } from '../http/target.ts'

/** Headers whose values SigV4 joins or trims: `name:value` with inner runs of spaces made one, several of one name joined by a comma. */
function signedValue(request: IncomingMessage, name: string, repeated: boolean): string {
  let value = request.headers[name]
  if (repeated) value = request.headersDistinct[name]?.map((each) => each.trim()).join(',')
  if (Array.isArray(value)) value = value.join(',')
  if (value === undefined) {
    throw new S3Error('SignatureDoesNotMatch', `The signature covers the header ${name}, which the request does not have.`)
  }
  return value.trim().replace(/ {2,}/g, ' ')
}

/** Everything that changes what S3 does must be signed: the host, and all x-amz-* headers. */
function requireSigned(request: IncomingMessage, signed: readonly string[]): void {
  const unsigned = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-') && !signed.includes(name))
  if (!signed.includes('host')) unsigned.push('host')
  if (unsigned.length > 0) {
    throw new S3Error('AccessDenied', `The signature does not cover ${unsigned.join(', ')}.`, { HeadersNotSigned: unsigned.join(', ') })
  }
}

/**
 * The canonical request (AWS Signature Version 4, "Create a canonical request"; S3 encodes the path once). One char a byte, as the
 * headers came: hash it as latin1.
 * @throws S3Error AccessDenied, SignatureDoesNotMatch when a header is not signed, or signed and absent.
 */
export function canonicalRequest(
  request: IncomingMessage, target: Target, signed: readonly string[], payload: string, withoutParameter?: string,
): string {
  requireSigned(request, signed)
  const repeated = Object.keys(request.headers).length * 2 !== request.rawHeaders.length
  const lines = signed.map((name) => `${name}:${signedValue(request, name, repeated)}`).join('\n')
  const query = target.query.isEmpty ? '' : target.query.canonical(withoutParameter)
  return `${request.method ?? ''}\n${target.canonicalPath}\n${query}\n${lines}\n\n${signed.join(';')}\n${payload}`
}
