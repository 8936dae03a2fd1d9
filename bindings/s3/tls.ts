// How a driver speaks TLS to an endpoint, from the target's `tls:`.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext, type ConnectionOptions } from 'node:tls'
import { StorageError } from '../sdk/index.ts'
import type { S3Settings } from './settings.ts'

/** Options for `tls.connect`; undefined where the endpoint is plain. Throws StorageError('invalid') for an unreadable CA file. */
export function tlsOptions({ endpoint, tls, addressing, bucket }: S3Settings): ConnectionOptions | undefined {
  if (!endpoint.secure) return undefined
  const name = tls.servername ?? (addressing === 'virtual' ? `${bucket}.${endpoint.host}` : endpoint.host)
  let ca: Buffer | undefined
  if (tls.ca !== undefined) {
    try {
      ca = readFileSync(tls.ca)
    } catch (error) {
      throw new StorageError('invalid', `tls.ca: cannot read ${tls.ca}`, { cause: error })
    }
  }
  return {
    secureContext: createSecureContext(ca === undefined ? {} : { ca }),
    rejectUnauthorized: !tls.insecure,
    ALPNProtocols: ['http/1.1'],
    // TLS has no names that are addresses; the certificate is still checked against the address.
    ...(isIP(name) === 0 ? { servername: name } : {}),
  }
}
