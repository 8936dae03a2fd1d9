// Runs the S3 contract over every driver of the binding.
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import { openDriver as openMemory } from '../../bindings/s3/drivers/memory.ts'
import { MemoryStore } from '../../bindings/s3/drivers/memory-store.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { systemClock, type JsonObject } from '../../bindings/sdk/index.ts'
import { s3DriverContract } from './s3-driver.ts'
import { s3VersionsContract } from './s3-versions.ts'

const nativeOn = (name: string, more: JsonObject): void => {
  s3DriverContract(name, async () => {
    const server = await serveS3({ buckets: ['bench'] })
    const settings = settingsOf({
      endpoint: server.endpoint, access_key: server.accessKey, secret_key: server.secretKey, bucket: server.bucket, region: server.region,
        ...more,
    })
    const driver = openNative({ settings, clock: systemClock, concurrency: 40 })
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
nativeOn('native, on the built-in endpoint,', {})
nativeOn('native with signed payloads', { sign_payload: true })
nativeOn('native with three connections', { max_connections: 3 })
nativeOn('native asking for 100-continue', { driver_config: { expect_continue: 1 } })

s3VersionsContract('memory', () => {
  const settings = settingsOf({ endpoint: 'http://memory.invalid', access_key: 'a', secret_key: 's', bucket: 'bench' })
  const store = new MemoryStore(['bench'], { versioned: true })
  const driver = openMemory({ settings, clock: systemClock, concurrency: 40 }, { store })
  let begun = 0
  return Promise.resolve({
    driver, close: () => driver.close(),
    beginUpload(key) {
      store.bucket('bench')?.uploads.set(`upload-${String(begun++)}`, key)
      return Promise.resolve()
    },
  })
})
