// Is what was written still there, and the same? Two runs: the first writes, the second, hours or an upgrade later, checks every byte.
//
//   chopsticks scripts/s3-write-then-verify.ts -e PHASE=write
//   chopsticks scripts/s3-write-then-verify.ts -e PHASE=verify
//   chopsticks scripts/s3-write-then-verify.ts                 both at once: to see that it works
//
// OBJECTS and PREFIX must be the same both times. Objects say themselves who they are: nothing else has to be kept. They
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
