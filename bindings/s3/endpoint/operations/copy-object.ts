// Copying an object within the endpoint. The copy shares the bytes of the original, but is charged for them.
import { checksumNamed } from '../checksum/declared.ts'
import type { Checksum } from '../checksum/declared.ts'
import { S3Error } from '../errors.ts'
import { checkWriteCondition } from '../http/conditions.ts'
import type { Exchange } from '../http/exchange.ts'
import { checksumOf, md5Of } from '../store/pieces.ts'
import type { StoredObject } from '../store/objects.ts'
import { leaf, s3Document } from '../xml/writer.ts'
import { copySource, sourceVersionHeaders } from './copy-source.ts'
import { encryptionHeaders } from './encryption.ts'
import { extrasOf } from './extras.ts'
import type { Operation } from './operation.ts'
import { checksumElements, etagOf, isoDate, keptHeaders } from './shapes.ts'
import { headerTags } from './tags.ts'
import { versionHeaders } from './versions.ts'

/** An ETag of several parts does not pass to the copy, which is stored whole. */
const copiedEtag = (x: Exchange, source: StoredObject): string =>
  !source.etag.includes('-') ? source.etag : etagOf(x.service, x.service.etag === 'md5' ? md5Of(source.pieces) : undefined)

function copiedChecksum(x: Exchange, source: StoredObject): Checksum | undefined {
  const wanted = x.header('x-amz-checksum-algorithm')
  if (wanted === undefined && source.checksum?.type !== 'COMPOSITE') return source.checksum
  const name = wanted === undefined ? source.checksum?.name : checksumNamed(wanted)
  return name && { name, value: checksumOf(name, source.pieces), type: 'FULL_OBJECT' }
}

/** True when what the directive is about comes with the request and not from the source. @throws S3Error InvalidArgument. */
function replaces(x: Exchange, directive: 'x-amz-metadata-directive' | 'x-amz-tagging-directive'): boolean {
  const value = x.header(directive)?.toUpperCase() ?? 'COPY'
  if (value !== 'COPY' && value !== 'REPLACE') {
    throw new S3Error('InvalidArgument', `${directive} must be COPY or REPLACE.`, { ArgumentName: directive, ArgumentValue: value })
  }
  return value === 'REPLACE'
}

const copyObject: Operation = {
  name: 'CopyObject', level: 'object', method: 'PUT', copies: true,
  handle(x) {
    const { bucket, key, service } = x
    const source = copySource(x)
    const newMetadata = replaces(x, 'x-amz-metadata-directive')
    const newTags = replaces(x, 'x-amz-tagging-directive')
    if (source.object === bucket.get(key) && !newMetadata && x.header('x-amz-server-side-encryption') === undefined) {
      throw new S3Error('InvalidRequest', 'An object can be copied onto itself only with x-amz-metadata-directive: REPLACE.')
    }
    checkWriteCondition(x, bucket.get(key))
    const extras = extrasOf(x, bucket)
    const headers = newMetadata ? keptHeaders(x) : source.object.headers
    const tags = newTags ? headerTags(x) : source.object.tags
    using lease = service.store.capacity.lease()
    lease.grow(source.object.sizeBytes)
    const { pieces, sizeBytes } = source.object
    const checksum = copiedChecksum(x, source.object)
    const etag = copiedEtag(x, source.object)
    lease.keep()
    const copy = bucket.put({ key, pieces, sizeBytes, etag, modified: service.moment(), headers, checksum, tags, ...extras })
    x.replyXml(s3Document('CopyObjectResult',
      leaf('ETag', copy.etag), leaf('LastModified', isoDate(copy.modified)), checksumElements(copy.checksum)), 200,
    [...versionHeaders(bucket, copy), ...sourceVersionHeaders(source), ...encryptionHeaders(extras.encryption)])
  },
}

export const copyOperations: readonly Operation[] = [copyObject]
