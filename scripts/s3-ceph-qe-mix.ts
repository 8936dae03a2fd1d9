// The mix Ceph's own quality engineers run: 36 % write, 44 % read, 15 % list, 5 % delete, with sizes from 1 KiB to 50 MiB in seven classes.
//
//   chopsticks run s3-ceph-qe-mix
//   chopsticks run s3-ceph-qe-mix --vus 64 --duration 1h --target west
//
//   -e SIZE        sizes and their weights (seven classes, 1 KiB to 50 MiB)
//   -e OBJECTS=20  objects each user has from the start; at most twice as many
import s3 from 'chopsticks/s3'
import { payload, random, type Options } from 'chopsticks'
import { sizes } from 'chopsticks/data'

const CLASSES = '1KiB-5KiB:25, 5KiB-50KiB:40, 50KiB-256KiB:25, 256KiB-512KiB:5, 512KiB-1MiB:3, 1MiB-5MiB:1, 5MiB-50MiB:1'
const size = sizes(__ENV.SIZE ?? CLASSES)
/** Objects each user has from the start, and at most: what is stored does not grow without end. */
const OBJECTS = Number(__ENV.OBJECTS ?? 20)
const OBJECTS_MAX = OBJECTS * 2
const MIX = { write: 36, read: 44, list: 15, delete: 5 }

export const options: Options = {
  vus: 10,
  duration: '20s',
  setupTimeout: '30m',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    verify_failed: ['rate==0'],
  },
}

const own: string[] = []
let writes = 0

async function write() {
  // The oldest is written anew once there are enough.
  const key = own.length < OBJECTS_MAX ? `user-${__VU}/${writes++}` : own.shift() ?? `user-${__VU}/0`
  await s3.put(key, payload(size()))
  own.push(key)
}

const someKey = (): string => own[random.int(0, own.length - 1)] ?? ''

const operations = {
  write,
  read: () => s3.get(someKey(), { verify: true }),
  list: () => s3.list({ prefix: `user-${__VU}/`, maxKeys: 1000 }),
  async delete() {
    // One stays, for others to be read.
    if (own.length < 2) await write()
    const key = own.shift()
    if (key !== undefined) await s3.delete(key)
  },
}

export async function setupVU() { for (let n = 0; n < OBJECTS; n++) await write() }

export default async function () {
  await operations[random.weighted(MIX)]()
}
