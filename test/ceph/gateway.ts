// The RADOS gateway of the test cluster, seen by a client that owes nothing to ours.
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

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
}

function gateway(endpoint: string, region: string): Gateway {
  const accessKey = needed('S3_ACCESS_KEY')
  const secretKey = needed('S3_SECRET_KEY')
  const bucket = needed('S3_BUCKET')
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
  }
}

/** The first zone's gateway. */
export const east = (): Gateway => gateway(needed('S3_ENDPOINT'), needed('S3_REGION'))
/** The second zone's: other users, other buckets of the same names. */
export const west = (): Gateway => gateway(needed('S3_ENDPOINT_2'), needed('S3_REGION_2'))
