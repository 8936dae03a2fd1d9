// warp's default mix, 45 % get, 30 % stat, 15 % put, 10 % delete, over a set of objects all users share: to stand beside figures of warp's.
//
//   chopsticks run s3-warp-mixed
//   chopsticks run s3-warp-mixed -e SIZE=10MiB -e OBJECTS=2500 --vus 20 --duration 5m     as warp has it
//
//   -e OBJECTS=200  objects that all users share
//   -e SIZE=1MiB    bytes of an object, or sizes and their weights
//   -e OWN_MAX=50   objects a user puts beside them before its puts replace one
import s3 from 'chopsticks/s3'
import { payload, random, type Options } from 'chopsticks'
import { keys, popularity, sizes } from 'chopsticks/data'

const OBJECTS = Number(__ENV.OBJECTS ?? 200)
const size = sizes(__ENV.SIZE ?? '1MiB')
const MIX = { get: 45, head: 30, put: 15, delete: 10 }

export const options: Options = {
  vus: 10,
  duration: '20s',
  setupTimeout: '30m',
  thresholds: { s3_req_failed: ['rate<0.01'] },
}

const key = keys({ prefix: 'shared/', order: 'hashed' })
const which = popularity('uniform')
/** Objects a user puts beside them before its puts replace one: what is stored does not grow without end. */
const OWN_MAX = Number(__ENV.OWN_MAX ?? 50)
/** What this user put and has not deleted yet: nobody else's reads can meet a delete. */
const own: string[] = []
let writes = 0

export async function setup() {
  for (let n = 0; n < OBJECTS; n++) await s3.put(key(n), payload(size()))
}

const operations = {
  get: () => s3.get(key(which(OBJECTS))),
  head: () => s3.head(key(which(OBJECTS))),
  async put() {
    const name = own.length < OWN_MAX ? `own/${__VU}/${writes++}` : own.shift() ?? ''
    await s3.put(name, payload(size()))
    own.push(name)
  },
  async delete() {
    if (own.length === 0) await operations.put()
    const name = own.shift()
    if (name !== undefined) await s3.delete(name)
  },
}

export default async function () {
  await operations[random.weighted(MIX)]()
}
