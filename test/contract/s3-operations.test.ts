// Runs the contracts of the operations of scripts over every driver of the binding.
import { expect } from 'chai'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { OpenDriver, S3Driver } from '../../bindings/s3/driver.ts'
import { openDriver as openAwsSdk } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { openDriver as openMemory } from '../../bindings/s3/drivers/memory.ts'
import { MemoryStore } from '../../bindings/s3/drivers/memory-store.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { S3Session } from '../../bindings/s3/session.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { systemClock, type JsonObject } from '../../bindings/sdk/index.ts'
import { s3BucketsContract } from './s3-buckets.ts'
import { s3MultipartContract } from './s3-multipart.ts'
import { s3ObjectsContract } from './s3-objects.ts'
import { s3SecurityContract } from './s3-security.ts'
import type { OpenOperations } from './s3-operations-kit.ts'

const prefix = 'chopsticks-1/'
const clock = systemClock

/** A driver on the built-in endpoint. */
const served = (
  driverName: string, openDriver: OpenDriver, lacks: readonly string[] = [], more: JsonObject = {},
): OpenOperations => async () => {
  const server = await serveS3({ buckets: ['bench'] })
  const { endpoint, region, bucket, accessKey, secretKey } = server
  const settings = settingsOf({ endpoint, region, bucket, access_key: accessKey, secret_key: secretKey, ...more })
  const inBucket = (name: string): S3Driver => openDriver({ settings: { ...settings, bucket: name }, clock, concurrency: 40 })
  const session = new S3Session({ driver: inBucket(bucket), driverName, settings, prefix, seed: 11, clock, inBucket })
  return {
    session, prefix, lacks: new Set(lacks),
    async close() {
      expect(await session.cleanup(new AbortController().signal)).to.include({ remaining: 0 })
      expect(server.stats().objects).to.equal(0)
      await session.close()
      await server.close()
    },
  }
}

const AWS_SDK_NOT = ['append', 'presigned']
const IN_MEMORY_NOT = [
  'anonymous', 'presigned', 'checksums', 'sse-c', 'sse-s3', 'sse-kms', 'other buckets',
  'getAcl', 'putAcl', 'getBucketAcl', 'putBucketAcl', 'getRetention', 'putRetention', 'getLegalHold', 'putLegalHold',
  'getPolicy', 'putPolicy', 'deletePolicy', 'getLifecycle', 'putLifecycle', 'deleteLifecycle', 'getEncryption', 'putEncryption',
  'deleteEncryption', 'getLockConfig',
  'putLockConfig',
]

const inMemory: OpenOperations = () => {
  const settings = settingsOf({ endpoint: 'http://memory.invalid', access_key: 'a', secret_key: 's', bucket: 'bench' })
  const driver = openMemory({ settings, clock, concurrency: 40 }, { store: new MemoryStore(['bench']) })
  return Promise.resolve({
    session: new S3Session({ driver, driverName: 'memory', settings, prefix, seed: 11, clock }), prefix, lacks: new Set(IN_MEMORY_NOT),
    close: () => driver.close(),
  })
}

const CASES: Readonly<Record<string, OpenOperations>> = {
  memory: inMemory,
  native: served('native', openNative),
  'native with hashed payloads': served('native', openNative, [], { payload_signing: 'sha256' }),
  'native with payloads signed chunk by chunk': served('native', openNative, [], { payload_signing: 'streaming' }),
  'aws-sdk': served('aws-sdk', openAwsSdk, AWS_SDK_NOT),
  'aws-sdk with checksums': served('aws-sdk', openAwsSdk, AWS_SDK_NOT, { driver_config: { checksums: 'when_supported' } }),
}
for (const [name, open] of Object.entries(CASES)) {
  s3MultipartContract(name, open)
  s3ObjectsContract(name, open)
  s3BucketsContract(name, open)
  s3SecurityContract(name, open)
}
