// Is what was written still there, and the same? Two runs: the first writes, the second, hours or an upgrade later, checks every byte.
//
//   chopsticks run s3-write-then-verify -e PHASE=write
//   chopsticks run s3-write-then-verify -e PHASE=verify
//   chopsticks run s3-write-then-verify                 both at once: to see that it works
//
//   -e PHASE=both                            write, verify, or both at once: to see that it works
//   -e OBJECTS=500                           objects; the same in both runs
//   -e SIZE=4KiB-1MiB                        bytes of an object, or sizes and their weights
//   -e PREFIX=chopsticks-write-then-verify/  where they lie; the same in both runs
//
// Objects say themselves who they are: nothing else has to be kept. They
// stay until they are deleted: chopsticks cleanup --prefix chopsticks-write-then-verify/
import exec from 'chopsticks/execution'
import s3 from 'chopsticks/s3'
import { check, payload, type Options } from 'chopsticks'
import { keys, sizes } from 'chopsticks/data'

const PHASE = __ENV.PHASE ?? 'both'
const OBJECTS = Number(__ENV.OBJECTS ?? 500)
const size = sizes(__ENV.SIZE ?? '4KiB-1MiB')
if (!['write', 'verify', 'both'].includes(PHASE)) throw new Error(`PHASE is write, verify or both, not ${PHASE}`)

export const options: Options = {
  vus: 10,
  iterations: OBJECTS,
  // What two runs share has a name of its own; else everything lies below the run's.
  ...(PHASE === 'both' ? {} : { prefix: __ENV.PREFIX ?? 'chopsticks-write-then-verify/' }),
  thresholds: {
    s3_req_failed: ['rate==0'],
    verify_failed: [{ threshold: 'rate==0', allowEmpty: true }],
    checks: [{ threshold: 'rate==1', allowEmpty: true }],
  },
}

const key = keys({ order: 'hashed' })

/** Each object belongs to one iteration, whichever VU runs it. */
export default async function () {
  const name = key(exec.scenario.iterationInTest)
  if (PHASE !== 'verify') await s3.put(name, payload(size()))
  if (PHASE === 'write') return
  const got = await s3.get(name, { verify: true })
  check(got, { 'it is there': (reply) => reply.status === 200 })
}
