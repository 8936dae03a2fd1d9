// Small blocks at random places: how many I/Os a second a block device does, at which latency.
//
//   chopsticks scripts/rbd-random-io.ts                                       1 VU with 16 reads under way, for 10 s
//   chopsticks scripts/rbd-random-io.ts -e MIX=write -e DEPTH=64 --vus 4      writes, 64 under way from each of 4 VUs
//   chopsticks scripts/rbd-random-io.ts -e PATTERN='zipf(1.1)'                a few blocks get most of it
import rbd, { type Image, type IoKind } from 'chopsticks/rbd'
import type { Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '64MiB'
const BLOCK = __ENV.BLOCK ?? '4KiB'
const DEPTH = Number(__ENV.DEPTH ?? 16)
const MIX = (__ENV.MIX ?? 'read') as IoKind
const PATTERN = __ENV.PATTERN ?? 'random'

export const options: Options = { vus: 1, duration: '10s', thresholds: { rbd_req_failed: ['rate<0.001'] } }

let image: Image

export async function setupVU() {
  const name = `random-${__VU}`
  await rbd.create(name, { size: SIZE })
  image = await rbd.open(name)
  await image.prefill()
}

/** A second of it an iteration: short enough to end in time. */
export default async function () {
  await image.io({ pattern: PATTERN, mix: MIX, blockSize: BLOCK, queueDepth: DEPTH, duration: '1s' })
}
