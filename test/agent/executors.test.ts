// Executors over real sandboxes: VUs made while the load runs, tasks and steps as tags, what settles is in no statistics.
import { expect } from 'chai'
import { ran } from '../kit/whole-run.ts'

describe('a run of arrivals and tasks', function () {
  this.timeout(30_000)

  it('makes VUs when they are needed, runs their setupVU, and counts nothing of that as load', async () => {
    const run = await ran(`
      import s3 from 'chopsticks/s3'
      import { sleep } from 'chopsticks'
      export const options = { scenarios: { a: {
        executor: 'constant-arrival-rate', rate: 20, duration: '1s', preAllocatedVUs: 0, maxVUs: 4, late: 'queue', gracefulStop: '5s',
      } } }
      export async function setupVU() { await s3.put('mine-' + __VU, 'x'); console.log('up', __VU) }
      export default async function () { await s3.get('mine-' + __VU); await sleep(0.1) }
      export async function teardownVU() { console.log('down', __VU) }
    `, { shards: 2 })
    expect(run.result.record.ending, run.logs.join('\n')).to.deep.equal({ kind: 'passed' })
    const [progress] = run.result.record.progress
    expect(progress).to.include({ iterationsOffered: 20, iterationsBegun: 20 - (progress?.iterationsDropped ?? 0) })
    expect(run.figure('iterations')).to.equal(progress?.iterationsDone)
    expect(run.figure('s3_reqs')).to.equal(progress?.iterationsDone)
    const up = run.logs.filter((line) => line.startsWith('info up'))
    expect(up.length).to.be.within(2, 4)
    expect(run.logs.filter((line) => line.startsWith('info down'))).to.have.length(up.length)
    expect(progress?.vus).to.equal(up.length)
  })

  it('runs tasks by weight and says which in a tag, on iterations and on operations', async () => {
    const run = await ran(`
      import s3 from 'chopsticks/s3'
      export const options = { seed: 4, scenarios: {
        mixed: { executor: 'shared-iterations', vus: 2, iterations: 40, tasks: { put: 3, list: 1 } },
        turns: { executor: 'per-vu-iterations', vus: 1, iterations: 5, sequence: ['put', 'list'] },
      } }
      export async function put() { await s3.put('k-' + __VU, 'x') }
      export async function list() { await s3.list() }
    `)
    expect(run.result.record.ending, run.logs.join('\n')).to.deep.equal({ kind: 'passed' })
    const put = run.figure('iterations', { scenario: 'mixed', task: 'put' })
    expect(put).to.be.within(20, 39)
    expect(put + run.figure('iterations', { scenario: 'mixed', task: 'list' })).to.equal(40)
    expect(run.figure('s3_reqs', { scenario: 'mixed', task: 'put', op: 'put' })).to.equal(put)
    expect(['put', 'list'].map((task) => run.figure('iterations', { scenario: 'turns', task }))).to.deep.equal([3, 2])
  })

  it('keeps what settles out of every figure, and counts it in the progress', async () => {
    const run = await ran(`
      import s3 from 'chopsticks/s3'
      import { check, sleep } from 'chopsticks'
      export const options = { scenarios: { s: {
        executor: 'staircase', rate: [20, 40], hold: '1s', settle: '500ms', preAllocatedVUs: 4, maxVUs: 10, gracefulStop: '2s',
      } } }
      export default async function () { await s3.put('k-' + __VU, 'x'); check(1, { one: () => true }) }
    `)
    expect(run.result.record.ending, run.logs.join('\n')).to.deep.equal({ kind: 'passed' })
    const [progress] = run.result.record.progress
    expect(progress?.iterationsOffered).to.equal(60)
    const steps = ['20', '40'].map((step) => run.figure('iterations', { step }))
    expect(steps[0]).to.be.within(9, 11)
    expect(steps[1]).to.be.within(19, 21)
    const all = run.figure('iterations')
    expect([run.figure('s3_reqs'), run.figure('checks')]).to.deep.equal([all, all])
    expect(run.result.record.times.measuredMs).to.be.within(900, 1100)
  })
})
