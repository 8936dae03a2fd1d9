// Completing a multipart upload: the parts named become one object.
import { receiveText } from '../body/receive.ts'
import { declaredChecksum, elementOf } from '../checksum/declared.ts'
import type { Checksum } from '../checksum/declared.ts'
import { S3Error } from '../errors.ts'
import { textOf } from '../http/byte-string.ts'
import { checkWriteCondition } from '../http/conditions.ts'
import type { Exchange } from '../http/exchange.ts'
import { checksumOf, md5Of } from '../store/pieces.ts'
import type { Part, Upload } from '../store/objects.ts'
import { childText, readXml } from '../xml/reader.ts'
import type { XmlElement } from '../xml/reader.ts'
import { leaf, s3Document } from '../xml/writer.ts'
import { uploadOf } from './multipart.ts'
import { encryptionHeaders } from './encryption.ts'
import type { Operation } from './operation.ts'
import { checksumElements } from './shapes.ts'
import { versionHeaders } from './versions.ts'

/** S3's lower bound for every part but the last. */
const PART_MIN_BYTES = 5 * 1024 * 1024
/** Ten thousand parts with all their elements stay below it. */
const XML_MAX_BYTES = 4 * 1024 * 1024

const unquoted = (etag: string): string => etag.trim().replaceAll('"', '')

function partNamed(element: XmlElement, upload: Upload): Part {
  const number = childText(element, 'PartNumber')?.trim() ?? ''
  const etag = childText(element, 'ETag')
  if (!/^\d{1,5}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML', 'Every Part needs a PartNumber and an ETag.')
  const part = upload.parts.get(Number(number))
  if (part === undefined || unquoted(part.etag) !== unquoted(etag)) {
    throw new S3Error('InvalidPart', undefined, { UploadId: upload.id, PartNumber: number, ETag: etag })
  }
  const claimed = part.checksum && childText(element, elementOf(part.checksum.name))
  if (claimed !== undefined && claimed.trim() !== part.checksum?.value) {
    throw new S3Error('InvalidPart', 'The checksum of a part in the list is not the one it was uploaded with.', { PartNumber: number })
  }
  return part
}

/** The parts the document names, in their order. @throws S3Error MalformedXML, InvalidPart, InvalidPartOrder, EntityTooSmall. */
function partsNamed(xml: string, upload: Upload): Part[] {
  const root = readXml(xml)
  const elements = root.children.filter((child) => child.name === 'Part')
  if (root.name !== 'CompleteMultipartUpload' || elements.length === 0) {
    throw new S3Error('MalformedXML', 'The body must be a CompleteMultipartUpload document with at least one Part.')
  }
  const parts = elements.map((element) => partNamed(element, upload))
  for (const [at, part] of parts.entries()) {
    const next = parts[at + 1]
    if (next !== undefined && next.number <= part.number) throw new S3Error('InvalidPartOrder', undefined, { UploadId: upload.id })
    if (next !== undefined && part.sizeBytes < PART_MIN_BYTES) {
      throw new S3Error('EntityTooSmall', undefined,
        { PartNumber: String(part.number), ProposedSize: String(part.sizeBytes), MinSizeAllowed: String(PART_MIN_BYTES) })
    }
  }
  return parts
}

/** The checksum of the whole: over all bytes, or (composite) over the parts' checksums, with the number of parts. */
function wholeChecksum(upload: Upload, parts: readonly Part[]): Checksum | undefined {
  if (upload.checksum === undefined) return undefined
  const { name, type } = upload.checksum
  if (type === 'FULL_OBJECT') return { name, type, value: checksumOf(name, parts.flatMap((part) => part.pieces)) }
  const ofParts = parts
    .map((part) => part.checksum?.name === name ? part.checksum.value : checksumOf(name, part.pieces))
    .map((value) => Buffer.from(value, 'base64'))
  return { name, type, value: `${checksumOf(name, ofParts)}-${parts.length}` }
}

/** Holds the whole against what the request's headers say of it. @throws S3Error InvalidRequest, BadDigest. */
function checkWhole(x: Exchange, sizeBytes: number, checksum: Checksum | undefined): void {
  const size = x.header('x-amz-mp-object-size')
  if (size !== undefined && size !== String(sizeBytes)) {
    throw new S3Error('InvalidRequest', `x-amz-mp-object-size is ${size}; the parts have ${sizeBytes} bytes together.`)
  }
  const declared = declaredChecksum(x.request.headers)
  if (declared === undefined) return
  if (declared.name !== checksum?.name) throw new S3Error('InvalidRequest', `The upload was not begun for the checksum ${declared.name}.`)
  if (declared.value !== checksum.value) {
    throw new S3Error('BadDigest', `The checksum of the whole is ${checksum.value}, not ${declared.value ?? ''}.`)
  }
}

/** The MD5 of the parts' MD5s and their number; with fast ETags something unique of the same form. */
function wholeEtag(x: Exchange, parts: readonly Part[]): string {
  const lead = x.service.etag === 'fast' ? x.service.uniqueId()
    : md5Of(parts.map((part) => Buffer.from(unquoted(part.etag), 'hex'))).toString('hex')
  return `"${lead}-${parts.length}"`
}

const completeMultipartUpload: Operation = {
  name: 'CompleteMultipartUpload', level: 'object', method: 'POST', subresource: 'uploadId',
  async handle(x) {
    uploadOf(x)
    const { text } = await receiveText(x, XML_MAX_BYTES, { foreignChecksum: true })
    // Looked up again: while the body came, another request may have ended the upload.
    const { bucket, key, service } = x
    const upload = uploadOf(x)
    const parts = partsNamed(text, upload)
    checkWriteCondition(x, bucket.get(key))
    const pieces = parts.flatMap((part) => part.pieces)
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
    const etag = wholeEtag(x, parts)
    const checksum = wholeChecksum(upload, parts)
    checkWhole(x, sizeBytes, checksum)
    using lease = service.store.capacity.lease()
    lease.keep()
    bucket.endUpload(upload, new Set(parts))
    const { headers, tags, extras } = upload
    const stored = bucket.put({ key, pieces, sizeBytes, etag, modified: service.moment(), headers, checksum, tags, ...extras })
    x.replyXml(s3Document('CompleteMultipartUploadResult', leaf('Location', `http://${x.header('host') ?? ''}${x.target.canonicalPath}`),
      leaf('Bucket', bucket.name), leaf('Key', textOf(key)), leaf('ETag', etag),
      checksumElements(checksum)), 200, [...versionHeaders(bucket, stored), ...encryptionHeaders(extras.encryption)])
  },
}

export const completeOperations: readonly Operation[] = [completeMultipartUpload]
