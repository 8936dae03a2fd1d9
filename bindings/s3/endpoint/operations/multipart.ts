// Multipart uploads: begin, send or copy parts, abort.
import { receive } from '../body/receive.ts'
import { checksumNamed, elementOf } from '../checksum/declared.ts'
import type { Checksum } from '../checksum/declared.ts'
import { S3Error } from '../errors.ts'
import { textOf } from '../http/byte-string.ts'
import type { Exchange } from '../http/exchange.ts'
import { checksumOf, md5Of, piecesBetween } from '../store/pieces.ts'
import type { Part, Upload } from '../store/objects.ts'
import type { Bucket } from '../store/store.ts'
import { leaf, s3Document } from '../xml/writer.ts'
import { copyRange, copySource, sourceVersionHeaders } from './copy-source.ts'
import { checkKey, encryptionHeaders } from './encryption.ts'
import { extrasOf } from './extras.ts'
import type { Operation } from './operation.ts'
import { PUT_MAX_BYTES } from './put-object.ts'
import { checksumHeaders, etagOf, isoDate, keptHeaders } from './shapes.ts'
import { headerTags } from './tags.ts'

const PART_NUMBER_MAX = 10_000

/** The upload the query names, which must be one of this key. @throws S3Error NoSuchUpload, NoSuchBucket. */
export function uploadOf(x: Exchange): Upload {
  const upload = x.bucket.uploads.get(x.target.query.text('uploadId') ?? '')
  if (upload?.key !== x.key) throw new S3Error('NoSuchUpload', undefined, { UploadId: x.target.query.text('uploadId') ?? '' })
  return upload
}

/** What the upload's whole will be vouched for with. @throws S3Error InvalidRequest. */
function uploadChecksum(x: Exchange): Upload['checksum'] {
  const algorithm = x.header('x-amz-checksum-algorithm')
  const type = x.header('x-amz-checksum-type')?.toUpperCase()
  if (algorithm === undefined) {
    if (type !== undefined) throw new S3Error('InvalidRequest', 'x-amz-checksum-type needs x-amz-checksum-algorithm beside it.')
    return undefined
  }
  const name = checksumNamed(algorithm)
  const usual = name === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
  if (type === undefined || type === usual) return { name, type: usual }
  // A whole object's CRC follows from its parts'; a hash does not, and CRC64NVME has no composite form.
  if (type === 'FULL_OBJECT' && (name === 'CRC32' || name === 'CRC32C')) return { name, type }
  throw new S3Error('InvalidRequest', `The checksum ${name} cannot be of type ${type} for a multipart upload.`)
}

const createMultipartUpload: Operation = {
  name: 'CreateMultipartUpload', level: 'object', method: 'POST', subresource: 'uploads',
  handle(x) {
    const { bucket, key, service } = x
    const upload: Upload = {
      id: service.uniqueId(), key, initiated: service.moment(), headers: keptHeaders(x), tags: headerTags(x), extras: extrasOf(x, bucket),
      checksum: uploadChecksum(x), parts: new Map(),
    }
    using lease = service.store.capacity.lease()
    lease.keep()
    bucket.beginUpload(upload)
    x.replyXml(s3Document('InitiateMultipartUploadResult', leaf('Bucket', bucket.name), leaf('Key', textOf(key)),
      leaf('UploadId', upload.id)), 200,
    [...encryptionHeaders(upload.extras.encryption),
      ...upload.checksum === undefined ? []
        : ['x-amz-checksum-algorithm', upload.checksum.name, 'x-amz-checksum-type', upload.checksum.type]])
  },
}

function partNumberOf(x: Exchange): number {
  const number = x.target.query.count('partNumber')
  if (number === undefined || number < 1 || number > PART_NUMBER_MAX) {
    throw new S3Error('InvalidArgument', `partNumber must be 1 to ${PART_NUMBER_MAX}.`, { ArgumentName: 'partNumber' })
  }
  return number
}

/** Stores a part, unless its upload ended while the part came. */
function storePart(x: Exchange, bucket: Bucket, upload: Upload, part: Part, keep: () => void): void {
  if (x.bucket !== bucket || bucket.uploads.get(upload.id) !== upload) throw new S3Error('NoSuchUpload', undefined, { UploadId: upload.id })
  keep()
  bucket.putPart(upload, part)
}

const uploadPart: Operation = {
  name: 'UploadPart', level: 'object', method: 'PUT', subresource: 'uploadId',
  async handle(x) {
    const { bucket, service } = x
    const upload = uploadOf(x)
    const number = partNumberOf(x)
    checkKey(x, upload.extras.encryption)
    using lease = service.store.capacity.lease()
    const { pieces, sizeBytes, md5, checksum } = await receive(x,
      { maxBytes: PUT_MAX_BYTES, tooLong: 'EntityTooLarge', lease, md5: service.etag === 'md5' })
    if (upload.checksum !== undefined && checksum !== undefined && checksum.name !== upload.checksum.name) {
      throw new S3Error('InvalidRequest', `The upload was begun for ${upload.checksum.name}; the part comes with ${checksum.name}.`)
    }
    const etag = etagOf(service, service.etag === 'md5' ? md5 : undefined)
    storePart(x, bucket, upload, { number, pieces, sizeBytes, etag, modified: service.moment(), checksum }, () => { lease.keep() })
    x.reply(200, ['ETag', etag, ...encryptionHeaders(upload.extras.encryption), ...checksumHeaders(checksum)])
  },
}

const uploadPartCopy: Operation = {
  name: 'UploadPartCopy', level: 'object', method: 'PUT', subresource: 'uploadId', copies: true,
  handle(x) {
    const { bucket, service } = x
    const upload = uploadOf(x)
    const number = partNumberOf(x)
    checkKey(x, upload.extras.encryption)
    const source = copySource(x)
    const { start, end } = copyRange(x, source.object.sizeBytes)
    using lease = service.store.capacity.lease()
    lease.grow(end - start)
    const pieces = [...piecesBetween(source.object.pieces, start, end)]
    const etag = etagOf(service, service.etag === 'md5' ? md5Of(pieces) : undefined)
    const modified = service.moment()
    const name = upload.checksum?.name
    const checksum: Checksum | undefined = name && { name, value: checksumOf(name, pieces), type: 'FULL_OBJECT' }
    storePart(x, bucket, upload, { number, pieces, sizeBytes: end - start, etag, modified, checksum }, () => { lease.keep() })
    x.replyXml(s3Document('CopyPartResult', leaf('ETag', etag), leaf('LastModified', isoDate(modified)),
      checksum === undefined ? '' : leaf(elementOf(checksum.name), checksum.value)), 200,
    sourceVersionHeaders(source))
  },
}

const abortMultipartUpload: Operation = {
  name: 'AbortMultipartUpload', level: 'object', method: 'DELETE', subresource: 'uploadId',
  handle(x) {
    x.bucket.endUpload(uploadOf(x))
    x.reply(204)
  },
}

export const multipartOperations: readonly Operation[] = [createMultipartUpload, uploadPart, uploadPartCopy, abortMultipartUpload]
