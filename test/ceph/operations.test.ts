// The contracts of the operations of scripts against a real RADOS gateway. What Debian's (16.2) has not is listed here and in the docs.
import type { OpenDriver } from '../../bindings/s3/driver.ts'
import { openDriver as openAwsSdk } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { S3Session } from '../../bindings/s3/session.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { systemClock } from '../../bindings/sdk/index.ts'
import { s3BucketsContract } from '../contract/s3-buckets.ts'
import { s3MultipartContract } from '../contract/s3-multipart.ts'
import { s3ObjectsContract } from '../contract/s3-objects.ts'
import type { OpenOperations } from '../contract/s3-operations-kit.ts'
import { s3SecurityContract } from '../contract/s3-security.ts'
import { east } from './gateway.ts'

const clock = systemClock
let opened = 0

const onGateway = (driverName: string, openDriver: OpenDriver, lacks: readonly string[]): OpenOperations => () => {
  const { endpoint, region, accessKey, secretKey, bucket } = east()
  const settings = settingsOf({ endpoint, region, bucket, access_key: accessKey, secret_key: secretKey })
  const driver = openDriver({ settings, clock, concurrency: 40 })
  const prefix = `operations-${String(Date.now())}-${String(++opened)}/`
  const session = new S3Session({ driver, driverName, settings, prefix, seed: 11, clock })
  return Promise.resolve({
    session, prefix, lacks: new Set(lacks),
    async close() {
      await session.cleanup(new AbortController().signal)
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
