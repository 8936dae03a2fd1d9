// The noisy neighbour: block devices and object storage at once, on one cluster. What does one cost the other?
//
//   chopsticks run s3-and-rbd
//   chopsticks run s3-and-rbd -e OBJECT=16MiB     a louder neighbour
//
//   -e SIZE=32MiB   bytes of each disk
//   -e OBJECT=1MiB  bytes of an object
import rbd, { type Image } from 'chopsticks/rbd'
import s3 from 'chopsticks/s3'
import { payload, type Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '32MiB'
const OBJECT = __ENV.OBJECT ?? '1MiB'

export const options: Options = {
  scenarios: {
    alone: { executor: 'constant-vus', vus: 2, duration: '5s', exec: 'disk' },
    disks: { executor: 'constant-vus', vus: 2, duration: '10s', startTime: '5s', exec: 'disk' },
    objects: { executor: 'constant-vus', vus: 8, duration: '10s', startTime: '5s', exec: 'objects' },
  },
  thresholds: {
    rbd_req_failed: ['rate<0.001'], s3_req_failed: ['rate<0.001'],
    // The same disks, alone and beside the neighbour: the summary has both rows.
    'rbd_req_duration{scenario:alone}': ['p(99)<1000'], 'rbd_req_duration{scenario:disks}': ['p(99)<2000'],
  },
}

let image: Image | undefined

export async function disk() {
  if (image === undefined) {
    await rbd.create(`disk-${__VU}`, { size: SIZE })
    image = await rbd.open(`disk-${__VU}`)
    await image.prefill()
  }
  await image.io({ mix: { read: 70, write: 30 }, queueDepth: 4, iops: 500, duration: '1s' })
}

export async function objects() {
  const key = `noise-${__VU}-${__ITER}`
  await s3.put(key, payload(OBJECT))
  await s3.get(key)
  await s3.delete(key)
}


/** What --vus, --duration or --iterations run instead of the scenarios. */
export default async function () { await disk() }
