// Throughput: large objects are written and read whole, and what comes back is verified byte by byte.
//
//   chopsticks scripts/s3-large-objects.ts
//   chopsticks scripts/s3-large-objects.ts -e SIZE=256MiB --vus 16 --duration 10m
import s3 from 'chopsticks/s3'
import { check, payload, type Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '16MiB'

export const options: Options = {
  vus: 4,
  duration: '20s',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    checks: ['rate==1'],
  },
}

const content = payload(SIZE)

/** Each user replaces its own object and reads it back: what is stored does not grow while the test goes on. */
export default async function () {
  const key = `user-${__VU}`
  await s3.put(key, content)
  const got = await s3.get(key, { verify: content })
  check(got, { 'all bytes came back': (reply) => reply.bytes === content.sizeBytes })
}
