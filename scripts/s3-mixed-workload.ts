// The main job: many users read, write, look up, list and delete objects at once, and the store is judged by it.
//
//   chopsticks run s3-mixed-workload                              10 users, 15 s
//   chopsticks run s3-mixed-workload --vus 50 --duration 5m       more users, for longer
//   chopsticks run s3-mixed-workload -e SIZE=1MiB -e OBJECTS=100  larger and more objects
//
//   -e SIZE=64KiB  bytes of an object
//   -e OBJECTS=20  objects each user has from the start
import s3 from 'chopsticks/s3'
import { check, payload, random, type Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '64KiB'
const OBJECTS = Number(__ENV.OBJECTS ?? 20)

/** How often each operation is chosen, relative to the others. */
const MIX = { get: 45, put: 25, head: 15, delete: 10, list: 5 }

export const options: Options = {
  vus: 10,
  duration: '15s',
  thresholds: {
    // The run fails (exit code 99) when one of these does not hold.
    s3_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
    's3_req_duration{op:get}': ['p(95)<1000'],
    's3_req_duration{op:put}': ['p(95)<2000'],
  },
}

const content = payload(SIZE)

/** A user's own objects: those from the start are read, the newer ones come and go. */
const stableKey = (index: number): string => `user-${__VU}/stable-${index}`
const written: string[] = []
let writes = 0

/** Once in every VU, before the load: what is read later has to be there. Not measured as part of the load. */
export async function setupVU() {
  for (let index = 0; index < OBJECTS; index++) await s3.put(stableKey(index), content)
}

const someKey = (): string => stableKey(random.int(0, OBJECTS - 1))

const operations = {
  async get() {
    const got = await s3.get(someKey())
    check(got, { 'get: all bytes came': (reply) => reply.bytes === content.sizeBytes })
  },
  async put() {
    const key = `user-${__VU}/written-${writes++}`
    await s3.put(key, content)
    written.push(key)
  },
  async head() {
    const found = await s3.head(someKey())
    check(found, { 'head: the size is right': (reply) => reply.sizeBytes === content.sizeBytes })
  },
  async delete() {
    // Nothing written yet: write first, so that the mix stays what it was meant to be.
    if (written.length === 0) await operations.put()
    const key = written.shift()
    if (key !== undefined) await s3.delete(key)
  },
  async list() {
    const page = await s3.list({ prefix: `user-${__VU}/`, maxKeys: 100 })
    check(page, { 'list: it names what is there': (reply) => reply.objects.length >= Math.min(OBJECTS, 100) })
  },
}

/** One operation an iteration, chosen by weight. Every random choice follows from --seed: a rerun does the same work. */
export default async function () {
  await operations[random.weighted(MIX)]()
}
