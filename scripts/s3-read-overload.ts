// More and more reads a second, whether the store keeps up or not: where does it give way, and what do its users feel then?
//
//   chopsticks run s3-read-overload
//   chopsticks run s3-read-overload -e PEAK=20000 -e MINUTES=10 -e SIZE=64KiB --target west
//
//   -e OBJECTS=200   objects that are read
//   -e PEAK=1000     reads a second at the end of the ramp
//   -e MINUTES=0.25  how long the ramp takes
//   -e SIZE=4KiB     bytes of an object
import s3 from 'chopsticks/s3'
import { payload, type Options } from 'chopsticks'
import { keys, popularity } from 'chopsticks/data'

const OBJECTS = Number(__ENV.OBJECTS ?? 200)
const PEAK = Number(__ENV.PEAK ?? 1000)
const MINUTES = Number(__ENV.MINUTES ?? 0.25)

export const options: Options = {
  scenarios: {
    reads: {
      executor: 'ramping-arrival-rate', startRate: Math.ceil(PEAK / 10), preAllocatedVUs: 50, maxVUs: 1000,
      stages: [{ duration: `${MINUTES * 60}s`, target: PEAK }, { duration: `${MINUTES * 20}s`, target: PEAK }],
    },
  },
  setupTimeout: '30m',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    // From when a read was due, not from when it could be sent: in an overload only that tells what users wait.
    iteration_response: ['p(99)<1000'],
  },
}

const content = payload(__ENV.SIZE ?? '4KiB')
const key = keys({ order: 'hashed' })
const which = popularity('zipf(0.99)')

export async function setup() {
  for (let n = 0; n < OBJECTS; n++) await s3.put(key(n), content)
}

export default async function () {
  await s3.get(key(which(OBJECTS)))
}
