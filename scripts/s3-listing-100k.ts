// Listings of a bucket with many objects: page after page, from a place within, and folder by folder.
//
//   chopsticks run s3-listing-100k                     100,000 empty objects are made first
//   chopsticks run s3-listing-100k -e OBJECTS=1000000 --vus 16 --duration 10m
//
//   -e OBJECTS=100000  empty objects that are made first
import { S3 } from 'chopsticks/s3'
import { check, random, type Options } from 'chopsticks'
import { keys } from 'chopsticks/data'

const OBJECTS = Number(__ENV.OBJECTS ?? 100_000)
/** Objects that are made at once before the load. */
const AT_ONCE = 64
const MIX = { whole: 1, page: 12, folder: 12 }

export const options: Options = {
  vus: 4,
  duration: '20s',
  setupTimeout: '2h',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    checks: ['rate==1'],
  },
}

const s3 = new S3()
const FOLDERS = 256
const key = keys({ order: 'hashed', fanout: FOLDERS })

export async function setup() {
  for (let first = 0; first < OBJECTS; first += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, OBJECTS - first) }, (_, at) => s3.put(key(first + at), ''))
    await Promise.all(some)
  }
}

const folder = (): string => random.int(0, FOLDERS - 1).toString(16).padStart(2, '0')

const operations = {
  async whole() {
    let count = 0
    for await (const _object of s3.listAll()) count++
    check(count, { 'every object is listed': (listed) => listed === OBJECTS })
  },
  page: () => s3.list({ startAfter: folder(), maxKeys: 1000 }),
  async folder() {
    const page = await s3.list({ delimiter: '/', maxKeys: 1000 })
    check(page, { 'folders are listed': (reply) => reply.commonPrefixes.length > 0 })
  },
}

export default async function () {
  await operations[random.weighted(MIX)]()
}
