// Throughput: large objects are uploaded, downloaded and deleted, 3 : 2 : 1, and every byte that comes back is verified.
//
//   chopsticks run s3-large-objects
//   chopsticks run s3-large-objects -e SIZE=256MiB --vus 16 --duration 10m
//
//   -e SIZE=100MB  bytes of an object
//   -e KEEP=1      objects a user has at once: beyond it an upload replaces one
import s3 from 'chopsticks/s3'
import { check, payload, random, type Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '100MB'
/** Objects a user has at once: beyond it an upload replaces one, so that what is stored does not grow while the test goes on. */
const KEEP = Number(__ENV.KEEP ?? 1)
const MIX = { upload: 3, download: 2, remove: 1 }

export const options: Options = {
  vus: 4,
  duration: '20s',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    verify_failed: ['rate==0'],
    checks: [{ threshold: 'rate==1', allowEmpty: true }],
  },
}

const content = payload(SIZE)
const own: string[] = []
let uploads = 0

async function upload() {
  const key = own.length < KEEP ? `user-${__VU}/${uploads++ % (2 * KEEP)}` : own.shift() ?? ''
  await s3.put(key, content)
  own.push(key)
}

const operations = {
  upload,
  async download() {
    if (own.length === 0) await upload()
    const key = own[random.int(0, own.length - 1)] ?? ''
    const got = await s3.get(key, { verify: content })
    check(got, { 'all bytes came back': (reply) => reply.bytes === content.sizeBytes })
  },
  async remove() {
    if (own.length === 0) await upload()
    await s3.delete(own.shift() ?? '')
  },
}

export default async function () {
  await operations[random.weighted(MIX)]()
}
