// Versions: switching them on and off, listing them, and finding the one a request means.
import { receiveText } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { StoredObject, Version } from '../store/objects.ts'
import type { Bucket } from '../store/store.ts'
import { readVersionPage } from '../store/version-listing.ts'
import { childText, readXml } from '../xml/reader.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import { NOTHING, askedOf } from './list-objects.ts'
import type { Operation } from './operation.ts'
import { CONFIGURATION_MAX_BYTES, checksumListed, isoDate, ownerOf } from './shapes.ts'

/** The header that names a version; nothing in a bucket that was never told to keep any. */
export const versionHeaders = (bucket: Bucket, version: Pick<Version, 'versionId'>): readonly string[] =>
  bucket.versioning === undefined ? [] : ['x-amz-version-id', version.versionId]

const markerHeaders = ({ versionId }: Pick<Version, 'versionId'>): string[] =>
  ['x-amz-delete-marker', 'true', 'x-amz-version-id', versionId]

/**
 * The object of a key: its current one, or the version of that id.
 * @throws S3Error NoSuchKey, NoSuchVersion; MethodNotAllowed when the version is a delete marker.
 */
export function objectOf(bucket: Bucket, key: StoredObject['key'], versionId: string | undefined): StoredObject {
  if (versionId === undefined) {
    const object = bucket.get(key)
    if (object !== undefined) return object
    const latest = bucket.versions.of(key).at(-1)
    throw new S3Error('NoSuchKey', undefined, {}, latest === undefined ? [] : markerHeaders(latest))
  }
  const version = bucket.versions.version(key, versionId)
  if (version === undefined) throw new S3Error('NoSuchVersion', undefined, { VersionId: versionId })
  if (!version.isMarker) return version
  throw new S3Error('MethodNotAllowed', 'The version is a delete marker: it can be deleted, and nothing else.', {},
    ['Allow', 'DELETE', 'Last-Modified', version.modified.httpDate, ...markerHeaders(version)])
}

/** The object a request is about. @throws S3Error as objectOf. */
export const objectAsked = (x: Exchange): StoredObject => objectOf(x.bucket, x.key, x.versionId)

const getBucketVersioning: Operation = {
  name: 'GetBucketVersioning', level: 'bucket', method: 'GET', subresource: 'versioning',
  handle(x) { x.replyXml(s3Document('VersioningConfiguration', leaf('Status', x.bucket.versioning))) },
}

const putBucketVersioning: Operation = {
  name: 'PutBucketVersioning', level: 'bucket', method: 'PUT', subresource: 'versioning',
  async handle(x) {
    const { text } = await receiveText(x, CONFIGURATION_MAX_BYTES)
    const { bucket } = x
    const root = readXml(text)
    const status = childText(root, 'Status')?.trim()
    if (root.name !== 'VersioningConfiguration' || (status !== 'Enabled' && status !== 'Suspended')) {
      throw new S3Error('MalformedXML', 'The body must be a VersioningConfiguration document with the Status Enabled or Suspended.')
    }
    if ((childText(root, 'MfaDelete') ?? childText(root, 'MFADelete'))?.trim() === 'Enabled') {
      throw new S3Error('NotImplemented', 'The built-in endpoint has no MFA delete.')
    }
    if (bucket.lock !== undefined && status !== 'Enabled') {
      throw new S3Error('InvalidBucketState', 'A bucket made with object lock keeps its versions.')
    }
    bucket.versioning = status
    x.reply(200)
  },
}

const listObjectVersions: Operation = {
  name: 'ListObjectVersions', level: 'bucket', method: 'GET', subresource: 'versions',
  handle(x) {
    const { bucket, target: { query } } = x
    const asked = askedOf(x)
    const keyMarker = query.bytes('key-marker') ?? NOTHING
    const versionIdMarker = query.text('version-id-marker') ?? ''
    if (versionIdMarker !== '' && keyMarker === '') {
      throw new S3Error('InvalidArgument', 'A version-id-marker needs a key-marker.', { ArgumentName: 'version-id-marker' })
    }
    const page = readVersionPage(bucket,
      { ...asked, limit: asked.maxKeys, keyMarker, versionIdMarker: versionIdMarker === '' ? undefined : versionIdMarker })
    const owner = ownerOf(x.service, 'Owner')
    x.replyXml(s3Document('ListVersionsResult',
      leaf('Name', bucket.name), leaf('Prefix', asked.shown(asked.prefix)), leaf('KeyMarker', asked.shown(keyMarker)),
      leaf('VersionIdMarker', versionIdMarker), leaf('MaxKeys', asked.maxKeys),
      asked.delimiter === '' ? '' : leaf('Delimiter', asked.shown(asked.delimiter)), leaf('EncodingType', asked.encoding),
      leaf('IsTruncated', page.next !== undefined),
      ...(page.next === undefined ? []
        : [leaf('NextKeyMarker', asked.shown(page.next.key)), leaf('NextVersionIdMarker', page.next.versionId)]),
      ...page.versions.map(({ version, isLatest }) => node(version.isMarker ? 'DeleteMarker' : 'Version',
        leaf('Key', asked.shown(version.key)), leaf('VersionId', version.versionId), leaf('IsLatest', isLatest),
        leaf('LastModified', isoDate(version.modified)),
        version.isMarker ? '' : leaf('ETag', version.etag) + checksumListed(version.checksum) + leaf('Size', version.sizeBytes), owner,
        version.isMarker ? '' : leaf('StorageClass', 'STANDARD'))),
      ...page.prefixes.map((prefix) => node('CommonPrefixes', leaf('Prefix', asked.shown(prefix))))))
  },
}

export const versionOperations: readonly Operation[] = [getBucketVersioning, putBucketVersioning, listObjectVersions]
