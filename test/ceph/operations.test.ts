// The contracts of the operations of scripts against a real RADOS gateway. What Debian's (16.2) has not is listed here and in the docs.
import { expect } from 'chai'
import type { OpenDriver, S3Driver } from '../../bindings/s3/driver.ts'
import { openDriver as openAwsSdk } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { S3Session } from '../../bindings/s3/session.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { systemClock } from '../../bindings/sdk/index.ts'
import { s3BucketsContract } from '../contract/s3-buckets.ts'
import { s3MultipartContract } from '../contract/s3-multipart.ts'
import { s3ObjectsContract } from '../contract/s3-objects.ts'
import type { Oddity, OpenOperations } from '../contract/s3-operations-kit.ts'
import { s3SecurityContract } from '../contract/s3-security.ts'
import { east } from './gateway.ts'

/** What Debian's gateway (16.2) does in a way of its own; the table in config/s3-operations.md says how. */
const ODD: readonly Oddity[] = [
  'conditional copy', 'conditional put', 'part order', 'complete after abort', 'tags with a copy', 'sse-c copy', 'sse-s3',
  'bucket encryption', 'checksums',
]

const clock = systemClock
let opened = 0

const onGateway = (driverName: string, openDriver: OpenDriver, lacks: readonly string[]): OpenOperations => () => {
  const { endpoint, region, accessKey, secretKey, bucket } = east()
  const settings = settingsOf({ endpoint, region, bucket, access_key: accessKey, secret_key: secretKey })
  const inBucket = (name: string): S3Driver => openDriver({ settings: { ...settings, bucket: name }, clock, concurrency: 40 })
  const prefix = `chopsticks-${Date.now().toString(36)}${String(++opened)}/`
  const session = new S3Session({ driver: inBucket(bucket), driverName, settings, prefix, seed: 11, clock, inBucket })
  return Promise.resolve({
    session, prefix, lacks: new Set(lacks), odd: new Set(ODD),
    async close() {
      expect(await session.cleanup(new AbortController().signal)).to.include({ remaining: 0 })
      await session.close()
    },
  })
}

for (const [name, open] of Object.entries({
  'native, on a RADOS gateway,': onGateway('native', openNative, []),
  'aws-sdk, on a RADOS gateway,': onGateway('aws-sdk', openAwsSdk, ['append', 'presigned']),
})) {
  s3MultipartContract(name, open)
  s3ObjectsContract(name, open)
  s3BucketsContract(name, open)
  s3SecurityContract(name, open)
}
