// Small scenario scripts that many end-to-end tests run.

/** Two objects written and read by each iteration. */
export const GOOD_SCRIPT = `
import s3 from 'chopsticks/s3'
import { check, payload } from 'chopsticks'
export default async function () {
  const key = 'object-' + __VU + '-' + __ITER
  await s3.put(key, payload('4KiB'))
  const got = await s3.get(key)
  check(got, { whole: (reply) => reply.bytes === 4096 })
}
`

/** Runs until it is stopped, in short iterations, with objects left for the cleanup. */
export const LONG_SCRIPT = `
import s3 from 'chopsticks/s3'
import { payload, sleep } from 'chopsticks'
export const options = { vus: 2, duration: '5m' }
export default async function () {
  await s3.put('object-' + __VU + '-' + __ITER, payload('1KiB'))
  console.log('iterating')
  await sleep(0.2)
}
export function teardown() { console.log('torn down') }
`
