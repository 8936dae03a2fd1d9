// The x-amz-copy-source header: which object is copied, whether it may be, and which bytes of it.
import { S3Error } from '../errors.ts'
import { percentDecoded } from '../http/byte-string.ts'
import type { ByteString } from '../http/byte-string.ts'
import { readCondition } from '../http/conditions.ts'
import type { Exchange } from '../http/exchange.ts'
import type { StoredObject } from '../store/objects.ts'
import type { Bucket } from '../store/store.ts'
import { checkKey } from './encryption.ts'
import { objectOf, versionHeaders } from './versions.ts'

/** What is copied, and where it is. */
interface CopySource { readonly bucket: Bucket; readonly object: StoredObject }

/**
 * The object to copy, its x-amz-copy-source-if-* conditions checked.
 * @throws S3Error InvalidArgument, NoSuchBucket, NoSuchKey, NoSuchVersion, PreconditionFailed; InvalidRequest when the version is a
 * delete marker.
 */
export function copySource(x: Exchange): CopySource {
  const header = x.header('x-amz-copy-source') ?? ''
  const [, path = '', version] = /^(.*?)(?:\?versionId=(.*))?$/.exec(header) ?? []
  // A plus sign is a space here, as in a form: S3 reads it so, and clients write it so.
  const decoded = percentDecoded(path.replace(/^\//, '').replaceAll('+', ' '))
  const slash = decoded?.indexOf('/') ?? -1
  if (decoded === undefined || slash < 1 || slash === decoded.length - 1) {
    throw new S3Error('InvalidArgument', 'x-amz-copy-source must be <bucket>/<key>, percent-encoded.',
      { ArgumentName: 'x-amz-copy-source', ArgumentValue: header })
  }
  const bucket = x.service.store.bucket(decoded.slice(0, slash))
  const object = sourceObject(bucket, decoded.slice(slash + 1) as ByteString, version)
  checkKey(x, object.encryption, 'x-amz-copy-source-server-side-encryption')
  if (readCondition(x, object, 'x-amz-copy-source-') === 'not-modified') {
    throw new S3Error('PreconditionFailed', 'A condition on the copy source does not hold.')
  }
  return { bucket, object }
}

function sourceObject(bucket: Bucket, key: ByteString, versionId: string | undefined): StoredObject {
  try {
    return objectOf(bucket, key, versionId)
  } catch (error) {
    if (!(error instanceof S3Error) || error.code !== 'MethodNotAllowed') throw error
    throw new S3Error('InvalidRequest', 'The version to copy from is a delete marker.')
  }
}

/** Says which version was copied. */
export function sourceVersionHeaders({ bucket, object }: CopySource): readonly string[] {
  const [, versionId] = versionHeaders(bucket, object)
  return versionId === undefined ? [] : ['x-amz-copy-source-version-id', versionId]
}

/** The bytes of x-amz-copy-source-range (`bytes=first-last`, both needed), or all. @throws S3Error InvalidArgument, InvalidRange. */
export function copyRange(x: Exchange, sizeBytes: number): { readonly start: number; readonly end: number } {
  const header = x.header('x-amz-copy-source-range')
  if (header === undefined) return { start: 0, end: sizeBytes }
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? []
  if (first === undefined || last === undefined || Number(last) < Number(first)) {
    throw new S3Error('InvalidArgument', 'x-amz-copy-source-range must be bytes=first-last.',
      { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header })
  }
  if (Number(last) >= sizeBytes) throw new S3Error('InvalidRange', undefined, { ActualObjectSize: String(sizeBytes) })
  return { start: Number(first), end: Number(last) + 1 }
}
