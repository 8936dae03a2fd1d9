// One operation an iteration, as the other peers do: OP, SIZE by -e.
import s3 from 'chopsticks/s3'
import { payload } from 'chopsticks'

const size = Number(__ENV.SIZE)
const body = payload(size)

export const options = { thresholds: { s3_req_failed: ['rate==0'] } }

export default __ENV.OP === 'get'
  ? async () => { await s3.get(`obj${10000000 + __ITER % 100000}-${size}`) }
  : async () => { await s3.put(`obj${10000000 + __ITER % 100000}-${size}`, body) }
