// The operations on buckets themselves.
import { receiveText } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import { childText, readXml } from '../xml/reader.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import { aclAsked } from './extras.ts'
import type { Operation } from './operation.ts'
import type { Exchange } from '../http/exchange.ts'
import { CONFIGURATION_MAX_BYTES, isoDate, ownerOf } from './shapes.ts'

const listBuckets: Operation = {
  name: 'ListBuckets', level: 'service', method: 'GET',
  handle(x) {
    const { query } = x.target
    const prefix = query.text('prefix') ?? ''
    const after = query.text('continuation-token') ?? ''
    const limit = query.count('max-buckets') ?? Infinity
    const rest = x.service.store.buckets().filter(({ name }) => name.startsWith(prefix) && name > after)
    const buckets = rest.slice(0, limit)
    x.replyXml(s3Document('ListAllMyBucketsResult', ownerOf(x.service, 'Owner'),
      node('Buckets', ...buckets.map((bucket) =>
        node('Bucket', leaf('Name', bucket.name), leaf('CreationDate', isoDate(bucket.created))))),
      leaf('Prefix', query.text('prefix')), buckets.length < rest.length ? leaf('ContinuationToken', buckets.at(-1)?.name) : ''))
  },
}

/** What a CreateBucketConfiguration may ask for: the endpoint's own region. */
function checkConfiguration(xml: string, x: Exchange): void {
  const root = readXml(xml)
  if (root.name !== 'CreateBucketConfiguration') throw new S3Error('MalformedXML')
  const other = root.children.find(({ name, children, text }) =>
    name !== 'LocationConstraint' && (children.length > 0 || text.trim() !== ''))
  if (other !== undefined) throw new S3Error('NotImplemented', `The built-in endpoint makes no bucket with ${other.name}.`)
  const wanted = childText(root, 'LocationConstraint')?.trim()
  if (wanted !== undefined && wanted !== '' && wanted !== x.service.region) {
    throw new S3Error('IllegalLocationConstraintException',
      `The location constraint is ${wanted}; the endpoint's region is ${x.service.region}.`)
  }
}

const createBucket: Operation = {
  name: 'CreateBucket', level: 'bucket', method: 'PUT',
  async handle(x) {
    const { text } = await receiveText(x, CONFIGURATION_MAX_BYTES)
    if (text.trim() !== '') checkConfiguration(text, x)
    const name = x.target.bucket ?? ''
    const acl = aclAsked(x)
    x.service.store.create(name, x.service.moment())
    const { bucket } = x
    bucket.acl = acl
    if (x.header('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') {
      bucket.lock = { usual: undefined }
      bucket.versioning = 'Enabled'
    }
    x.reply(200, ['Location', `/${name}`])
  },
}

const headBucket: Operation = {
  name: 'HeadBucket', level: 'bucket', method: 'HEAD',
  handle(x) {
    x.requireBucket()
    x.reply(200, ['x-amz-bucket-region', x.service.region])
  },
}

const deleteBucket: Operation = {
  name: 'DeleteBucket', level: 'bucket', method: 'DELETE',
  handle(x) {
    x.service.store.delete(x.target.bucket ?? '')
    x.reply(204)
  },
}

const getBucketLocation: Operation = {
  name: 'GetBucketLocation', level: 'bucket', method: 'GET', subresource: 'location',
  handle(x) {
    x.requireBucket()
    // The oldest region has no name here, for clients written when there was no other.
    x.replyXml(s3Document('LocationConstraint', x.service.region === 'us-east-1' ? '' : x.service.region))
  },
}

export const bucketOperations: readonly Operation[] = [listBuckets, createBucket, headBucket, deleteBucket, getBucketLocation]
