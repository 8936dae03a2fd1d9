// The RADOS gateway of the test cluster, seen by a client that owes nothing to ours.
import {
  CreateBucketCommand, CreateMultipartUploadCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand, ListObjectsV2Command,
  PutBucketVersioningCommand, PutObjectCommand, S3Client, UploadPartCommand,
} from '@aws-sdk/client-s3'

const needed = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set: run these tests with npm run test:ceph, which starts the cluster`)
  }
  return value
}

export interface Gateway {
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  /** Keys and sizes of everything below the prefix. */
  objects(prefix: string): Promise<ReadonlyMap<string, number>>
  /** Puts an object as somebody else would. */
  put(key: string, body: string): Promise<void>
  /** All there is below the prefix: a line each for versions, delete markers and open uploads. */
  everything(prefix: string): Promise<readonly string[]>
  /** Begins a multipart upload, sends one part, and leaves it. */
  beginUpload(key: string): Promise<void>
  /** Makes another bucket, which keeps versions; the gateway with that one for its bucket. */
  versioned(name: string): Promise<Gateway>
}

function gateway(endpoint: string, region: string, bucket = needed('S3_BUCKET')): Gateway {
  const accessKey = needed('S3_ACCESS_KEY')
  const secretKey = needed('S3_SECRET_KEY')
  const client = new S3Client({
    endpoint, region, forcePathStyle: true, credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED',
  })
  return {
    endpoint, region, bucket, accessKey, secretKey,
    async objects(prefix) {
      const found = new Map<string, number>()
      let token: string | undefined
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }))
        for (const { Key = '', Size = 0 } of page.Contents ?? []) found.set(Key, Size)
        token = page.NextContinuationToken
      } while (token !== undefined)
      return found
    },
    async put(key, body) { await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })) },
    async everything(prefix) {
      const found: string[] = []
      let key: string | undefined
      let version: string | undefined
      do {
        const page = await client.send(new ListObjectVersionsCommand({
          Bucket: bucket, Prefix: prefix, KeyMarker: key, VersionIdMarker: version,
        }))
        for (const { Key = '', VersionId = '' } of page.Versions ?? []) found.push(`version ${VersionId} of ${Key}`)
        for (const { Key = '', VersionId = '' } of page.DeleteMarkers ?? []) found.push(`delete marker ${VersionId} of ${Key}`)
        key = page.IsTruncated === true ? page.NextKeyMarker : undefined
        version = page.NextVersionIdMarker
      } while (key !== undefined)
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }))
      return [...found, ...Uploads.map(({ Key = '', UploadId = '' }) => `upload ${UploadId} to ${Key}`)]
    },
    async beginUpload(key) {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }))
      await client.send(new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber: 1, Body: 'a part' }))
    },
    async versioned(name) {
      await client.send(new CreateBucketCommand({ Bucket: name }))
      await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }))
      return gateway(endpoint, region, name)
    },
  }
}

/** What a command needs in its environment to use the gateway. */
export const awsEnv = (gateway: Gateway): Record<string, string> => ({
  AWS_ENDPOINT_URL: gateway.endpoint, AWS_ACCESS_KEY_ID: gateway.accessKey, AWS_SECRET_ACCESS_KEY: gateway.secretKey,
  AWS_REGION: gateway.region, BUCKET_NAME: gateway.bucket,
})

/** The first zone's gateway. */
export const east = (): Gateway => gateway(needed('S3_ENDPOINT'), needed('S3_REGION'))
/** The second zone's: other users, other buckets of the same names. */
export const west = (): Gateway => gateway(needed('S3_ENDPOINT_2'), needed('S3_REGION_2'))
