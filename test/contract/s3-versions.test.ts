// Runs the contract of buckets that keep versions over the drivers on the built-in endpoint, and a whole sweep of it.
import {
  CreateMultipartUploadCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, S3Client,
} from '@aws-sdk/client-s3'
import { expect } from 'chai'
import type { OpenDriver } from '../../bindings/s3/driver.ts'
import { openDriver as openAwsSdk } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { openDriver as openMinio } from '../../bindings/s3/drivers/minio/index.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { Sweep } from '../../bindings/s3/sweep.ts'
import { bytesContent, systemClock } from '../../bindings/sdk/index.ts'
import { callOf } from './s3-driver.ts'
import { s3VersionsContract, type VersionsTarget } from './s3-versions.ts'

interface Kept extends VersionsTarget {
  /** Keys of all versions, delete markers and uploads, as a client sees them that owes nothing to ours. */
  everything(): Promise<readonly string[]>
}

async function keepingVersions(openDriver: OpenDriver): Promise<Kept> {
  const server = await serveS3({ buckets: ['bench'] })
  const { endpoint, region, accessKey, secretKey, bucket } = server
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials })
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const settings = settingsOf({ endpoint, region, bucket, access_key: accessKey, secret_key: secretKey })
  const driver = openDriver({ settings, clock: systemClock, concurrency: 40 })
  return {
    driver,
    async beginUpload(key) { await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key })) },
    async everything() {
      const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }))
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      return [...Versions, ...DeleteMarkers, ...Uploads].map(({ Key = '' }) => Key)
    },
    async close() {
      client.destroy()
      await driver.close()
      await server.close()
    },
  }
}

s3VersionsContract('native, on the built-in endpoint,', () => keepingVersions(openNative))
s3VersionsContract('aws-sdk, on the built-in endpoint,', () => keepingVersions(openAwsSdk))
s3VersionsContract('minio, on the built-in endpoint,', () => keepingVersions(openMinio))

describe('a sweep over the wire', () => {
  it('leaves nothing of a run in a bucket that keeps versions, and all that is not the run\'s', async () => {
    const bucket = await keepingVersions(openNative)
    const { driver } = bucket
    const put = (key: string) => driver.put({ key, content: bytesContent(new Uint8Array(1)) }, callOf())
    for (let n = 0; n < 3; n++) for (const key of ['run-1/a', 'run-1/b c', 'run-10/a']) await put(key)
    await driver.delete('run-1/a', callOf())
    for (const key of ['run-1/up', 'run-10/up']) await bucket.beginUpload(key)
    const sweep = new Sweep({ driver, prefix: 'run-1/', clock: systemClock, signal: new AbortController().signal })
    expect(await sweep.run(false)).to.deep.equal({ deleted: 8, remaining: 0 })
    expect(await bucket.everything()).to.deep.equal(['run-10/a', 'run-10/a', 'run-10/a', 'run-10/up'])
    await bucket.close()
  })
})
