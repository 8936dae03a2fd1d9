// A storage daemon that is stopped and started under load: the run goes on, the stall shows as latency, and nothing is lost.
import { expect } from 'chai'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCli, workspace } from '../kit/cli.ts'
import { readOpLogs } from '../kit/op-logs.ts'
import { cephConf } from './rbd-cluster.ts'
import { restartableOsd } from './restart.ts'

const BLOCKS = 256
const SCRIPT = `
import rbd from 'chopsticks/rbd'
export const options = { vus: 2, duration: '30s', thresholds: { rbd_req_failed: ['rate==0'], verify_failed: ['rate==0'] } }
let image
export async function setupVU() {
  await rbd.create('disk-' + __VU, { size: ${BLOCKS * 4096} })
  image = await rbd.open('disk-' + __VU)
  await image.prefill()
}
export default async function () {
  await image.io({ pattern: 'random', randomMap: true, mix: { write: 1 }, count: ${BLOCKS}, queueDepth: 8, syncAtEnd: true, verify: true })
  await image.io({ pattern: 'random', randomMap: true, mix: 'read', count: ${BLOCKS}, queueDepth: 8, verify: true })
}
`
const STOPPED_MS = 3000

describe('rbd: a load on a cluster whose storage daemon is stopped and started', function () {
  this.timeout(180_000)

  it('goes on, shows the stall as latency, and finds everything again', async () => {
    using space = workspace({ 'script.js': SCRIPT })
    const env = { CEPH_CONF: cephConf(), PATH: process.env['PATH'] ?? '' }
    using running = startCli(['script.js', '--op-log', 'ops', '--verify'], { cwd: space.folder, env })
    await running.said(/running \((00m)?03\./)
    const osd = restartableOsd()
    await osd.stop()
    await sleep(STOPPED_MS)
    await osd.start()
    const { code, stdout, stderr, orphans } = await running.result
    expect(code, stdout + stderr).to.equal(0)
    expect(orphans).to.deep.equal([])

    const operations = readOpLogs(join(space.folder, 'ops')).flatMap((one) => one.operations).filter(({ phase }) => phase === 'iteration')
    expect(operations.filter((one) => one.code !== 'ok')).to.deep.equal([])
    const single = operations.filter(({ op }) => op === 'read' || op === 'write' || op === 'flush')
    const stalled = single.filter(({ startedUs, endedUs }) => (endedUs ?? 0) - (startedUs ?? 0) > STOPPED_MS * 1000 * 0.9)
    // Whatever was under way in the two queues waited; all else was quick.
    expect(stalled.length).to.be.within(1, 2 * 8)
    const backUs = Math.max(...stalled.map(({ endedUs }) => endedUs ?? 0))
    const readAfter = new Set(single.filter(({ op, startedUs }) => op === 'read' && (startedUs ?? 0) > backUs).map(({ key }) => key))
    expect(readAfter.size, 'blocks that were read and judged afterwards').to.equal(2 * BLOCKS)
  })
})
