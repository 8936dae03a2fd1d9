// Several clients want the exclusive lock of one image: who has it writes, the others wait for their turn.
//
//   chopsticks run rbd-lock-contention
//   chopsticks run rbd-lock-contention --vus 20      twenty clients
//
//   -e SIZE=16MiB  bytes of the image
import rbd, { type Image } from 'chopsticks/rbd'
import { sleep, type Options } from 'chopsticks'
import { Counter, Trend } from 'chopsticks/metrics'

const turns = new Counter('lock_turns')
const waited = new Trend('lock_waiting', true)

export const options: Options = {
  vus: 6,
  duration: '10s',
  thresholds: { rbd_req_failed: ['rate<0.001'], lock_turns: ['count>0'] },
}

export async function setup() {
  await rbd.create('shared', { size: __ENV.SIZE ?? '16MiB' })
  const image = await rbd.open('shared')
  await image.prefill()
  await image.close()
}

let image: Image | undefined

export default async function () {
  image ??= await rbd.open('shared')
  const since = Date.now()
  // Another client has it: no failure, and asked again.
  while (await image.lock.acquire({ expect: ['busy'] }) instanceof Error) await sleep(0.02)
  waited.add(Date.now() - since)
  turns.add(1)
  await image.io({ mix: 'write', count: 20, queueDepth: 4, syncAtEnd: true })
  await image.lock.release()
  await sleep(0.05)
}
