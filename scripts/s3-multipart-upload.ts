// Uploads in parts: how fast large objects get in, part by part and as a whole, and that they come back as they were.
//
//   chopsticks run s3-multipart-upload
//   chopsticks run s3-multipart-upload -e SIZE=5GiB -e PART=64MiB -e CONCURRENCY=8 --vus 4 --duration 10m
//
//   -e SIZE=64MiB     bytes of an object
//   -e PART=8MiB      bytes of a part: 5 MiB is the least that S3 takes, but for the last
//   -e CONCURRENCY=4  parts of one upload that are under way at once
import { S3 } from 'chopsticks/s3'
import { check, payload, type Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '64MiB'
const PART = __ENV.PART ?? '8MiB'
const CONCURRENCY = Number(__ENV.CONCURRENCY ?? 4)

export const options: Options = {
  vus: 2,
  duration: '20s',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    checks: ['rate==1'],
  },
}

const s3 = new S3()
const content = payload(SIZE)

/** Parts are measured as `uploadPart`, the whole upload in `s3_composite_duration{op:upload}`. */
export default async function () {
  const key = `upload-${__VU}`
  await s3.upload(key, content, { partSize: PART, concurrency: CONCURRENCY })
  const got = await s3.get(key, { verify: content })
  check(got, { 'all bytes came back': (reply) => reply.bytes === content.sizeBytes })
}
