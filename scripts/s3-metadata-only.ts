// Operations without bytes: empty objects, their metadata and tags. What the index of a bucket can do, apart from the disks below it.
//
//   chopsticks run s3-metadata-only
//   chopsticks run s3-metadata-only --vus 200 --duration 5m -e OBJECTS=1000
//
//   -e OBJECTS=50  objects each user has
import { S3 } from 'chopsticks/s3'
import { check, random, type Options } from 'chopsticks'

const OBJECTS = Number(__ENV.OBJECTS ?? 50)
const MIX = { head: 50, put: 20, tag: 15, tags: 10, remove: 5 }

export const options: Options = {
  vus: 20,
  duration: '15s',
  setupTimeout: '10m',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    checks: ['rate==1'],
  },
}

const s3 = new S3()
const key = (n: number): string => `user-${__VU}/${n}`
const some = (): string => key(random.int(0, OBJECTS - 1))
const put = (name: string) => s3.put(name, '', { metadata: { owner: `user-${__VU}` } })

export async function setupVU() { for (let n = 0; n < OBJECTS; n++) await put(key(n)) }

const operations = {
  async head() {
    const found = await s3.head(some())
    check(found, { 'the metadata is there': (reply) => reply.metadata.owner === `user-${__VU}` })
  },
  put: () => put(some()),
  tag: () => s3.putTags(some(), { state: 'seen', round: `${__ITER}` }),
  tags: () => s3.getTags(some()),
  async remove() {
    const name = some()
    await s3.delete(name)
    await put(name)
  },
}

export default async function () {
  await operations[random.weighted(MIX)]()
}
