// Deleting objects and versions, one or up to a thousand at a time.
import { receiveText } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import { checkIfMatch } from '../http/conditions.ts'
import type { Exchange } from '../http/exchange.ts'
import { bytesOf } from '../http/byte-string.ts'
import type { ByteString } from '../http/byte-string.ts'
import type { Version } from '../store/objects.ts'
import type { Bucket } from '../store/store.ts'
import { childText, readXml } from '../xml/reader.ts'
import type { XmlElement } from '../xml/reader.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import { checkUnlocked } from './lock.ts'
import type { Operation } from './operation.ts'

const KEYS_MAX = 1000
/** A thousand keys of 1 KiB, each byte written as a character reference at worst, stay below it. */
const XML_MAX_BYTES = 8 * 1024 * 1024

/** What is asked for: the key's current object, or one version; only while it has the ETag. */
interface Doomed { readonly key: ByteString; readonly versionId: string | undefined; readonly ifMatch: string | undefined }

/** What happened: `marker` is the delete marker that was made or taken away. */
interface Outcome { readonly versionId: string | undefined; readonly marker: string | undefined }

/** Deletes it. @throws S3Error PreconditionFailed, NoSuchKey, QuotaExceeded. */
function remove(x: Exchange, bucket: Bucket, { key, versionId, ifMatch }: Doomed): Outcome {
  const present: Version | undefined = versionId === undefined ? bucket.get(key) : bucket.versions.version(key, versionId)
  if (ifMatch !== undefined) checkIfMatch(ifMatch, present?.isMarker === false ? present : undefined)
  if (versionId === undefined) {
    const marker = bucket.delete(key, x.service.moment())
    return { versionId: marker?.versionId, marker: marker?.versionId }
  }
  checkUnlocked(x, present)
  const removed = bucket.deleteVersion(key, versionId)
  return { versionId, marker: removed?.isMarker === true ? versionId : undefined }
}

const deleteObject: Operation = {
  name: 'DeleteObject', level: 'object', method: 'DELETE', takesVersion: true,
  handle(x) {
    const { bucket, key, versionId } = x
    const { versionId: shown, marker } = remove(x, bucket, { key, versionId, ifMatch: x.header('if-match') })
    x.reply(204, [
      ...(marker === undefined ? [] : ['x-amz-delete-marker', 'true']),
      ...(shown === undefined || bucket.versioning === undefined ? [] : ['x-amz-version-id', shown]),
    ])
  },
}

/** The outcome of one `Object` element; a refusal is one too. */
function outcomeOf(x: Exchange, bucket: Bucket, element: XmlElement, quiet: boolean): string {
  const key = childText(element, 'Key') ?? ''
  const asked = childText(element, 'VersionId')
  const versionId = asked === undefined || asked === '' ? undefined : asked
  try {
    for (const name of ['LastModifiedTime', 'Size']) {
      if (childText(element, name) !== undefined) throw new S3Error('NotImplemented', `The built-in endpoint does not honour ${name}.`)
    }
    const { marker } = remove(x, bucket, { key: bytesOf(key), versionId, ifMatch: childText(element, 'ETag') })
    return quiet ? '' : node('Deleted', leaf('Key', key), leaf('VersionId', versionId),
      ...(marker === undefined ? [] : [leaf('DeleteMarker', true), leaf('DeleteMarkerVersionId', marker)]))
  } catch (error) {
    if (!(error instanceof S3Error)) throw error
    return node('Error', leaf('Key', key), leaf('VersionId', versionId), leaf('Code', error.code), leaf('Message', error.message))
  }
}

const deleteObjects: Operation = {
  name: 'DeleteObjects', level: 'bucket', method: 'POST', subresource: 'delete',
  async handle(x) {
    const { text, body } = await receiveText(x, XML_MAX_BYTES)
    if (body.md5 === undefined && body.checksum === undefined) {
      throw new S3Error('InvalidRequest', 'DeleteObjects needs Content-MD5 or an x-amz-checksum-… header.')
    }
    const { bucket } = x
    const root = readXml(text)
    const objects = root.children.filter((child) => child.name === 'Object')
    if (root.name !== 'Delete' || objects.length === 0 || objects.length > KEYS_MAX) {
      throw new S3Error('MalformedXML', `The body must be a Delete document with 1 to ${KEYS_MAX} Object elements.`)
    }
    // Read before anything is deleted: a document that is wrong half-way deletes nothing.
    if (objects.some((element) => (childText(element, 'Key') ?? '') === '')) {
      throw new S3Error('MalformedXML', 'Every Object of a Delete document needs a Key.')
    }
    const quiet = childText(root, 'Quiet')?.trim().toLowerCase() === 'true'
    x.replyXml(s3Document('DeleteResult', ...objects.map((element) => outcomeOf(x, bucket, element, quiet))))
  },
}

export const deleteOperations: readonly Operation[] = [deleteObject, deleteObjects]
