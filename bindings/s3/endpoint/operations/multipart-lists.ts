// Which multipart uploads are open, and which parts one of them has.
import { elementOf } from '../checksum/declared.ts'
import { textOf } from '../http/byte-string.ts'
import type { ByteString } from '../http/byte-string.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import { askedOf } from './list-objects.ts'
import { uploadOf } from './multipart.ts'
import type { Operation } from './operation.ts'
import { isoDate, ownerOf } from './shapes.ts'
import type { Upload } from '../store/objects.ts'

const PAGE_MAX = 1000

const listParts: Operation = {
  name: 'ListParts', level: 'object', method: 'GET', subresource: 'uploadId',
  handle(x) {
    const upload = uploadOf(x)
    const { query } = x.target
    const marker = query.count('part-number-marker') ?? 0
    const limit = Math.min(query.count('max-parts') ?? PAGE_MAX, PAGE_MAX)
    const rest = [...upload.parts.values()].filter((part) => part.number > marker).sort((a, b) => a.number - b.number)
    const page = rest.slice(0, limit)
    x.replyXml(s3Document('ListPartsResult',
      leaf('Bucket', x.bucket.name), leaf('Key', textOf(upload.key)), leaf('UploadId', upload.id),
      ownerOf(x.service, 'Initiator'), ownerOf(x.service, 'Owner'), leaf('StorageClass', 'STANDARD'),
      leaf('PartNumberMarker', marker), leaf('NextPartNumberMarker', page.at(-1)?.number), leaf('MaxParts', limit),
      leaf('IsTruncated', rest.length > page.length && limit > 0),
      leaf('ChecksumAlgorithm', upload.checksum?.name), leaf('ChecksumType', upload.checksum?.type),
      ...page.map((part) => node('Part',
        leaf('PartNumber', part.number), leaf('LastModified', isoDate(part.modified)),
        leaf('ETag', part.etag), leaf('Size', part.sizeBytes),
        part.checksum === undefined ? '' : leaf(elementOf(part.checksum.name), part.checksum.value)))))
  },
}

/** In the order they are listed: by key, then by age, which ids follow. */
const inOrder = (a: Upload, b: Upload): number => a.key < b.key ? -1 : a.key > b.key ? 1 : a.id < b.id ? -1 : 1

const listMultipartUploads: Operation = {
  name: 'ListMultipartUploads', level: 'bucket', method: 'GET', subresource: 'uploads',
  handle(x) {
    const { query } = x.target
    const { prefix, delimiter, shown, encoding } = askedOf(x)
    const keyMarker = query.bytes('key-marker') ?? ('' as ByteString)
    const idMarker = query.text('upload-id-marker') ?? ''
    const limit = Math.min(query.count('max-uploads') ?? PAGE_MAX, PAGE_MAX)
    const isBehind = (upload: Upload): boolean =>
      upload.key > keyMarker || (idMarker !== '' && upload.key === keyMarker && upload.id > idMarker)
    const uploads: Upload[] = []
    const prefixes = new Set<ByteString>()
    let last: { readonly key: ByteString; readonly id: string } | undefined
    let truncated = false
    for (const upload of [...x.bucket.uploads.values()].filter((each) => each.key.startsWith(prefix) && isBehind(each)).sort(inOrder)) {
      const cut = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length)
      const common = cut < 0 ? undefined : upload.key.slice(0, cut + delimiter.length) as ByteString
      if (common !== undefined && (prefixes.has(common) || common === keyMarker)) continue
      if (uploads.length + prefixes.size === limit) { truncated = limit > 0; break }
      if (common === undefined) uploads.push(upload)
      else prefixes.add(common)
      last = common === undefined ? upload : { key: common, id: '' }
    }
    x.replyXml(s3Document('ListMultipartUploadsResult',
      leaf('Bucket', x.bucket.name), leaf('KeyMarker', shown(keyMarker)), leaf('UploadIdMarker', idMarker), leaf('Prefix', shown(prefix)),
      delimiter === '' ? '' : leaf('Delimiter', shown(delimiter)), leaf('EncodingType', encoding), leaf('MaxUploads', limit),
      leaf('IsTruncated', truncated),
      ...(truncated && last !== undefined ? [leaf('NextKeyMarker', shown(last.key)), leaf('NextUploadIdMarker', last.id)] : []),
      ...uploads.map((upload) => node('Upload',
        leaf('Key', shown(upload.key)), leaf('UploadId', upload.id), ownerOf(x.service, 'Initiator'), ownerOf(x.service, 'Owner'),
        leaf('StorageClass', 'STANDARD'), leaf('Initiated', isoDate(upload.initiated)))),
      ...[...prefixes].map((common) => node('CommonPrefixes', leaf('Prefix', shown(common))))))
  },
}

export const multipartListOperations: readonly Operation[] = [listParts, listMultipartUploads]
