// Where sockets of a target connect to, and the TLS they speak there.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext, type ConnectionOptions } from 'node:tls'
import { StorageError } from '../sdk/index.ts'
import type { S3Settings } from './settings.ts'

/** The host a socket connects to: with virtual addressing the bucket's own. */
export const connectHost = ({ endpoint, addressing, bucket }: S3Settings): string =>
  addressing === 'virtual' ? `${bucket}.${endpoint.host}` : endpoint.host

/** What `tls.connect` takes; undefined where no TLS is spoken. Throws StorageError('invalid') for a CA file that can't be read. */
export function tlsOptions(settings: S3Settings): ConnectionOptions | undefined {
  const { endpoint, tls } = settings
  if (!endpoint.secure) return undefined
  const name = tls.servername ?? connectHost(settings)
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
