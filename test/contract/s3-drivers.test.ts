// Runs the S3 contract over every driver of the binding.
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { OpenDriver } from '../../bindings/s3/driver.ts'
import { openDriver as openAwsSdk } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { MemoryStore, openDriver as openMemory } from '../../bindings/s3/drivers/memory.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { systemClock, type JsonObject } from '../../bindings/sdk/index.ts'
import { s3DriverContract } from './s3-driver.ts'

const servedBy = (name: string, openDriver: OpenDriver, more: JsonObject): void => {
  s3DriverContract(name, async () => {
    const server = await serveS3({ buckets: ['bench'] })
    const settings = settingsOf({
      endpoint: server.endpoint, access_key: server.accessKey, secret_key: server.secretKey, bucket: server.bucket, region: server.region,
        ...more,
    })
    const driver = openDriver({ settings, clock: systemClock, concurrency: 40 })
    return {
      driver,
      async close() {
        await driver.close()
        await server.close()
      },
    }
  })
}

s3DriverContract('memory', () => {
  const settings = settingsOf({ endpoint: 'http://memory.invalid', access_key: 'a', secret_key: 's', bucket: 'bench' })
  const driver = openMemory({ settings, clock: systemClock, concurrency: 40 }, { store: new MemoryStore(['bench']) })
  return Promise.resolve({ driver, close: () => driver.close() })
})
servedBy('native, on the built-in endpoint,', openNative, {})
servedBy('native with signed payloads', openNative, { sign_payload: true })
servedBy('native with three connections', openNative, { max_connections: 3 })
servedBy('native asking for 100-continue', openNative, { driver_config: { expect_continue: 1 } })
servedBy('aws-sdk', openAwsSdk, {})
servedBy('aws-sdk with checksums', openAwsSdk, { driver_config: { checksums: 'when_supported' } })
servedBy('aws-sdk with signed payloads and three connections', openAwsSdk, { sign_payload: true, max_connections: 3 })
