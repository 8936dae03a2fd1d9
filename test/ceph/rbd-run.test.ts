// Runs on block devices of a real cluster: what the tool says is what the cluster holds, and nothing is left, however a run ends.
import { expect } from 'chai'
import { runCli, startCli, workspace } from '../kit/cli.ts'
import { runNameIn } from '../kit/moments.ts'
import { cephConf, rbdSays } from './rbd-cluster.ts'

/** An image locked for itself, a clone of its protected snapshot, and writes to both until it is stopped. */
const BUSY = `
import rbd from 'chopsticks/rbd'
export const options = { vus: 2, duration: __ENV.DURATION, thresholds: { rbd_req_failed: ['rate==0'] } }
let images
export async function setupVU() {
  await rbd.create('gold-' + __VU, { size: '16MiB' })
  const gold = await rbd.open('gold-' + __VU, { exclusive: true, cache: 'writeback' })
  await gold.io({ pattern: 'sequential', mix: 'write', blockSize: '64KiB', queueDepth: 8, count: 64 })
  await gold.snapshot.create('base')
  await gold.snapshot.protect('base')
  await rbd.clone('gold-' + __VU + '@base', 'clone-' + __VU)
  images = [gold, await rbd.open('clone-' + __VU)]
  console.log('begun')
}
export default async function () {
  for (const image of images) await image.io({ pattern: 'random', mix: 'write', blockSize: '4KiB', queueDepth: 8, count: 200 })
}
`
const imagesOf = (run: string): readonly string[] => rbdSays('list').split('\n').filter((name) => name.includes(run))
const env = (duration: string): Record<string, string> => ({ CEPH_CONF: cephConf(), PATH: process.env['PATH'] ?? '', DURATION: duration })

describe('rbd: a run on a cluster', function () {
  this.timeout(180_000)

  it('names cluster and pool, does what it says, and removes clones before what they were made of', async () => {
    using space = workspace({ 's.js': BUSY })
    const { code, stdout, stderr, orphans } = await runCli(['s.js', '-e', 'DURATION=3s'], { cwd: space.folder, env: env('3s') })
    expect(code, stdout + stderr).to.equal(0)
    expect(orphans).to.deep.equal([])
    expect(stderr).to.contain(`driver librbd, cluster ${cephConf()}, pool rbd`)
    const run = runNameIn(stderr) ?? ''
    expect(imagesOf(run)).to.deep.equal([])
  })

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`stopped by ${signal} it leaves nothing that needs a human`, async () => {
      using space = workspace({ 's.js': BUSY })
      using running = startCli(['s.js', '-e', 'DURATION=60s'], { cwd: space.folder, env: env('60s') })
      let said = ''
      await new Promise<void>((resolve) => {
        running.child.stderr?.on('data', (text: Buffer) => {
          said += String(text)
          if (said.split('begun').length > 2) resolve()
        })
        running.child.once('exit', () => { resolve() })
      })
      running.child.kill(signal)
      const { code, stderr, orphans } = await running.result
      expect(orphans).to.deep.equal([])
      const run = runNameIn(stderr) ?? ''
      if (signal === 'SIGTERM') expect(code, stderr).to.equal(105)
      else {
        expect(imagesOf(run)).to.have.length(4)
        const cleaned = await runCli(['cleanup', run], { cwd: space.folder, env: env('1s') })
        expect(cleaned.code, cleaned.stderr).to.equal(0)
      }
      expect(imagesOf(run)).to.deep.equal([])
    })
  }

  it('has rbd bench do the I/O, with the rbd-cli driver', async () => {
    using space = workspace({ 's.js': `
import { Rbd } from 'chopsticks/rbd'
import { check } from 'chopsticks'
export const options = {
  iterations: 2, thresholds: { checks: ['rate==1'], 'rbd_reqs{op:bench}': ['count==2'], 'rbd_bytes{op:bench}': ['count==2097152'] },
}
const rbd = new Rbd({ driver: 'rbd-cli' })
export default async function () {
  await rbd.create('bench-' + __ITER, { size: '8MiB' })
  const image = await rbd.open('bench-' + __ITER)
  const done = await image.bench({ kind: 'write', total: '1MiB' })
  check(done, { whole: (one) => one.ios === 256 && one.bytes === 1048576 && one.iops > 0 })
}
` })
    const { code, stdout, stderr } = await runCli(['s.js'], { cwd: space.folder, env: env('1s') })
    expect(code, stdout + stderr).to.equal(0)
    expect(imagesOf(runNameIn(stderr) ?? '')).to.deep.equal([])
  })

  it('ends with 111 and one line for what can\'t be reached', async () => {
    const cases: readonly [string, RegExp][] = [
      ['pool: not-there', /error: .*no pool not-there/], ['user: stranger', /error: .*client\.stranger/],
      ['namespace: nowhere', /error: .*rbd namespace create rbd\/nowhere/], ['conf: none.conf', /error: .*none\.conf/],
    ]
    for (const [line, says] of cases) {
      const conf = line.startsWith('conf') ? '' : `conf: ${cephConf()}, `
      using space = workspace({ 's.js': BUSY, 'chopsticks.yaml': `rbd: { ${conf}driver: librbd, ${line} }\n` })
      const { code, stderr } = await runCli(['s.js', '-e', 'DURATION=1s'], { cwd: space.folder, env: { PATH: process.env['PATH'] ?? '' } })
      expect(stderr).to.match(says).and.not.match(/\n\s+at /)
      expect(code, stderr).to.equal(111)
    }
  })
})
