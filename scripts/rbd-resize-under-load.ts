// A disk that grows while it is written to: nothing may fail, and all that was written must be there.
//
//   chopsticks run rbd-resize-under-load
//   chopsticks run rbd-resize-under-load -e STEP_MIB=1024      a GiB a second
//
//   -e SIZE=16MiB  bytes of the image at first
//   -e STEP_MIB=4  MiB it grows by, each second
import rbd, { type Image } from 'chopsticks/rbd'
import { sleep, type Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '16MiB'
const MIB = 1024 ** 2
const STEP_MIB = Number(__ENV.STEP_MIB ?? 4)

export const options: Options = {
  scenarios: {
    load: { executor: 'constant-vus', vus: 1, duration: '10s', exec: 'load' },
    grow: { executor: 'constant-vus', vus: 1, duration: '10s', exec: 'grow' },
  },
  thresholds: { rbd_req_failed: ['rate==0'], verify_failed: ['rate==0'] },
}

export async function setup() {
  await rbd.create('growing', { size: SIZE })
  const image = await rbd.open('growing')
  await image.prefill()
  await image.close()
}

let image: Image | undefined

export async function load() {
  image ??= await rbd.open('growing')
  await image.io({
    mix: { read: 50, write: 50 }, queueDepth: 8, duration: '500ms', verify: true, region: { offset: 0, length: SIZE },
  })
}

export async function grow() {
  const { sizeBytes } = await rbd.info('growing')
  await rbd.resize('growing', sizeBytes + STEP_MIB * MIB)
  await sleep(1)
}


/** What --vus, --duration or --iterations run instead of the scenarios. */
export default async function () { await load() }
