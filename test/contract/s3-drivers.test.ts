// Runs the S3 contract over every driver of the binding.
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { openDriver as openAwsSdk } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { openDriver as openMemory } from '../../bindings/s3/drivers/memory.ts'
import { MemoryStore } from '../../bindings/s3/drivers/memory-store.ts'
import { openDriver as openMinio } from '../../bindings/s3/drivers/minio/index.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { systemClock } from '../../bindings/sdk/index.ts'
import { s3DriverContract } from './s3-driver.ts'
import { s3DriverEdges, type EdgeTarget } from './s3-driver-edges.ts'
import { s3VersionsContract } from './s3-versions.ts'
import { served } from './served.ts'

/** The memory driver: it knows no keys, and is silent by a fault of its plan. */
function inMemory(): Promise<EdgeTarget> {
  const store = new MemoryStore(['bench'])
  const open = (bucket: string, delayMs?: number): S3Driver => {
    const settings = settingsOf({ endpoint: 'http://memory.invalid', access_key: 'a', secret_key: 's', bucket })
    return openMemory({ settings, clock: systemClock, concurrency: 40 },
      { store, ...(delayMs === undefined ? {} : { faults: () => ({ delayMs }) }) })
  }
  const driver = open('bench')
  return Promise.resolve({
    driver, silent: open('bench', 3_600_000), close: () => driver.close(),
    another: (section) => 'bucket' in section ? open(section.bucket) : undefined,
  })
}

const CASES: Readonly<Record<string, () => Promise<EdgeTarget>>> = {
  memory: inMemory,
  'native, on the built-in endpoint,': () => served(openNative, {}),
  'native with hashed payloads': () => served(openNative, { payload_signing: 'sha256' }),
  'native with payloads signed chunk by chunk': () => served(openNative, { payload_signing: 'streaming' }),
  'native with a connection a request': () => served(openNative, { connections: 'new', bandwidth: { per_run: '1GiB' } }),
  'native with three connections': () => served(openNative, { max_connections: 3 }),
  'native asking for 100-continue': () => served(openNative, { driver_config: { expect_continue: 1 } }),
  'aws-sdk': () => served(openAwsSdk, {}),
  'aws-sdk with checksums': () => served(openAwsSdk, { driver_config: { checksums: 'when_supported' } }),
  'aws-sdk with hashed payloads and three connections': () => served(openAwsSdk, { payload_signing: 'sha256', max_connections: 3 }),
  minio: () => served(openMinio, {}),
  'minio with three connections': () => served(openMinio, { max_connections: 3 }),
}
for (const [name, open] of Object.entries(CASES)) s3DriverContract(name, open)
s3DriverEdges('memory', inMemory)
s3DriverEdges('native', () => served(openNative, {}))
s3DriverEdges('aws-sdk', () => served(openAwsSdk, {}))
s3DriverEdges('minio', () => served(openMinio, {}))

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
