// What a request is about: bucket, key and query, out of the request line and the Host header.
import { isIP } from 'node:net'
import { S3Error } from '../errors.ts'
import { isWellFormed, percentDecoded, percentEncodedPath, textOf } from './byte-string.ts'
import type { ByteString } from './byte-string.ts'
import { NO_QUERY, Query } from './query.ts'

const KEY_MAX_BYTES = 1024

export interface Target {
  /** Undefined: the service itself. */
  readonly bucket: string | undefined
  /** Undefined: the bucket itself. */
  readonly key: ByteString | undefined
  readonly query: Query
  /** The whole path as SigV4 signs it. */
  readonly canonicalPath: string
}

/** The host without its port, in lower case; brackets of an IPv6 address are kept. */
const hostNameOf = (host: string): string => host.replace(/:\d*$/, '').toLowerCase()

/**
 * The bucket a Host header names, or undefined for path style. `<bucket>.localhost` always names one; any other
 * dotted name does when what stands before one of its dots is a bucket there is (the longest counts).
 */
function bucketOfHost(host: string, exists: (bucket: string) => boolean): string | undefined {
  const name = hostNameOf(host)
  if (!name.includes('.') || name.startsWith('[') || isIP(name) !== 0) return undefined
  if (name.endsWith('.localhost')) return name.slice(0, -'.localhost'.length)
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const candidate = name.slice(0, dot)
    if (exists(candidate)) return candidate
  }
  return undefined
}

function keyOf(bytes: ByteString): ByteString {
  if (bytes.length > KEY_MAX_BYTES) {
    throw new S3Error('KeyTooLongError', undefined, { Size: String(bytes.length), MaxSizeAllowed: String(KEY_MAX_BYTES) })
  }
  return bytes
}

/**
 * Reads a request target (`/bucket/key?query`).
 * @throws S3Error InvalidURI, KeyTooLongError.
 */
export function targetOf(url: string, host: string, exists: (bucket: string) => boolean): Target {
  const mark = url.indexOf('?')
  const rawPath = mark < 0 ? url : url.slice(0, mark)
  const path = percentDecoded(rawPath)
  if (path === undefined || !rawPath.startsWith('/') || !isWellFormed(path)) throw new S3Error('InvalidURI')
  const query = mark < 0 ? NO_QUERY : new Query(url.slice(mark + 1))
  const canonicalPath = percentEncodedPath(path)
  const hosted = bucketOfHost(host, exists)
  if (hosted !== undefined) {
    return { bucket: hosted, key: path === '/' ? undefined : keyOf(path.slice(1) as ByteString), query, canonicalPath }
  }
  const slash = path.indexOf('/', 1)
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash)
  const key = slash < 0 || slash === path.length - 1 ? undefined : keyOf(path.slice(slash + 1) as ByteString)
  if (bucket === '') {
    if (key !== undefined) throw new S3Error('InvalidBucketName')
    return { bucket: undefined, key: undefined, query, canonicalPath }
  }
  return { bucket: textOf(bucket as ByteString), key, query, canonicalPath }
}
