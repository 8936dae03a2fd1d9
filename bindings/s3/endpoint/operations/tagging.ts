// Reading, replacing and removing the tags of objects and buckets.
import { receiveText } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import type { Operation } from './operation.ts'
import { CONFIGURATION_MAX_BYTES } from './shapes.ts'
import { BUCKET_TAGS_MAX, OBJECT_TAGS_MAX, documentTags, tagsDocument } from './tags.ts'
import { objectAsked, versionHeaders } from './versions.ts'

const getObjectTagging: Operation = {
  name: 'GetObjectTagging', level: 'object', method: 'GET', subresource: 'tagging', takesVersion: true,
  handle(x) {
    const object = objectAsked(x)
    x.replyXml(tagsDocument(object.tags), 200, versionHeaders(x.bucket, object))
  },
}

const putObjectTagging: Operation = {
  name: 'PutObjectTagging', level: 'object', method: 'PUT', subresource: 'tagging', takesVersion: true,
  async handle(x) {
    const { text } = await receiveText(x, CONFIGURATION_MAX_BYTES)
    const object = objectAsked(x)
    object.tags = documentTags(text, OBJECT_TAGS_MAX)
    x.reply(200, versionHeaders(x.bucket, object))
  },
}

const deleteObjectTagging: Operation = {
  name: 'DeleteObjectTagging', level: 'object', method: 'DELETE', subresource: 'tagging', takesVersion: true,
  handle(x) {
    const object = objectAsked(x)
    object.tags = []
    x.reply(204, versionHeaders(x.bucket, object))
  },
}

const getBucketTagging: Operation = {
  name: 'GetBucketTagging', level: 'bucket', method: 'GET', subresource: 'tagging',
  handle(x) {
    const { tags, name } = x.bucket
    if (tags.length === 0) throw new S3Error('NoSuchTagSet', undefined, { BucketName: name })
    x.replyXml(tagsDocument(tags))
  },
}

const putBucketTagging: Operation = {
  name: 'PutBucketTagging', level: 'bucket', method: 'PUT', subresource: 'tagging',
  async handle(x) {
    const { text } = await receiveText(x, CONFIGURATION_MAX_BYTES)
    x.bucket.tags = documentTags(text, BUCKET_TAGS_MAX)
    // AWS says 204, the RADOS gateway and MinIO 200; minio-js takes 200 alone.
    x.reply(200)
  },
}

const deleteBucketTagging: Operation = {
  name: 'DeleteBucketTagging', level: 'bucket', method: 'DELETE', subresource: 'tagging',
  handle(x) {
    x.bucket.tags = []
    x.reply(204)
  },
}

export const taggingOperations: readonly Operation[] = [
  getObjectTagging, putObjectTagging, deleteObjectTagging, getBucketTagging, putBucketTagging, deleteBucketTagging,
]
