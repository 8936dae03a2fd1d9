// Objects that come and go below a lifecycle rule: what a backup or a log store does to a bucket. The run makes the bucket, and removes it.
//
//   chopsticks run s3-lifecycle-churn
//   chopsticks run s3-lifecycle-churn -e KEEP=1000 -e SIZE=1MiB --vus 32 --duration 30m
//
//   -e KEEP=20     objects each user keeps before its oldest goes
//   -e SIZE=64KiB  bytes of an object
import { S3 } from 'chopsticks/s3'
import { payload, type Options } from 'chopsticks'

const KEEP = Number(__ENV.KEEP ?? 20)
const SIZE = __ENV.SIZE ?? '64KiB'
const bucket = 'churn'

export const options: Options = {
  vus: 8,
  duration: '15s',
  thresholds: { s3_req_failed: ['rate<0.01'] },
}

const s3 = new S3()
const content = payload(SIZE)

export async function setup() {
  await s3.createBucket(bucket)
  // What the load leaves would go by itself after a day; that it is looked for is part of what the store has to do.
  await s3.putLifecycle([{ id: 'logs', prefix: 'logs/', expirationDays: 1, abortUploadDays: 1 }], { bucket })
}

const key = (n: number): string => `logs/user-${__VU}/${n}`

export default async function () {
  await s3.put(key(__ITER), content, { bucket, tagging: { day: `${__ITER % 7}` } })
  if (__ITER >= KEEP) await s3.delete(key(__ITER - KEEP), { bucket })
}
