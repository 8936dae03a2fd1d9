// Deleting objects, one or up to a thousand at a time.
import { receiveText } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import { checkWriteCondition } from '../http/conditions.ts'
import { bytesOf } from '../http/byte-string.ts'
import { childText, readXml } from '../xml/reader.ts'
import type { XmlElement } from '../xml/reader.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import type { Operation } from './operation.ts'

const KEYS_MAX = 1000
/** A thousand keys of 1 KiB, each byte written as a character reference at worst, stay below it. */
const XML_MAX_BYTES = 8 * 1024 * 1024

const deleteObject: Operation = {
  name: 'DeleteObject', level: 'object', method: 'DELETE',
  handle(x) {
    const { bucket, key } = x
    if (x.header('if-match') !== undefined) checkWriteCondition(x, bucket.get(key))
    bucket.delete(key)
    x.reply(204)
  },
}

/** The outcome of one `Object` element. */
function outcomeOf(element: XmlElement, remove: (key: string) => void, quiet: boolean): string {
  const key = childText(element, 'Key')
  if (key === undefined || key === '') throw new S3Error('MalformedXML', 'Every Object of a Delete document needs a Key.')
  const version = childText(element, 'VersionId')
  if (version !== undefined && version !== 'null' && version !== '') {
    const error = new S3Error('NotImplemented', 'The endpoint keeps no versions.')
    return node('Error', leaf('Key', key), leaf('VersionId', version), leaf('Code', error.code), leaf('Message', error.message))
  }
  remove(key)
  return quiet ? '' : node('Deleted', leaf('Key', key))
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
    const quiet = childText(root, 'Quiet')?.trim().toLowerCase() === 'true'
    const outcomes = objects.map((element) => outcomeOf(element, (key) => { bucket.delete(bytesOf(key)) }, quiet))
    x.replyXml(s3Document('DeleteResult', ...outcomes))
  },
}

export const deleteOperations: readonly Operation[] = [deleteObject, deleteObjects]
