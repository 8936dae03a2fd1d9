// `image.io()`: what it does, counts and finds, on the memory driver.
import { expect } from 'chai'
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import { CountedCall, freshPool, openImage, refusal, type SessionGiven } from './kit.ts'

/** A session whose memory driver does so wrong; the image was written to before where `filled`. */
async function opened(faults: readonly Json[] = [], filled = true, given: SessionGiven = {}) {
  const config = { pool: freshPool(), driver: 'memory', driver_config: { faults } }
  const { session, image, run } = await openImage('1MiB', { config, ...given })
  if (filled) await run('prefill', image)
  const io = async (options: JsonObject, call = new CountedCall()) =>
    ({ reply: (await session.run('io', [image, options], call)).reply, call })
  return { session, image, run, io }
}

describe('rbd: a loop of I/Os', () => {
  it('does as many as it is asked to, each counted', async () => {
    const { io } = await opened()
    const { reply, call } = await io({ count: 1000, queueDepth: 16, mix: { read: 70, write: 30 }, seed: 3 })
    expect(reply).to.include({ ios: 1000, bytes: 1000 * 4096, errors: 0, holes: 0 })
    expect(Number(reply['reads'])).to.be.within(620, 780)
    expect(call.steps).to.have.length(1000)
    expect(call.steps.every(({ code, key }) => code === 'ok' && /^run\.disk\+\d+$/.test(key ?? ''))).to.equal(true)
    for (const { submissionMs, durationMs } of call.steps) expect(submissionMs).to.be.within(0, durationMs + 0.001)
  })

  it('does the same work with the same seed', async () => {
    const { io } = await opened()
    const keys = async (seed: number): Promise<unknown[]> =>
      (await io({ count: 100, seed, pattern: 'zipf(1.1)', blockSize: '4k/60:16k/40' })).call.steps.map(({ key, bytesIn }) => [key, bytesIn])
    expect(await keys(1)).to.deep.equal(await keys(1))
    expect(await keys(1)).to.not.deep.equal(await keys(2))
  })

  it('ends by bytes, and by time', async () => {
    const { io } = await opened()
    expect((await io({ bytes: '256KiB', blockSize: '16KiB', queueDepth: 4 })).reply).to.include({ ios: 16, bytes: 256 * 1024 })
    expect(Number((await io({ duration: '50ms' })).reply['durationMs'])).to.be.at.least(50)
  })

  it('keeps no more under way than its queue depth', async () => {
    const { io } = await opened([{ op: 'read', delay_ms: 5 }])
    const began = performance.now()
    await io({ count: 20, queueDepth: 4 })
    expect(performance.now() - began).to.be.at.least(5 * 5)
  })

  it('flushes after so many writes, and at the end', async () => {
    const { io } = await opened()
    const { reply, call } = await io({ count: 100, mix: 'write', syncEvery: 10, syncAtEnd: true })
    expect(reply).to.include({ writes: 100, flushes: 10 })
    expect(call.steps.filter(({ op }) => op === 'flush')).to.have.length(10)
  })

  it('discards, within its region', async () => {
    const { io } = await opened()
    const { reply, call } = await io({ count: 50, mix: { write: 50, discard: 50 }, region: { part: 1, of: 2 } })
    expect(Number(reply['discards'])).to.be.above(5)
    for (const { key } of call.steps) expect(Number(key?.split('+')[1])).to.be.within(512 * 1024, 1024 ** 2 - 4096)
  })

  it('touches each block once with a random map', async () => {
    const { io } = await opened()
    const { call } = await io({ count: 256, randomMap: true, queueDepth: 8 })
    expect(new Set(call.steps.map(({ key }) => key)).size).to.equal(256)
  })

  it('refuses to read what was never written, or counts it', async () => {
    const { io } = await opened([], false)
    const error = await refusal(io({ count: 10 }))
    expect([error.code, error.detail]).to.deep.equal(['invalid', 'hole'])
    expect(error.message).to.match(/prefill/)
    expect((await io({ count: 10, holes: 'count' })).reply).to.include({ ios: 10, holes: 10 })
  })

  it('keeps to a rate, and answers for what waited where that is open', async () => {
    const { io } = await opened()
    const { reply } = await io({ count: 50, iops: 1000, arrival: 'open' })
    expect(Number(reply['durationMs'])).to.be.at.least(45)
    expect(Number((await io({ count: 10, bytesPerSecond: '400KiB' })).reply['durationMs'])).to.be.at.least(80)
  })

  for (const damage of ['torn', 'misplaced']) {
    it(`finds what is ${damage}`, async () => {
      const { io } = await opened([{ op: 'write', every: 7, damage }], false)
      const all = { count: 64, randomMap: true, blockSize: '16KiB', verify: true }
      for (const seed of [1, 2]) await io({ ...all, mix: 'write', seed })
      const { call } = await io({ ...all, continueOnError: true, holes: 'count' })
      expect(new Set(call.steps.map(({ code }) => code))).to.include(damage)
    })
  }

  it('finds writes that were lost, where nothing was and where something was', async () => {
    const { io } = await opened([{ op: 'write', every: 2, damage: 'lost' }], false)
    await io({ count: 16, mix: 'write', pattern: 'sequential', verify: true })
    const lost = await io({ count: 16, pattern: 'sequential', verify: true, continueOnError: true, holes: 'count' })
    expect(lost.reply).to.include({ errors: 8 })
    expect(new Set(lost.call.steps.map(({ code }) => code))).to.deep.equal(new Set(['ok', 'lost']))
    await io({ count: 1, mix: 'write', pattern: 'sequential', verify: true, region: { offset: 4096 * 2 } })
    await io({ count: 16, mix: 'write', pattern: 'sequential', verify: true })
    const stale = await io({ count: 16, pattern: 'sequential', verify: true, continueOnError: true, holes: 'count' })
    expect(new Set(stale.call.steps.map(({ code }) => code))).to.include('stale')
  })

  it('finds nothing wrong with what many writes and reads at once do', async () => {
    const { io } = await opened()
    const { reply, call } = await io({
      count: 3000, queueDepth: 32, mix: { read: 50, write: 50 }, blockSize: '4k/50:16k/30:512/20', align: 512, verify: true,
    })
    expect(reply).to.include({ errors: 0, ios: 3000 })
    expect(call.steps.filter(({ verified }) => verified)).to.have.length(Number(reply['reads']))
  })

  it('ends with the first failure, or goes on', async () => {
    const { io } = await opened([{ op: 'read', every: 10, code: 'unavailable' }])
    const call = new CountedCall()
    expect((await refusal(io({ count: 100, queueDepth: 4 }, call))).code).to.equal('unavailable')
    expect(call.steps.length).to.be.within(10, 14)
    expect((await io({ count: 100, queueDepth: 4, continueOnError: true })).reply).to.include({ errors: 10, ios: 90 })
  })

  it('is stopped with its VU, though I/Os are under way', async () => {
    const { io, session } = await opened([{ op: 'read', delay_ms: 30 }])
    const call = new CountedCall()
    const running = refusal(io({ duration: '1h', queueDepth: 4 }, call))
    setTimeout(() => { call.controller.abort() }, 5)
    expect((await running).code).to.equal('cancelled')
    await session.close()
  })

  it('gives up an I/O that does not end in its time', async () => {
    const config = { pool: freshPool(), driver: 'memory', timeout: '40ms', driver_config: { faults: [{ op: 'read', delay_ms: 3000 }] } }
    const { io } = await opened([], true, { config })
    const call = new CountedCall()
    expect((await refusal(io({ count: 10, queueDepth: 2 }, call))).code).to.equal('timeout')
    expect(call.steps.map(({ code }) => code)).to.deep.equal(['timeout', 'timeout'])
  })
})
