// The x-amz-copy-source header: which object is copied, whether it may be, and which bytes of it.
import { S3Error } from '../errors.ts'
import { percentDecoded } from '../http/byte-string.ts'
import type { ByteString } from '../http/byte-string.ts'
import { readCondition } from '../http/conditions.ts'
import type { Exchange } from '../http/exchange.ts'
import type { StoredObject } from '../store/store.ts'

/**
 * The object to copy, its x-amz-copy-source-if-* conditions checked.
 * @throws S3Error InvalidArgument, NoSuchBucket, NoSuchKey, PreconditionFailed.
 */
export function copySource(x: Exchange): StoredObject {
  const header = x.header('x-amz-copy-source') ?? ''
  const [path = '', query = ''] = header.split('?', 2)
  if (query !== '' && query !== 'versionId=null') throw new S3Error('NotImplemented', 'The endpoint keeps no versions to copy from.')
  const decoded = percentDecoded(path.replace(/^\//, ''))
  const slash = decoded?.indexOf('/') ?? -1
  if (decoded === undefined || slash < 1 || slash === decoded.length - 1) {
    throw new S3Error('InvalidArgument', 'x-amz-copy-source must be <bucket>/<key>, percent-encoded.',
      { ArgumentName: 'x-amz-copy-source', ArgumentValue: header })
  }
  const object = x.service.store.bucket(decoded.slice(0, slash)).get(decoded.slice(slash + 1) as ByteString)
  if (object === undefined) throw new S3Error('NoSuchKey', 'There is no object under the key to copy from.')
  if (readCondition(x, object, 'x-amz-copy-source-') === 'not-modified') {
    throw new S3Error('PreconditionFailed', 'A condition on the copy source does not hold.')
  }
  return object
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
