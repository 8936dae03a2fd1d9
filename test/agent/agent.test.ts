// An agent's answers when it is told to stop at awkward moments, and when a store never answers.
import { expect } from 'chai'
import { StorageError } from '../../bindings/sdk/index.ts'
import type { CleanupReport } from '../../bindings/sdk/index.ts'
import { DirectAgent, fakeStore, STOP } from './direct-agent.ts'

const never = <T>(): Promise<T> => new Promise<T>(() => { return })
const ENDLESS = `
import { sleep } from 'chopsticks'
export const options = { vus: 2, duration: '10m' }
export async function setup() { await sleep(600) }
export default async function () { await sleep(600) }
`

describe('an agent that is told to stop', function () {
  this.timeout(10_000)

  it('stops what it was asked for in the same turn', async () => {
    const agent = new DirectAgent([])
    await agent.load(ENDLESS)
    const setUp = agent.next('setUp')
    agent.tell({ kind: 'setup' }, STOP)
    expect(await setUp).to.nested.include({ kind: 'failed', step: 'setup' })
    agent.tell({ kind: 'close' })

    const other = new DirectAgent([])
    await other.load(ENDLESS)
    await other.ask({ kind: 'open', data: undefined }, 'ready')
    const done = other.next('done')
    other.tell({ kind: 'start', inMs: 20 }, STOP)
    expect(await done).to.include({ kind: 'done', measuredMs: 0 })
    other.tell({ kind: 'close' })
  })

  it('tells of a load whose iterations are due at moments before anything of it runs, and of no other', async () => {
    const rate = '{ executor: "constant-arrival-rate", rate: 10, duration: "1s", preAllocatedVUs: 1 }'
    for (const [load, arrivals] of [[rate, 1], ['{ executor: "constant-vus", vus: 1, duration: "1s" }', 0]] as const) {
      const agent = new DirectAgent([])
      await agent.load(`export const options = { scenarios: { load: ${load} } }; export default function () {}`)
      expect(agent.arrivals).to.equal(arrivals)
      agent.tell({ kind: 'close' })
    }
  })

  it('gives up a store that does not answer', async () => {
    let aborted = false
    const agent = new DirectAgent([fakeStore({
      prepare: (signal) => new Promise((_, reject) => {
        signal.addEventListener('abort', () => { aborted = true; reject(new StorageError('cancelled', 'stopped')) })
      }),
    })])
    await agent.load(ENDLESS, {}, ['fake'])
    const prepared = agent.next('prepared')
    agent.tell({ kind: 'prepare' })
    setTimeout(() => { agent.tell(STOP) }, 50)
    expect(await prepared).to.include({ kind: 'failed', step: 'prepare' })
    expect(aborted).to.equal(true)
    agent.tell({ kind: 'close' })
  })
})

describe('an agent whose store never answers', function () {
  this.timeout(20_000)

  it('says so when the time to prepare is over, heeded or not', async () => {
    const agent = new DirectAgent([fakeStore({ prepare: () => never() })])
    await agent.load('export const options = { setupTimeout: "200ms" }; export default function () {}', {}, ['fake'])
    const answer = await agent.ask({ kind: 'prepare' }, 'prepared')
    expect(answer).to.nested.include({ 'kind': 'failed', 'failure.kind': 'target', 'failure.code': 'timeout' })
    agent.tell({ kind: 'close' })
  })

  it('ends a cleanup in time, says that something is left, and has cleaned the other stores', async () => {
    const cleaned: string[] = []
    let n = 0
    const agent = new DirectAgent([fakeStore({
      cleanup: () => {
        cleaned.push('asked')
        return n++ === 0 ? never<CleanupReport>() : Promise.resolve({ deleted: 2, remaining: 0 })
      },
    })])
    await agent.load(ENDLESS, {}, ['fake'])
    const stores = ['default', 'west'].map((target) => ({ workload: 'fake', target, driver: 'own', made: false }))
    const answer = await agent.ask({ kind: 'cleanup', timeoutMs: 200, stores, unsettled: false }, 'cleaned')
    expect(answer).to.include({ kind: 'cleaned', deleted: 2, remaining: undefined }).and.have.property('reason')
    expect(cleaned).to.have.length(2)
    agent.tell({ kind: 'close' })
  })

  it('goes on to the next store when cleaning one fails by a bug of ours', async () => {
    let n = 0
    const agent = new DirectAgent([fakeStore({
      cleanup: () => n++ === 0 ? Promise.reject(new TypeError('ours')) : Promise.resolve({ deleted: 2, remaining: 0 }),
    })])
    await agent.load(ENDLESS, {}, ['fake'])
    const stores = ['default', 'west'].map((target) => ({ workload: 'fake', target, driver: 'own', made: false }))
    const answer = await agent.ask({ kind: 'cleanup', timeoutMs: 2000, stores, unsettled: false }, 'cleaned')
    expect(answer).to.nested.include({ 'kind': 'failed', 'failure.kind': 'bug', 'failure.message': 'ours' })
    expect(n).to.equal(2)
    agent.tell({ kind: 'close' })
  })
})
