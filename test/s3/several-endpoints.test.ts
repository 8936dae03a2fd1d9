// Targets with several endpoints: who gets which operation, and what becomes of one that is down.
import { expect } from 'chai'
import fc from 'fast-check'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import { s3 } from '../../bindings/s3/index.ts'
import { SeveralEndpoints } from '../../bindings/s3/several-endpoints.ts'
import type { EndpointSelection } from '../../bindings/s3/settings.ts'
import { StorageError, systemClock, type Call, type Outcome, type Session } from '../../bindings/sdk/index.ts'
import { HandClock, RawServer } from './kit.ts'

const callOf = (signal = new AbortController().signal): Call => ({ signal, timeoutMs: 0, mark: () => { return } })

/** A session that answers when it is told to, or fails at once. */
class Fake implements Session {
  readonly driver = 'fake'
  readonly endpoint: string
  calls = 0
  down = false
  readonly open: (() => void)[] = []
  constructor(endpoint: string) { this.endpoint = endpoint }
  run(): Promise<Outcome> {
    this.calls++
    if (this.down) return Promise.reject(new StorageError('unreachable', 'down'))
    return new Promise((resolve) => { this.open.push(() => { resolve({ reply: {}, bytesIn: 0, bytesOut: 0, endpoint: this.endpoint }) }) })
  }
  prepare(): Promise<{ made: boolean }> {
    return this.down ? Promise.reject(new StorageError('unreachable', `${this.endpoint} is down`)) : Promise.resolve({ made: false })
  }
  cleanup(): Promise<{ deleted: number; remaining: number | undefined }> {
    return Promise.resolve(this.down ? { deleted: 0, remaining: undefined } : { deleted: 3, remaining: 0 })
  }
  close(): Promise<void> { return Promise.resolve() }
}

function several(count: number, selection: EndpointSelection, clock = new HandClock()) {
  const fakes = Array.from({ length: count }, (_, index) => new Fake(`http://e${index}`))
  const session = new SeveralEndpoints({ sessions: fakes, selection, clock, first: 0 })
  const go = (call = callOf()): Promise<unknown> => session.run('get', [], call).catch((error: unknown) => error)
  return { fakes, session, clock, go, counts: () => fakes.map(({ calls }) => calls) }
}

describe('of several endpoints', () => {
  it('each is used in turn', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 0, max: 40 }), (count, operations) => {
      const { go, counts } = several(count, 'round_robin')
      for (let n = 0; n < operations; n++) void go()
      expect(Math.max(...counts()) - Math.min(...counts())).to.be.at.most(1)
      expect(counts().reduce((sum, one) => sum + one)).to.equal(operations)
    }))
  })
  it('the one with the fewest operations open is used', async () => {
    const { go, fakes, counts } = several(3, 'least_in_flight')
    for (let n = 0; n < 6; n++) void go()
    expect(counts()).to.deep.equal([2, 2, 2])
    for (const answer of fakes[1]?.open.splice(0) ?? []) answer()
    await new Promise((resolve) => { setImmediate(resolve) })
    void go()
    void go()
    expect(counts()).to.deep.equal([2, 4, 2])
  })
  it('each VU keeps to its own', () => {
    const { go, counts } = several(2, 'per_vu')
    const vus = Array.from({ length: 3 }, () => callOf())
    for (let round = 0; round < 4; round++) for (const vu of vus) void go(vu)
    expect(counts()).to.deep.equal([8, 4])
  })
  for (const selection of ['round_robin', 'least_in_flight', 'per_vu'] as const) {
    it(`one that is down is tried once a second (${selection})`, async () => {
      const { go, fakes, counts, clock } = several(2, selection)
      const vu = callOf()
      const [down] = fakes
      if (down === undefined) throw new Error('there are two')
      down.down = true
      expect(await go(vu)).to.include({ code: 'unreachable', endpoint: 'http://e0' })
      for (let n = 0; n < 10; n++) void go(vu)
      expect(counts()).to.deep.equal([1, 10])
      clock.move(1000)
      const tried = Array.from({ length: 6 }, () => go(vu))
      expect(counts()).to.deep.equal([2, 15])
      await Promise.race(tried)
      down.down = false
      clock.move(1000)
      void go(vu)
      void go(vu)
      down.open[0]?.()
      await new Promise((resolve) => { setImmediate(resolve) })
      for (let n = 0; n < 20; n++) void go(vu)
      expect(down.calls, 'it is used again').to.be.at.least(8)
    })
  }
  it('those that are left share what one that is down does not get', async () => {
    for (const selection of ['round_robin', 'least_in_flight'] as const) {
      const { go, fakes, counts } = several(3, selection)
      if (fakes[2] !== undefined) fakes[2].down = true
      for (let n = 0; n < 3; n++) await Promise.race([go(), Promise.resolve()])
      await new Promise((resolve) => { setImmediate(resolve) })
      for (let n = 0; n < 20; n++) void go()
      expect(counts(), selection).to.deep.equal([11, 11, 1])
    }
  })
  it('all down fail as they are, and preparing says so', async () => {
    const { go, fakes, session, clock } = several(2, 'round_robin')
    for (const fake of fakes) fake.down = true
    for (let n = 0; n < 4; n++) expect(await go()).to.include({ code: 'unreachable' })
    const { signal } = new AbortController()
    expect(await session.prepare(signal).catch((error: unknown) => error)).to.include({ code: 'unreachable', message: 'http://e0 is down' })
    clock.move(1)
  })
  it('one that is down is no reason not to begin, nor not to clean up', async () => {
    const { fakes, session } = several(2, 'round_robin')
    const { signal } = new AbortController()
    if (fakes[0] !== undefined) fakes[0].down = true
    expect(await session.prepare(signal)).to.deep.equal({ made: false })
    expect(await session.cleanup(signal)).to.deep.equal({ deleted: 3, remaining: 0 })
  })
})

describe('a session of a target with two endpoints', () => {
  it('works over both, and over one when the other is gone', async () => {
    const store = await serveS3({ buckets: ['bench'] })
    const gone = await RawServer.open((socket) => { socket.destroy() })
    const { port } = gone
    await gone.close()
    const session = await s3.workload?.open({
      target: 't', driver: 'native', prefix: 'p/', seed: 1, clock: systemClock, concurrency: 4,
      config: {
        endpoint: [`http://127.0.0.1:${port}`, store.endpoint], access_key: store.accessKey, secret_key: store.secretKey, bucket: 'bench',
        region: store.region, retries: { on: ['unreachable'], backoff: '1ms' }, timeouts: { put: '20s' },
      },
    })
    if (session === undefined) throw new Error('s3 is a workload')
    const { signal } = new AbortController()
    const call = callOf(signal)
    expect(session.severalEndpoints).to.equal(true)
    expect(await session.prepare(signal)).to.deep.equal({ made: false })
    for (let n = 0; n < 3; n++) expect(await session.run('put', [`k${n}`, 'x'], call)).to.include({ endpoint: store.endpoint })
    expect(await session.cleanup(signal)).to.deep.include({ deleted: 3, remaining: 0 })
    await session.close()
    await store.close()
  })
})
