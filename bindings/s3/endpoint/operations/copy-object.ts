// Copying an object within the endpoint. The copy shares the bytes of the original, but is charged for them.
import { checksumNamed } from '../checksum/declared.ts'
import type { Checksum } from '../checksum/declared.ts'
import { S3Error } from '../errors.ts'
import { checkWriteCondition } from '../http/conditions.ts'
import type { Exchange } from '../http/exchange.ts'
import { checksumOf, md5Of } from '../store/pieces.ts'
import type { StoredObject } from '../store/store.ts'
import { leaf, s3Document } from '../xml/writer.ts'
import { copySource } from './copy-source.ts'
import type { Operation } from './operation.ts'
import { checksumElements, etagOf, isoDate, keptHeaders } from './shapes.ts'

/** An ETag of several parts does not pass to the copy, which is stored whole. */
const copiedEtag = (x: Exchange, source: StoredObject): string =>
  !source.etag.includes('-') ? source.etag : etagOf(x.service, x.service.etag === 'md5' ? md5Of(source.pieces) : undefined)

function copiedChecksum(x: Exchange, source: StoredObject): Checksum | undefined {
  const wanted = x.header('x-amz-checksum-algorithm')
  if (wanted === undefined && source.checksum?.type !== 'COMPOSITE') return source.checksum
  const name = wanted === undefined ? source.checksum?.name : checksumNamed(wanted)
  return name && { name, value: checksumOf(name, source.pieces), type: 'FULL_OBJECT' }
}

const copyObject: Operation = {
  name: 'CopyObject', level: 'object', method: 'PUT', copies: true,
  handle(x) {
    const { bucket, key, service } = x
    const source = copySource(x)
    const replaces = x.header('x-amz-metadata-directive')?.toUpperCase() === 'REPLACE'
    if (source === bucket.get(key) && !replaces) {
      throw new S3Error('InvalidRequest', 'An object can be copied onto itself only with x-amz-metadata-directive: REPLACE.')
    }
    checkWriteCondition(x, bucket.get(key))
    using lease = service.store.capacity.lease()
    lease.grow(source.sizeBytes)
    const copy: StoredObject = {
      ...source, key, etag: copiedEtag(x, source), modified: service.moment(), headers: replaces ? keptHeaders(x) : source.headers,
      checksum: copiedChecksum(x, source),
    }
    lease.keep()
    bucket.put(copy)
    x.replyXml(s3Document('CopyObjectResult',
      leaf('ETag', copy.etag), leaf('LastModified', isoDate(copy.modified)), checksumElements(copy.checksum)))
  },
}

export const copyOperations: readonly Operation[] = [copyObject]
