// The main job inside one process: script to record, with real sandboxes.
import { expect } from 'chai'
import { ran, wholeRun } from '../kit/whole-run.ts'

const MIXED = `
import s3 from 'chopsticks/s3'
import { check, payload } from 'chopsticks'
export async function setup() { await s3.put('seeded', 'hello'); return { key: 'seeded' } }
export default async function (data) {
  await s3.put('object-' + __VU + '-' + __ITER, payload('4KiB'))
  const got = await s3.get('object-' + __VU + '-' + __ITER, { verify: payload('4KiB') })
  const text = await s3.get(data.key, { body: 'text' })
  check(text, { same: (r) => r.body === 'hello' })
  check(got, { whole: (r) => r.bytes === 4096 })
}
export function teardown(data) { console.log('torn down', data.key) }
`

describe('a whole run', function () {
  this.timeout(30_000)

  for (const shards of [1, 3]) {
    it(`does what the script says and counts it, at ${String(shards)} shards`, async () => {
      const run = await ran(MIXED, { shards, flags: { vus: '4', iterations: '40' } })
      expect(run.result.record.ending, run.logs.join('\n')).to.deep.equal({ kind: 'passed' })
      expect(run.figure('iterations')).to.equal(40)
      expect(run.figure('s3_reqs', { op: 'put' })).to.equal(40)
      expect(run.figure('s3_reqs', { op: 'get' })).to.equal(80)
      expect(run.figure('s3_bytes', { op: 'put', direction: 'out' })).to.equal(40 * 4096)
      expect(run.figure('checks', { check: 'same' })).to.equal(40)
      expect(run.figure('iterations_failed')).to.equal(0)
      expect(run.logs.filter((line) => line.includes('torn down seeded'))).to.have.length(1)
    })
  }

  it('runs setupVU and teardownVU once in every VU, and counts nothing they do as load', async () => {
    const run = await ran(`
      import s3 from 'chopsticks/s3'
      export async function setupVU(data) { await s3.put('mine-' + __VU, 'x'); console.log('up', __VU, data) }
      export default async function () { await s3.get('mine-' + __VU) }
      export async function teardownVU() { await s3.delete('mine-' + __VU); console.log('down', __VU) }
    `, { shards: 2, flags: { vus: '3', iterations: '6' } })
    expect(run.result.record.ending, run.logs.join('\n')).to.deep.equal({ kind: 'passed' })
    for (const vu of [1, 2, 3]) {
      const own = run.logs.filter((line) => line.startsWith(`info up ${String(vu)}`) || line === `info down ${String(vu)}`)
      expect(own).to.have.length(2)
    }
    expect(run.figure('s3_reqs')).to.equal(6)
  })

  it('counts an iteration that throws as failed, with its stack, and goes on', async () => {
    const script = 'export default function () { if (__ITER % 2 === 1) throw new RangeError("odd") }'
    const run = await ran(script, { flags: { vus: '1', iterations: '4' } })
    expect(run.figure('iterations')).to.equal(4)
    expect(run.figure('iterations_failed')).to.equal(2)
    expect(run.result.record.errors).to.have.length(1)
    expect(run.result.record.errors[0]).to.include({ message: 'RangeError: odd', count: 2, endedIteration: true })
    expect(run.result.record.errors[0]?.stack).to.match(/bundle\.js:\d+:\d+/)
  })

  it('fails the run when every iteration throws', async () => {
    const run = await ran('export default function () { throw 1 }', { flags: { vus: '1', iterations: '2' } })
    expect(run.result.record.ending.kind).to.equal('thresholds')
  })

  it('gives a script\'s errors from the store their code, and takes the ones it expects for none', async () => {
    const run = await ran(`
      import s3, { StorageError } from 'chopsticks/s3'
      export default async function () {
        const gone = await s3.get('absent', { expect: ['not_found'] })
        const also = await s3.get('absent', { throw: false })
        let caught
        try { await s3.get('absent') } catch (error) { caught = error }
        console.log([gone.code, also.code, caught.code, caught instanceof StorageError && caught.name].join(' '))
      }
    `, { flags: { iterations: '1' } })
    expect(run.logs.join('\n')).to.contain('not_found not_found not_found StorageError')
    expect(run.figure('s3_reqs', { code: 'not_found' })).to.equal(3)
    expect(run.figure('s3_req_failed')).to.equal(2)
  })

  it('rebuilds a VU that spins, and its neighbours go on', async () => {
    const run = await ran('export default function () { if (__VU === 1) for (;;); }', { flags: { vus: '2', iterations: '4' } })
    expect(run.figure('iterations')).to.equal(4)
    expect(run.figure('iterations_failed')).to.be.greaterThan(0)
    expect(run.result.record.errors[0]?.message).to.match(/250 ms/)
  })

  it('leaves the neighbours of VUs that spin most of the time', async () => {
    const run = await ran(`
      import { sleep } from 'chopsticks'
      const load = { executor: 'constant-vus', duration: '4s', gracefulStop: '0s' }
      export const options = { scenarios: { good: { ...load, vus: 8, exec: 'good' }, bad: { ...load, vus: 3, exec: 'bad' } } }
      export async function good() { await sleep(0.001) }
      export function bad() { for (;;); }
    `)
    const spins = run.figure('iterations', { scenario: 'bad' })
    expect(spins).to.be.at.least(3)
    // Each takes 250 ms from all: half of the time would be eight.
    expect(spins).to.be.at.most(7)
    expect(run.figure('iterations', { scenario: 'good' })).to.be.greaterThan(10 * spins)
    expect(run.figure('iterations_failed', { scenario: 'good' })).to.equal(0)
  }).timeout(20_000)

  it('ends at once on test.abort(), and at the end on test.fail()', async () => {
    const abort = await ran(`
      import exec from 'chopsticks/execution'
      export const options = { vus: 2, duration: '60s' }
      export default function () { exec.test.abort('enough') }
    `)
    expect(abort.result.record.ending).to.include({ kind: 'aborted', message: 'enough' })
    const fail = await ran(`
      import exec from 'chopsticks/execution'
      export default function () { exec.test.fail('bad') }
    `, { flags: { iterations: '3' } })
    expect(fail.result.record.ending).to.include({ kind: 'marked-failed', message: 'bad' })
    expect(fail.figure('iterations')).to.equal(3)
  })

  it('stops at a signal in any phase', async () => {
    for (const at of ['prepare', 'setup', 'running', 'teardown'] as const) {
      const run = await ran(`
        import { sleep } from 'chopsticks'
        export const options = { vus: 2, duration: '60s' }
        export async function setup() { await sleep(${at === 'setup' ? '60' : '0'}) }
        export default async function () { await sleep(${at === 'teardown' ? '0.01' : '30'}) }
        export async function teardown() { await sleep(0) }
      `, {
        flags: at === 'teardown' ? { iterations: '4' } : {},
        during: (test, phase) => { if (phase === at) setTimeout(() => { test.stop('SIGTERM') }, 50) },
      })
      if (at !== 'teardown') expect(run.result.record.ending, at).to.deep.equal({ kind: 'signal', signal: 'SIGTERM' })
    }
  })

  it('reports what init code threw before anything runs', async () => {
    const run = await wholeRun('throw new Error("early")\nexport default function () {}')
    expect(run).to.have.nested.property('failure.error.message', 'early')
  })

  it('hands handleSummary its data and returns what it made', async () => {
    const run = await ran('export default function () {}\nexport function handleSummary(data) { return { stdout: String(data.seen) } }')
    expect(run.result.handled).to.deep.equal({ result: { stdout: '1' } })
  })

  it('shares arrays made once, and the same seed gives every VU the same choices at any number of shards', async () => {
    const script = `
      import { SharedArray } from 'chopsticks/data'
      const rows = new SharedArray('rows', () => { console.log('made'); return [{ n: 1 }, { n: 2 }] })
      export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 4, iterations: 3 } } }
      export default function () { console.log('row', __VU, __ITER, rows[__ITER % rows.length].n, Math.random()) }
    `
    const lines = async (shards: number): Promise<readonly string[]> =>
      (await ran(script, { shards })).logs.filter((line) => line.includes('row')).sort()
    const [one, two] = [await lines(1), await lines(2)]
    expect(one).to.have.length(12)
    expect(new Set(one).size).to.equal(12)
    expect(two).to.deep.equal(one)
  })
})
