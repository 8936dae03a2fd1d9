// Listing a bucket, in both forms S3 has.
import { S3Error } from '../errors.ts'
import { percentEncodedPath, textOf } from '../http/byte-string.ts'
import type { ByteString } from '../http/byte-string.ts'
import type { Exchange } from '../http/exchange.ts'
import { afterMarker, behind, readPage } from '../store/listing.ts'
import type { OrderedKeys, Page } from '../store/listing.ts'
import type { StoredObject } from '../store/objects.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import type { Operation } from './operation.ts'
import { checksumListed, isoDate, ownerOf } from './shapes.ts'

const PAGE_MAX = 1000
export const NOTHING = '' as ByteString

/** What all forms of listing ask for. */
interface Asked {
  readonly prefix: ByteString
  readonly delimiter: ByteString
  readonly maxKeys: number
  /** How keys are written: as text, or percent-encoded, which alone can carry every byte through XML. */
  readonly shown: (key: ByteString) => string
  readonly encoding: 'url' | undefined
}

/** Reads the parameters all forms have. @throws S3Error InvalidArgument. */
export function askedOf(x: Exchange): Asked {
  const { query } = x.target
  const encoding = query.text('encoding-type')
  if (encoding !== undefined && encoding !== 'url' && encoding !== '') {
    throw new S3Error('InvalidArgument', 'encoding-type can be url only.')
  }
  return {
    prefix: query.bytes('prefix') ?? NOTHING,
    delimiter: query.bytes('delimiter') ?? NOTHING,
    maxKeys: Math.min(query.count('max-keys') ?? PAGE_MAX, PAGE_MAX),
    shown: encoding === 'url' ? percentEncodedPath : textOf,
    encoding: encoding === 'url' ? 'url' : undefined,
  }
}

/** Continuation tokens are positions, in base64url so that nobody reads them. */
const tokenOf = (position: ByteString): string => Buffer.from(position, 'latin1').toString('base64url')

function positionOf(token: string): ByteString {
  const bytes = Buffer.from(token, 'base64url')
  if (token === '' || bytes.toString('base64url') !== token) {
    throw new S3Error('InvalidArgument', 'The continuation-token is none of the endpoint\'s.')
  }
  return bytes.toString('latin1') as ByteString
}

function contents(object: StoredObject, asked: Asked, owner: string): string {
  return node('Contents',
    leaf('Key', asked.shown(object.key)), leaf('LastModified', isoDate(object.modified)), leaf('ETag', object.etag),
    checksumListed(object.checksum),
    leaf('Size', object.sizeBytes), owner, leaf('StorageClass', 'STANDARD'))
}

/** The part both forms share: what was asked, the objects, the common prefixes. */
function listed(x: Exchange, asked: Asked, page: Page, owner: string): string {
  const { bucket } = x
  const objects = page.keys.flatMap((key) => bucket.get(key) ?? [])
  return [
    leaf('Name', bucket.name), leaf('Prefix', asked.shown(asked.prefix)), leaf('MaxKeys', asked.maxKeys),
    asked.delimiter === '' ? '' : leaf('Delimiter', asked.shown(asked.delimiter)),
    leaf('EncodingType', asked.encoding), leaf('IsTruncated', page.next !== undefined),
    ...objects.map((object) => contents(object, asked, owner)),
    ...page.prefixes.map((prefix) => node('CommonPrefixes', leaf('Prefix', asked.shown(prefix)))),
  ].join('')
}

/** The bucket's keys with a current object. */
const keysOf = (x: Exchange): OrderedKeys => {
  const { keys } = x.bucket.versions
  return (from) => keys.from(from)
}

const listObjectsV2: Operation = {
  name: 'ListObjectsV2', level: 'bucket', method: 'GET', subresource: 'list-type',
  handle(x) {
    const { query } = x.target
    if (query.text('list-type') !== '2') throw new S3Error('InvalidArgument', 'list-type can be 2 only.')
    const asked = askedOf(x)
    const token = query.text('continuation-token')
    const startAfter = query.bytes('start-after') ?? NOTHING
    const from = token !== undefined ? positionOf(token) : startAfter === '' ? NOTHING : behind(startAfter)
    const page = readPage(keysOf(x), { ...asked, from, limit: asked.maxKeys })
    const owner = query.text('fetch-owner') === 'true' ? ownerOf(x.service, 'Owner') : ''
    x.replyXml(s3Document('ListBucketResult', listed(x, asked, page, owner),
      leaf('KeyCount', page.keys.length + page.prefixes.length), leaf('ContinuationToken', token),
      page.next === undefined ? '' : leaf('NextContinuationToken', tokenOf(page.next)),
      startAfter === '' ? '' : leaf('StartAfter', asked.shown(startAfter))))
  },
}

const listObjects: Operation = {
  name: 'ListObjects', level: 'bucket', method: 'GET',
  handle(x) {
    const asked = askedOf(x)
    const marker = x.target.query.bytes('marker') ?? NOTHING
    const from = afterMarker(marker, asked)
    const page = readPage(keysOf(x), { ...asked, from, limit: asked.maxKeys })
    x.replyXml(s3Document('ListBucketResult', leaf('Marker', asked.shown(marker)),
      listed(x, asked, page, ownerOf(x.service, 'Owner')),
      page.next === undefined || page.last === undefined ? '' : leaf('NextMarker', asked.shown(page.last))))
  },
}

export const listOperations: readonly Operation[] = [listObjectsV2, listObjects]
