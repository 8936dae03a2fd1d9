// Large blocks one after the other, written and read: how many bytes a second a block device takes and gives.
//
//   chopsticks scripts/rbd-sequential-io.ts                                 2 VUs, each with an image of its own, 10 s
//   chopsticks scripts/rbd-sequential-io.ts -e BLOCK=4MiB -e DEPTH=32       larger blocks, more of them under way
import rbd, { type Image } from 'chopsticks/rbd'
import { check, type Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '64MiB'
const BLOCK = __ENV.BLOCK ?? '1MiB'
const DEPTH = Number(__ENV.DEPTH ?? 8)

export const options: Options = {
  vus: 2,
  duration: '10s',
  thresholds: { rbd_req_failed: ['rate<0.001'], checks: ['rate==1'] },
}

let image: Image

/** Once in every VU: its own image, written once, so that what is read is there. */
export async function setupVU() {
  const name = `sequential-${__VU}`
  await rbd.create(name, { size: SIZE })
  image = await rbd.open(name)
  await image.prefill()
}

/** The whole image written, flushed, and read again with every byte checked. */
export default async function () {
  const written = await image.io({ pattern: 'sequential', mix: 'write', blockSize: BLOCK, queueDepth: DEPTH, bytes: SIZE, syncAtEnd: true })
  const read = await image.io({ pattern: 'sequential', mix: 'read', blockSize: BLOCK, queueDepth: DEPTH, bytes: SIZE, verify: true })
  check(read, { 'as much came back as was written': (result) => result.bytes === written.bytes })
}
