// Few objects that everybody overwrites and reads, some far more often than others: contention on the same keys.
//
//   chopsticks run s3-overwrite-shared-set
//   chopsticks run s3-overwrite-shared-set -e OBJECTS=10 -e WRITES=0.5 --vus 64 --duration 5m
//
//   -e OBJECTS=50             objects that all share
//   -e WRITES=0.3             the share of operations that write
//   -e SIZE=64KiB             bytes of an object
//   -e POPULARITY=zipf(0.99)  how unevenly they are chosen
import s3 from 'chopsticks/s3'
import { payload, type Options } from 'chopsticks'
import { popularity } from 'chopsticks/data'

const OBJECTS = Number(__ENV.OBJECTS ?? 50)
const WRITES = Number(__ENV.WRITES ?? 0.3)

export const options: Options = {
  vus: 16,
  duration: '15s',
  setupTimeout: '10m',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    // Half of one write and half of another would be seen: each read is checked, every byte.
    verify_failed: ['rate==0'],
  },
}

const content = payload(__ENV.SIZE ?? '64KiB')
const which = popularity(__ENV.POPULARITY ?? 'zipf(0.99)')
const key = (n: number): string => `shared-${n}`

export async function setup() {
  for (let n = 0; n < OBJECTS; n++) await s3.put(key(n), content)
}

export default async function () {
  const name = key(which(OBJECTS))
  if (Math.random() < WRITES) await s3.put(name, payload(content.sizeBytes, { seed: __VU * 1_000_000 + __ITER }))
  else await s3.get(name, { verify: true })
}
