// What interruptions, breaks and neighbours leave behind: nothing that is not so is counted, and no VU gets another's answers.
import { expect } from 'chai'
import { ran } from '../kit/whole-run.ts'

/** A store whose answers take so long. */
const slow = (delayMs: number, op?: string) => ({ driver_config: { faults: [{ ...(op === undefined ? {} : { op }), delay_ms: delayMs }] } })

describe('an iteration that is interrupted', function () {
  this.timeout(20_000)

  it('leaves no failed operation behind: what was in flight is not counted', async () => {
    const run = await ran(`
      import s3 from 'chopsticks/s3'
      export const options = { scenarios: { s: { executor: 'constant-vus', vus: 3, duration: '1s', gracefulStop: '0s' } } }
      export default async function () { await s3.head('absent', { expect: ['not_found'] }); await s3.get('absent', { throw: false }) }
    `, { config: slow(10_000, 'get') })
    expect(run.figure('s3_reqs', { op: 'head' })).to.equal(3)
    expect(run.figure('s3_reqs', { op: 'get' })).to.equal(0)
    expect(run.figure('s3_req_failed')).to.equal(0)
    expect(run.figure('iterations')).to.equal(0)
  })

  it('ends before the next scenario takes its VU', async () => {
    const run = await ran(`
      import { sleep } from 'chopsticks'
      export const options = { scenarios: {
        a: { executor: 'constant-vus', vus: 2, duration: '1s', gracefulStop: '0s', exec: 'a' },
        b: { executor: 'per-vu-iterations', vus: 2, iterations: 3, startTime: '1s', exec: 'b' },
      } }
      export async function a() { await sleep(30) }
      export async function b() { await sleep(0.01) }
    `)
    expect(run.result.record.ending, run.logs.join('\n')).to.deep.equal({ kind: 'passed' })
    expect(run.figure('iterations', { scenario: 'b' })).to.equal(6)
    expect(run.result.record.progress.map(({ iterationsInterrupted }) => iterationsInterrupted)).to.deep.equal([2, 0])
  })

  it('by test.abort() is each VU\'s last', async () => {
    const run = await ran(`
      import exec from 'chopsticks/execution'
      export const options = { vus: 2, duration: '60s' }
      export default function () { exec.test.abort('enough') }
    `)
    expect(run.result.record.ending.kind).to.equal('aborted')
    expect(run.result.record.progress[0]?.iterationsInterrupted).to.be.at.most(2)
  })
})

describe('a VU that is rebuilt', function () {
  this.timeout(20_000)

  it('never gets the answers its predecessor waited for', async () => {
    const run = await ran(`
      import s3 from 'chopsticks/s3'
      export async function setup() { await s3.put('a', 'of the dead'); await s3.put('b', 'of the living') }
      export default async function () {
        if (__ITER === 0) { void s3.get('a', { body: 'text' }); for (;;); }
        console.log('got', (await s3.get('b', { body: 'text' })).body)
      }
    `, { config: slow(2000, 'get'), flags: { vus: '1', iterations: '2' } })
    expect(run.logs.filter((line) => line.startsWith('info got'))).to.deep.equal(['info got of the living'])
    expect(run.figure('s3_reqs', { op: 'get' })).to.equal(1)
  })

  it('runs nothing while its setupVU fails', async () => {
    const run = await ran(`
      import s3 from 'chopsticks/s3'
      export async function setupVU() {
        if ((await s3.head('made', { throw: false })).code !== 'not_found') throw new Error('it is there already')
        await s3.put('made', 'x')
      }
      export default function () {
        if (__ITER === 0) for (;;);
        console.log('ran without being set up')
      }
    `, { flags: { vus: '1', iterations: '4' } })
    expect(run.logs.filter((line) => line.includes('without'))).to.deep.equal([])
    expect(run.figure('iterations_failed')).to.equal(4)
    expect(run.result.record.errors.map(({ message, count }) => [message, count])).to.deep.include(['Error: it is there already', 3])
  })
})

describe('VUs that are opened', function () {
  this.timeout(20_000)

  it('are left in peace when the setupVU of one of them throws, and those set up run their teardownVU', async () => {
    const run = await ran(`
      import { sleep } from 'chopsticks'
      export async function setupVU() {
        if (__VU === 1) return
        await sleep(__VU === 2 ? 0.05 : 30)
        throw new Error('no VU ' + __VU)
      }
      export default function () {}
      export function teardownVU() { console.log('down', __VU) }
    `, { flags: { vus: '3', iterations: '3' } })
    expect(run.result.record.ending).to.include({ kind: 'script', step: 'setupVU', message: 'Error: no VU 2' })
    expect(run.logs.filter((line) => line.startsWith('info down'))).to.deep.equal(['info down 1'])
  })

  it('end the run with the teardown time-out when their teardownVU takes too long', async () => {
    const run = await ran(`
      import { sleep } from 'chopsticks'
      export const options = { teardownTimeout: '300ms' }
      export default function () {}
      export async function teardownVU() { await sleep(30) }
    `, { flags: { vus: '2', iterations: '2' } })
    expect(run.result.record.ending).to.include({ kind: 'teardown-timeout' })
  })

  it('are given up in time when their init code never ends', async () => {
    const run = await ran(`
      import { sleep } from 'chopsticks'
      export const options = { setupTimeout: '300ms' }
      if (__VU > 0) for (;;) await sleep(1)
      export default function () {}
    `, { flags: { vus: '2', iterations: '2' } })
    expect(run.result.record.ending).to.include({ kind: 'other-timeout' })
  })
})
