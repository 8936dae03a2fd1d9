// Server-side encryption as headers tell of it: kept, shown and, for a customer's key, asked for again. In memory nothing is encrypted.
import { hash } from 'node:crypto'
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Encryption } from '../store/extras.ts'

const LEAD = 'x-amz-server-side-encryption'
const KEY_BYTES = 32

/** The MD5 of the customer's key a request brings; undefined where it brings none. @throws S3Error InvalidArgument, InvalidRequest. */
function customerKeyMd5(x: Exchange, lead: string): string | undefined {
  const [algorithm, key, md5] = ['algorithm', 'key', 'key-md5'].map((name) => x.header(`${lead}-customer-${name}`))
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined
  if (algorithm !== 'AES256') throw new S3Error('InvalidArgument', `${lead}-customer-algorithm must be AES256.`)
  const bytes = Buffer.from(key ?? '', 'base64')
  if (bytes.length !== KEY_BYTES) {
    throw new S3Error('InvalidArgument', `${lead}-customer-key must be the base64 form of ${KEY_BYTES} bytes.`)
  }
  if (hash('md5', bytes, 'base64') !== md5) throw new S3Error('InvalidArgument', `${lead}-customer-key-md5 is not the MD5 of the key.`)
  return md5
}

/** How the object of an upload is to be encrypted: what its headers say, or else what the bucket was told. */
export function encryptionAsked(x: Exchange, usual: Encryption | undefined): Encryption | undefined {
  const keyMd5 = customerKeyMd5(x, LEAD)
  const kind = x.header(LEAD)
  if (keyMd5 !== undefined) {
    if (kind !== undefined) throw new S3Error('InvalidArgument', 'An object has the customer\'s key or the store\'s, not both.')
    return { kind: 'customer', keyMd5 }
  }
  switch (kind) {
    case undefined: return usual
    case 'AES256': return { kind }
    case 'aws:kms': return { kind, keyId: x.header(`${LEAD}-aws-kms-key-id`) }
    default: throw new S3Error('InvalidArgument', `${LEAD} must be AES256 or aws:kms.`, { ArgumentName: LEAD, ArgumentValue: kind })
  }
}

/**
 * Checks that a request brings the key the object was stored with. `lead` is of the copy source's headers where that is read.
 * @throws S3Error InvalidRequest, AccessDenied.
 */
export function checkKey(
  x: Exchange, encryption: Encryption | undefined, lead: 'x-amz-copy-source-server-side-encryption' | typeof LEAD = LEAD,
): void {
  const keyMd5 = customerKeyMd5(x, lead)
  const wanted = encryption?.kind === 'customer' ? encryption.keyMd5 : undefined
  if (wanted === keyMd5) return
  if (wanted === undefined) throw new S3Error('InvalidRequest', 'The object was not stored with a customer\'s key.')
  if (keyMd5 === undefined) throw new S3Error('InvalidRequest', 'The object was stored with a customer\'s key, which must be sent again.')
  throw new S3Error('AccessDenied', 'The object was stored with another customer\'s key.')
}

/** What answers say of it. */
export function encryptionHeaders(encryption: Encryption | undefined): string[] {
  switch (encryption?.kind) {
    case undefined: return []
    case 'AES256': return [LEAD, 'AES256']
    case 'aws:kms': return [LEAD, 'aws:kms', ...encryption.keyId === undefined ? [] : [`${LEAD}-aws-kms-key-id`, encryption.keyId]]
    case 'customer': return [`${LEAD}-customer-algorithm`, 'AES256', `${LEAD}-customer-key-MD5`, encryption.keyMd5]
    default: return encryption satisfies never
  }
}
