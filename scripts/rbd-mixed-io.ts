// Reads and writes of several sizes to one image that all VUs share, each to a part of its own, everything that is read checked.
//
//   chopsticks scripts/rbd-mixed-io.ts                            4 VUs, 10 s, 70 % reads
//   chopsticks scripts/rbd-mixed-io.ts -e READS=50 -e SYNC=0      half and half, never flushed
import rbd, { type Image } from 'chopsticks/rbd'
import type { Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '128MiB'
const BLOCKS = __ENV.BLOCKS ?? '4k/60:16k/30:64k/10'
const READS = Number(__ENV.READS ?? 70)
const SYNC = Number(__ENV.SYNC ?? 32)
const VUS = 4

export const options: Options = {
  vus: VUS,
  duration: '10s',
  thresholds: { rbd_req_failed: ['rate<0.001'], verify_failed: ['rate==0'] },
}

/** Once for all: the image, written once. What setup does is no load. */
export async function setup() {
  await rbd.create('shared', { size: SIZE })
  const image = await rbd.open('shared')
  await image.prefill()
  await image.close()
}

let image: Image | undefined

export default async function () {
  image ??= await rbd.open('shared')
  await image.io({
    pattern: 'random', mix: { read: READS, write: 100 - READS }, blockSize: BLOCKS, queueDepth: 8, syncEvery: SYNC,
    region: { part: (__VU - 1) % VUS, of: VUS }, duration: '1s', verify: true,
  })
}
