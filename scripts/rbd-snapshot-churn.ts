// A disk under load whose snapshots come and go, as backups make them: what that costs the writes, and whether it goes back as it was.
//
//   chopsticks run rbd-snapshot-churn
//   chopsticks run rbd-snapshot-churn -e KEEP=10      ten snapshots of each disk are kept
//
//   -e SIZE=32MiB  bytes of each VU's disk
//   -e KEEP=3      snapshots of each that are kept
import rbd, { type Image } from 'chopsticks/rbd'
import type { Options } from 'chopsticks'

const SIZE = __ENV.SIZE ?? '32MiB'
const KEEP = Number(__ENV.KEEP ?? 3)

export const options: Options = {
  vus: 2,
  duration: '10s',
  thresholds: { rbd_req_failed: ['rate<0.001'], 'rbd_req_duration{op:createSnapshot}': ['p(95)<5000'] },
}

let disk: Image
const kept: string[] = []

export async function setupVU() {
  await rbd.create(`disk-${__VU}`, { size: SIZE })
  disk = await rbd.open(`disk-${__VU}`)
  await disk.prefill()
}

export default async function () {
  const name = `backup-${__ITER}`
  await disk.flush()
  await disk.snapshot.create(name)
  kept.push(name)
  await disk.io({ pattern: 'random', mix: { read: 50, write: 50 }, blockSize: '4KiB', queueDepth: 8, duration: '300ms' })
  const [oldest] = kept
  if (kept.length > KEEP && oldest !== undefined) {
    await disk.snapshot.remove(oldest)
    kept.shift()
  }
  if (__ITER % 5 === 4) await disk.snapshot.rollback(name)
}
