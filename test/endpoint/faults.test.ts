// What the endpoint does badly when it is told to: each kind of fault as the native driver tells it, dealt alike for the same seed.
import { expect } from 'chai'
import fc from 'fast-check'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { EndpointOptions, RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { completeOptions } from '../../bindings/s3/endpoint/options.ts'
import { Faults } from '../../bindings/s3/endpoint/faults.ts'
import type { Fault } from '../../bindings/s3/endpoint/faults.ts'
import { s3 } from '../../bindings/s3/index.ts'
import { systemClock } from '../../bindings/sdk/index.ts'
import type { Json, JsonObject, Session } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { ask, eventually } from './kit.ts'

const payload = (sizeBytes: number): JsonObject => ({ payload: true, sizeBytes })
const options = (given: Partial<EndpointOptions>): EndpointOptions => completeOptions(given)
const dealt = (given: Partial<EndpointOptions>, count = 200, op = 'GetObject'): (Fault | undefined)[] => {
  const faults = new Faults(options(given))
  return Array.from({ length: count }, () => faults.deal(op))
}

describe('endpoint: faults, as they are dealt', () => {
  it('are the same for the same seed, others for another, and as many as was asked for', () => {
    fc.assert(fc.property(fc.nat(2 ** 32 - 1), fc.integer({ min: 5, max: 95 }), (seed, percent) => {
      const given = { seed, errorRate: percent / 100, cutRate: 0.3, delay: { minMs: 5, maxMs: 20 } }
      const first = dealt(given, 1000)
      expect(dealt(given, 1000)).to.deep.equal(first)
      expect(dealt({ ...given, seed: (seed + 1) % 2 ** 32 }, 1000)).to.not.deep.equal(first)
      expect(first.filter((fault) => fault?.refuses === true).length).to.be.closeTo(percent * 10, 80)
      expect(first.every((fault) => fault !== undefined && fault.delayMs >= 5 && fault.delayMs <= 20)).to.equal(true)
    }), { numRuns: 20 })
  })

  it('of one kind stay where they are when another kind is added', () => {
    const refused = (more: Partial<EndpointOptions>): boolean[] =>
      dealt({ errorRate: 0.5, ...more }).map((fault) => fault?.refuses === true)
    expect(refused({ cutRate: 0.5, cutUploadRate: 0.2, delay: { minMs: 1, maxMs: 9 } })).to.deep.equal(refused({}))
  })

  it('are none without a rate, and only for the operations that were named', () => {
    expect(dealt({}).every((fault) => fault === undefined)).to.equal(true)
    expect(dealt({ errorRate: 1, faultOps: ['PutObject'] }).every((fault) => fault === undefined)).to.equal(true)
    expect(dealt({ errorRate: 1, faultOps: ['PutObject'] }, 10, 'PutObject').every((fault) => fault?.refuses === true)).to.equal(true)
  })
})

describe('endpoint: faults, as the native driver tells them', () => {
  let served: RunningEndpoint | undefined
  let session: Session | undefined
  afterEach(async () => {
    await session?.close()
    await served?.close()
    session = served = undefined
  })
  const open = async (given: Partial<EndpointOptions>): Promise<(op: string, ...args: Json[]) => Promise<JsonObject>> => {
    const running = served = await serveS3(given)
    const config = {
      endpoint: running.endpoint, access_key: running.accessKey, secret_key: running.secretKey, bucket: running.bucket,
      region: running.region,
    }
    const opened = session = await s3.workload?.open(
      { target: 'default', driver: 'native', config, prefix: 'p/', clock: systemClock, seed: 1, concurrency: 4 })
    return async (op, ...args) => (await opened?.run(op, args, callOf()))?.reply ?? {}
  }

  const onRead: [string, Partial<EndpointOptions>, { readonly code: string; readonly detail?: string }][] = [
    ['503 SlowDown', { errorRate: 1 }, { code: 'throttled', detail: 'SlowDown' }],
    ['500 InternalError', { errorRate: 1, errorCode: 'InternalError' }, { code: 'unavailable', detail: 'InternalError' }],
    ['503 ServiceUnavailable', { errorRate: 1, errorCode: 'ServiceUnavailable' }, { code: 'unavailable', detail: 'ServiceUnavailable' }],
    ['403 AccessDenied', { errorRate: 1, errorCode: 'AccessDenied' }, { code: 'denied', detail: 'AccessDenied' }],
    ['a body cut by FIN', { cutRate: 1 }, { code: 'cut', detail: 'EOF' }],
    ['a body cut by RST', { cutRate: 1, cutBy: 'rst' }, { code: 'cut' }],
    ['a corrupted body', { corruptRate: 1 }, { code: 'corrupt', detail: 'offset 0: byte 0 is' }],
    ['a short body', { shortRate: 1 }, { code: 'short' }],
    ['a long body', { longRate: 1 }, { code: 'corrupt' }],
  ]
  for (const [what, given, told] of onRead) {
    for (const sizeBytes of [10, 200_000]) {
      it(`${what} of ${String(sizeBytes)} bytes has the code ${told.code}`, async () => {
        const run = await open({ ...given, faultOps: ['GetObject'] })
        await run('put', 'k', payload(sizeBytes))
        const error = await refusal(run('get', 'k', { verify: payload(sizeBytes) }))
        expect({ code: error.code, detail: error.detail?.slice(0, told.detail?.length) }).to.include(told)
        expect(await run('head', 'k')).to.include({ sizeBytes })
      })
    }
  }

  for (const cutBy of ['fin', 'rst'] as const) {
    for (const sizeBytes of [1, 4096, 5_000_000]) {
      it(`an upload of ${String(sizeBytes)} bytes cut by ${cutBy.toUpperCase()} has the code cut, and leaves nothing`, async () => {
        const run = await open({ cutUploadRate: 1, cutBy })
        expect((await refusal(run('put', 'k', payload(sizeBytes)))).code).to.equal('cut')
        await eventually(() => served?.stats().usedBytes === 0)
        expect((await refusal(run('head', 'k'))).code).to.equal('not_found')
      })
    }
  }

  it('a delay is waited for, and one who leaves during it holds nothing', async () => {
    const run = await open({ delay: { minMs: 20, maxMs: 30 } })
    const begunMs = performance.now()
    await run('put', 'k', payload(10))
    expect(performance.now() - begunMs).to.be.at.least(19)
    const slow = await serveS3({ delay: { minMs: 100, maxMs: 100 } })
    const cut = ask(slow, { method: 'PUT', path: '/bench/k', body: 'x'.repeat(100), destroyAfterMs: 20 }).catch((error: unknown) => error)
    expect(await cut).to.be.instanceOf(Error)
    await new Promise((resolve) => { setTimeout(resolve, 150) })
    expect(slow.stats()).to.include({ objects: 0, usedBytes: 0, connections: 0 })
    await slow.close()
  })

  it('faults leave what is not theirs alone: ranges are cut and corrupted within themselves, HEAD has its full length', async () => {
    const run = await open({ corruptRate: 1, faultOps: ['GetObject', 'HeadObject'] })
    await run('put', 'k', 'abcdefgh')
    expect(await run('get', 'k', { body: 'text', range: [2, 5] })).to.include({ bytes: 4 })
    expect(await run('head', 'k')).to.include({ sizeBytes: 8 })
  })
})
