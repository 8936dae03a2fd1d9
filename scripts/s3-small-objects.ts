// Rate: many users and small objects, where the cost of an operation matters and not its bytes.
//
//   chopsticks run s3-small-objects
//   chopsticks run s3-small-objects --vus 200 --duration 5m
//
//   -e SIZE=4KiB    bytes of an object
//   -e OBJECTS=500  objects that all users share
//   -e READS=0.8    the share of operations that read
import s3 from 'chopsticks/s3'
import { payload, random, type Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '4KiB'
const OBJECTS = Number(__ENV.OBJECTS ?? 500)
const READS = Number(__ENV.READS ?? 0.8)

export const options: Options = {
  vus: 32,
  duration: '15s',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    's3_req_duration{op:get}': ['p(99)<1000'],
  },
}

const content = payload(SIZE)
const keyOf = (index: number): string => `small-${index}`

/** How many objects are written at once while the store is filled. */
const FILL_WIDTH = 16

/** Once, before the load: the objects everyone reads. */
export async function setup() {
  const fill = async (from: number): Promise<void> => {
    for (let index = from; index < OBJECTS; index += FILL_WIDTH) await s3.put(keyOf(index), content)
  }
  await Promise.all(Array.from({ length: FILL_WIDTH }, (_, from) => fill(from)))
}

export default async function () {
  const key = keyOf(random.int(0, OBJECTS - 1))
  if (Math.random() < READS) await s3.get(key)
  else await s3.put(key, content)
}
