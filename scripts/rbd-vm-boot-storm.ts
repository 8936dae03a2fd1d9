// Many virtual machines begin at once: each clones the golden image, reads what a boot reads, and writes its first files.
//
//   chopsticks run rbd-vm-boot-storm
//   chopsticks run rbd-vm-boot-storm --vus 100          a hundred machines
//
//   -e SIZE=64MiB  bytes of the golden image
//   -e READS=400   reads of a machine while it boots
//   -e WRITES=100  writes of a machine while it boots
import rbd from 'chopsticks/rbd'
import type { Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '64MiB'
/** What a machine reads of its image, and writes to it, while it boots. */
const READS = Number(__ENV.READS ?? 400)
const WRITES = Number(__ENV.WRITES ?? 100)

export const options: Options = {
  scenarios: { boot: { executor: 'per-vu-iterations', vus: 8, iterations: 1 } },
  thresholds: { rbd_req_failed: ['rate<0.001'], 'rbd_req_duration{op:read}': ['p(99)<1000'] },
}

/** The golden image, written once and kept as a snapshot that clones are made of. */
export async function setup() {
  await rbd.create('golden', { size: SIZE })
  const image = await rbd.open('golden')
  await image.prefill()
  await image.snapshot.create('ready')
  await image.snapshot.protect('ready')
  await image.close()
}

export default async function () {
  const name = `machine-${__VU}-${__ITER}`
  await rbd.clone('golden@ready', name)
  const disk = await rbd.open(name, { origin: 'golden' })
  // Kernel and services: mostly small reads of the same places, the same for every machine; then logs and state of its own.
  await disk.io({ pattern: 'zipf(1.1)', mix: 'read', blockSize: '4k/50:16k/30:64k/20', count: READS, queueDepth: 4, seed: 1 })
  await disk.io({ pattern: 'random', mix: { read: 30, write: 70 }, blockSize: '4KiB', count: WRITES, queueDepth: 2, syncEvery: 8 })
  await disk.close()
}
