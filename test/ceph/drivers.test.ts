// The contract of the S3 drivers against a real RADOS gateway.
import { openDriver } from '../../bindings/s3/drivers/native/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { systemClock } from '../../bindings/sdk/index.ts'
import { s3VersionsContract } from '../contract/s3-versions.ts'
import { east } from './gateway.ts'

s3VersionsContract('native, on a RADOS gateway,', async () => {
  const gateway = await east().versioned(`kept-versions-${String(Date.now())}`)
  const { endpoint, region, accessKey, secretKey, bucket } = gateway
  const settings = settingsOf({ endpoint, region, bucket, access_key: accessKey, secret_key: secretKey })
  const driver = openDriver({ settings, clock: systemClock, concurrency: 40 })
  return { driver, beginUpload: (key) => gateway.beginUpload(key), close: () => driver.close() }
})
