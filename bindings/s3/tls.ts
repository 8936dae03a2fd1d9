// Where sockets of a target connect to, and the TLS they speak there.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext, type ConnectionOptions, type SecureContext } from 'node:tls'
import { StorageError } from '../sdk/index.ts'
import type { S3Settings } from './settings.ts'

/** The host a socket connects to: with virtual addressing the bucket's own. */
export const connectHost = ({ endpoint, addressing, bucket }: S3Settings): string =>
  addressing === 'virtual' ? `${bucket}.${endpoint.host}` : endpoint.host

/** A PEM file of `tls:`. Throws StorageError('invalid') when it can't be read. */
function fileOf(key: 'ca' | 'cert' | 'key', path: string | undefined): { readonly [name in typeof key]?: Buffer } {
  if (path === undefined) return {}
  try {
    return { [key]: readFileSync(path) }
  } catch (error) {
    throw new StorageError('invalid', `tls.${key}: cannot read ${path}`, { cause: error })
  }
}

/** The key must be the certificate's. Throws StorageError('invalid') for files that hold something else. */
function contextOf({ ca, cert, key }: S3Settings['tls']): SecureContext {
  const files = { ...fileOf('ca', ca), ...fileOf('cert', cert), ...fileOf('key', key) }
  try {
    return createSecureContext(files)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const named = cert === undefined ? `tls.ca: ${ca ?? ''} holds no PEM certificates`
      : `tls.cert and tls.key: ${cert} and ${key ?? ''} are no PEM certificate with its unencrypted private key`
    throw new StorageError('invalid', `${named} (${said})`, { cause: error })
  }
}

/**
 * What `tls.connect` takes; undefined where no TLS is spoken. Throws StorageError('invalid') for files of CAs, certificate or key that
 * can't be used.
 */
export function tlsOptions(settings: S3Settings): ConnectionOptions | undefined {
  const { endpoint, tls } = settings
  if (!endpoint.secure) return undefined
  const name = tls.servername ?? connectHost(settings)
  return {
    secureContext: contextOf(tls),
    rejectUnauthorized: !tls.insecure,
    ALPNProtocols: ['http/1.1'],
    // TLS has no names that are addresses; the certificate is still checked against the address.
    ...(isIP(name) === 0 ? { servername: name } : {}),
  }
}
