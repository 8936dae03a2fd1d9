// A bucket that keeps versions: objects are overwritten, read as they were, and deleted. The run makes the bucket, and removes it.
//
//   chopsticks run s3-versioning
//   chopsticks run s3-versioning -e SIZE=1MiB --vus 32 --duration 5m
//
//   -e SIZE=64KiB  bytes of an object
import { S3 } from 'chopsticks/s3'
import { check, payload, type Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '64KiB'
const bucket = 'versions'

export const options: Options = {
  vus: 8,
  duration: '15s',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    checks: ['rate==1'],
  },
}

const s3 = new S3()
const [first, second] = [payload(SIZE, { seed: 1 }), payload(SIZE, { seed: 2 })]

export async function setup() {
  await s3.createBucket(bucket)
  await s3.putVersioning('Enabled', { bucket })
}

export default async function () {
  const key = `user-${__VU}-${__ITER}`
  const old = await s3.put(key, first, { bucket })
  await s3.put(key, second, { bucket })
  const { versionId } = old
  check(old, { 'a put tells its version': () => versionId !== undefined })
  if (versionId === undefined) return
  const before = await s3.get(key, { bucket, versionId, verify: first })
  const now = await s3.get(key, { bucket, verify: second })
  check([before, now], { 'both versions are whole': (all) => all.every(({ bytes }) => bytes === first.sizeBytes) })
  await s3.delete(key, { bucket })
  await s3.head(key, { bucket, expect: ['not_found'], throw: false })
  await s3.delete(key, { bucket, versionId })
}
