// Wrong data, planted by the built-in endpoint in known numbers: a run that verifies finds as many, each with its own code.
import { expect } from 'chai'
import { serveS3, type EndpointOptions, type RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { s3 } from '../../bindings/s3/index.ts'
import { StorageError, systemClock, type Json, type JsonObject, type Session } from '../../bindings/sdk/index.ts'
import { callOf } from '../contract/s3-driver.ts'

const payload = (sizeBytes: number, more: JsonObject = {}): JsonObject => ({ payload: true, sizeBytes, ...more })
const KEYS = Array.from({ length: 40 }, (_, n) => `k${n}`)
const SIZE = 20_000

describe('a run that verifies', () => {
  let served: RunningEndpoint | undefined
  const sessions: Session[] = []
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close()))
    await served?.close()
    served = undefined
  })

  /** An operation's code: how the script is told of its end; and how many of the ok ones were held against something. */
  interface Told { readonly codes: Record<string, number>; verified: number }
  type Run = (op: string, ...args: Json[]) => Promise<string>
  const open = async (running: RunningEndpoint, verify: boolean | undefined, shard = 0,
    { driver = 'native', common }: { driver?: string; common?: Map<string, object> } = {}): Promise<Run & { readonly told: Told }> => {
    const config = { endpoint: running.endpoint, access_key: running.accessKey, secret_key: running.secretKey, bucket: running.bucket,
      region: running.region }
    const session = await s3.workload?.open({
      target: 'default', driver, config, prefix: 'chopsticks-p/', clock: systemClock, seed: 1, concurrency: 4,
      share: { index: shard, count: 3 }, ...(verify === undefined ? {} : { verify }), ...(common === undefined ? {} : { common }),
    })
    if (session === undefined) throw new Error('s3 is a workload')
    sessions.push(session)
    const told: Told = { codes: {}, verified: 0 }
    const run: Run = async (op, ...args) => {
      let code = 'ok'
      try {
        const { verified } = await session.run(op, args, callOf())
        if (verified === true) told.verified++
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        code = error.code
        expect(error.message, code).to.match(/^(get|head|GET|HEAD|PUT|GetObject|HeadObject) \S*k\d+: /)
      }
      if (code !== 'ok') told.codes[code] = (told.codes[code] ?? 0) + 1
      return code
    }
    return Object.assign(run, { told })
  }
  const serve = async (given: Partial<EndpointOptions>): Promise<RunningEndpoint> => served = await serveS3(given)

  const onReads: [string, Partial<EndpointOptions>, Readonly<Record<string, string>>][] = [
    ['corrupt', { corruptRate: 0.3 }, { corrupt: 'corrupt' }], ['short', { shortRate: 0.3 }, { short: 'short' }],
    ['too long', { longRate: 0.3 }, { long: 'corrupt' }], ['cut', { cutRate: 0.3 }, { cut: 'cut' }],
    ['misplaced', { misplaceRate: 0.3 }, { misplaced: 'misplaced' }], ['of a wrong ETag', { etagRate: 0.3 }, { etag: 'etag' }],
    ['of every kind', { corruptRate: 0.1, shortRate: 0.1, cutRate: 0.1, misplaceRate: 0.1, seed: 9 },
      { corrupt: 'corrupt', short: 'short', cut: 'cut', misplaced: 'misplaced' }],
  ]
  for (const [what, given, codeOf] of onReads) {
    it(`finds as many replies that are ${what} as were planted, in another process's objects too`, async () => {
      const running = await serve({ ...given, faultOps: ['GetObject'] })
      const [own, other] = [await open(running, true), await open(running, true, 1)]
      for (const key of KEYS) await own('put', key, payload(SIZE))
      for (const run of [own, other]) {
        const before = running.stats().planted
        for (const key of [...KEYS, ...KEYS]) await run('get', key)
        const { planted } = running.stats()
        const expected: Record<string, number> = {}
        for (const [kind, code] of Object.entries(codeOf)) {
          const count = (planted[kind as 'cut'] ?? 0) - (before[kind as 'cut'] ?? 0)
          // Another process's ETags are not known here.
          if (count > 0 && !(code === 'etag' && run === other)) expected[code] = count
        }
        expect(run.told.codes).to.deep.equal(expected)
        if (run === own) expect(Object.keys(expected).length).to.equal(new Set(Object.values(codeOf)).size)
        const failures = Object.values(expected).reduce((sum, count) => sum + count, 0)
        expect(run.told.verified).to.equal(2 * KEYS.length - failures)
      }
    })
  }

  for (const driver of ['native', 'aws-sdk']) {
    for (const [sum, sizeBytes] of [['CRC32C', 200_000], ['SHA256', 3], ['CRC64NVME', 5000], ['SHA1', 200_000], ['CRC32', 1]] as const) {
      it(`finds by their ${sum} as many corrupt replies of texts of ${sizeBytes} bytes as were planted, with ${driver}`, async () => {
        const running = await serve({ corruptRate: 0.3, faultOps: ['GetObject'] })
        const run = await open(running, true, 0, { driver })
        const keys = KEYS.slice(0, 20)
        for (const key of keys) await run('put', key, 'x'.repeat(sizeBytes), { checksum: sum })
        for (const key of keys) await run('get', key)
        const { corrupt = 0 } = running.stats().planted
        expect(corrupt).to.be.greaterThan(0)
        expect(run.told).to.deep.equal({ codes: { corrupt }, verified: keys.length - corrupt })
      })
    }
  }

  it('holds a get against the checksum only when it is asked to, all of the object is read and the store has one', async () => {
    const running = await serve({})
    const run = await open(running, undefined)
    await run('put', 'k1', 'text', { checksum: 'SHA256' })
    await run('put', 'k2', 'text')
    const asked: readonly (readonly [key: string, options: JsonObject, verified: number])[] = [
      ['k1', { checksum: true }, 1], ['k1', { checksum: false }, 0], ['k1', {}, 0], ['k1', { checksum: true, range: [0, 1] }, 0],
      ['k2', { checksum: true }, 0], ['k1', { checksum: true, anonymous: false, presigned: true }, 1],
    ]
    for (const [key, options, verified] of asked) {
      run.told.verified = 0
      expect(await run('get', key, options), JSON.stringify(options)).to.equal('ok')
      expect(run.told.verified, JSON.stringify(options)).to.equal(verified)
    }
  })

  it('finds as many lost and stale objects as PUTs were not carried out', async () => {
    const running = await serve({ loseRate: 0.3, seed: 3 })
    const run = await open(running, true)
    for (let round = 0; round < 4; round++) {
      for (const key of KEYS) {
        await run('put', key, payload(SIZE, { seed: round }))
        await run('get', key)
      }
    }
    const { lost = 0, stale = 0 } = running.stats().planted
    expect(lost).to.be.greaterThan(5)
    expect(stale).to.be.greaterThan(5)
    expect(run.told.codes).to.deep.equal({ lost, stale })
    for (const key of KEYS) await run('delete', key)
    expect(await run('get', 'k1'), 'a deleted object is not lost').to.equal('not_found')
  })

  it('tells a head of a lost object, and an object that somebody took away', async () => {
    const running = await serve({})
    const [run, somebody] = [await open(running, true), await open(running, undefined)]
    await run('put', 'k1', payload(100))
    await somebody('delete', 'k1')
    expect(await run('head', 'k1')).to.equal('lost')
    expect(await run('get', 'k1')).to.equal('lost')
    await run('put', 'k1', payload(100))
    expect(await run('get', 'k1')).to.equal('ok')
    await run('deleteMany', ['k1', 'k2'])
    expect(await run('head', 'k1')).to.equal('not_found')
    expect(await run('head', 'k7')).to.equal('not_found')
  })

  it('knows what another driver of the target wrote and deleted in the same process', async () => {
    const running = await serve({})
    const common = new Map<string, object>()
    const [one, other] = [await open(running, true, 0, { common }), await open(running, true, 0, { driver: 'aws-sdk', common })]
    for (let round = 0; round < 3; round++) await one('put', 'k1', payload(100, { seed: round }))
    expect(await other('put', 'k1', payload(100, { seed: 9 }))).to.equal('ok')
    expect([await one('get', 'k1'), await other('get', 'k1')], 'the last write is whose ever it was').to.deep.equal(['ok', 'ok'])
    await other('delete', 'k1')
    expect(await one('get', 'k1'), 'and what is deleted is not lost').to.equal('not_found')
  })

  it('tells objects of one name in two buckets apart', async () => {
    const run = await open(await serve({}), true)
    const there = { bucket: 'own-1' }
    expect(await run('createBucket', 'own-1')).to.equal('ok')
    for (let round = 0; round < 3; round++) await run('put', 'k1', payload(100, { seed: round }))
    await run('put', 'k1', payload(100, { seed: 9 }), there)
    expect([await run('get', 'k1'), await run('get', 'k1', there)]).to.deep.equal(['ok', 'ok'])
    await run('deleteMany', ['k1'], there)
    expect([await run('get', 'k1'), await run('get', 'k1', there)]).to.deep.equal(['ok', 'not_found'])
  })

  it('finds as many torn objects as were planted', async () => {
    const running = await serve({ tearRate: 0.4, seed: 5 })
    const run = await open(running, true)
    for (let round = 0; round < 3; round++) {
      for (const key of KEYS) {
        await run('put', key, payload(SIZE))
        await run('get', key)
      }
    }
    const { torn = 0 } = running.stats().planted
    expect(torn).to.be.greaterThan(10)
    expect(run.told.codes).to.deep.equal({ torn })
  })

  it('judges nothing that a payload did not say: texts, zeros, empty and tiny objects, objects of others', async () => {
    const running = await serve({})
    const run = await open(running, true)
    const bodies: Json[] = ['some text', payload(0), payload(31), payload(9000, { pattern: 'zero' }), 'x'.repeat(5000)]
    for (const [n, body] of bodies.entries()) {
      await run('put', `k${n}`, body)
      expect(await run('get', `k${n}`), JSON.stringify(body).slice(0, 60)).to.equal('ok')
      expect(await run('get', `k${n}`, { range: [2] }), JSON.stringify(body).slice(0, 60)).to.be.oneOf(['ok', 'invalid'])
    }
    expect(run.told.verified).to.equal(0)
    expect(await run('get', 'k0', { verify: true }), 'asked to be judged').to.equal('ok')
    expect(await run('get', 'k4', { verify: true }), 'asked to be judged').to.equal('corrupt')
    expect(await run('get', 'k4', { verify: false })).to.equal('ok')
  })

  it('judges writes of several shards by the shard that made them', async () => {
    const running = await serve({})
    const [one, other] = [await open(running, true, 0), await open(running, true, 1)]
    for (let n = 0; n < 3; n++) await one('put', 'k1', payload(SIZE))
    await other('put', 'k1', payload(SIZE))
    expect(await other('get', 'k1')).to.equal('ok')
    expect(await one('get', 'k1', { verify: payload(SIZE) }), 'written by another shard, so not older than its own').to.equal('ok')
  })

  it('does not judge versions of an object by what is known of its key', async () => {
    const run = await open(await serve({}), true)
    expect(await run('put', 'k1', payload(SIZE))).to.equal('ok')
    const gone = { versionId: 'no-such-version' }
    expect(await run('get', 'k1', gone)).to.be.oneOf(['not_found', 'invalid'])
    expect(await run('head', 'k1', gone)).to.be.oneOf(['not_found', 'invalid'])
    await run('delete', 'k1', gone)
    expect(await run('get', 'k1')).to.equal('ok')
  })

  it('by default finds what costs next to nothing: wrong and missing bytes of small objects', async () => {
    const running = await serve({ corruptRate: 0.2, shortRate: 0.2, faultOps: ['GetObject'], seed: 4 })
    const [checking, not] = [await open(running, undefined), await open(running, false)]
    for (const key of KEYS) await checking('put', key, payload(SIZE))
    for (const key of [...KEYS, ...KEYS]) await checking('get', key)
    const { corrupt = 0, short = 0 } = running.stats().planted
    expect(Math.min(corrupt, short)).to.be.greaterThan(5)
    expect(checking.told.codes).to.deep.equal({ corrupt, short })
    expect(checking.told.verified).to.equal(2 * KEYS.length - corrupt - short)
    for (const key of KEYS) await not('get', key)
    expect(not.told).to.deep.equal({ codes: {}, verified: 0 })
  })

  it('by default takes no copy, nor what was put together, for wrong', async () => {
    const running = await serve({})
    const run = await open(running, undefined)
    await run('put', 'k1', payload(SIZE, { key: 'k2' }))
    expect(await run('get', 'k1')).to.equal('ok')
    await run('put', 'k3', 'text')
    expect(await run('get', 'k3')).to.equal('ok')
    expect(run.told.verified).to.equal(0)
  })
})
