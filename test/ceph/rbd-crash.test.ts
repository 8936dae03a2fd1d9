// Crash consistency over two runs, on a cluster, through librbd's cache: what was flushed before a SIGKILL is there.
import { crashAndCheck } from '../kit/crash.ts'
import { cephConf } from './rbd-cluster.ts'

describe('rbd: a client that is killed while it writes', function () {
  this.timeout(180_000)
  it('loses nothing that was flushed, and what is lost after is found', async () => {
    const options = '{ rbd_cache: true, rbd_cache_policy: writeback }'
    await crashAndCheck(() => `rbd: { conf: ${cephConf()}, driver: librbd, driver_config: { options: ${options} } }\n`)
  })
})
