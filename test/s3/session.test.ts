// The S3 session over the memory driver: what scripts may ask, what they get, and where they can't reach.
import { expect } from 'chai'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { s3 } from '../../bindings/s3/index.ts'
import { openDriver, type FaultPlan } from '../../bindings/s3/drivers/memory.ts'
import { MemoryStore } from '../../bindings/s3/drivers/memory-store.ts'
import { S3Session } from '../../bindings/s3/session.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { payloadContent, systemClock, type Clock, type Content, type Json, type JsonObject } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { HandClock, eventually, sectionFor } from './kit.ts'

interface Opened { readonly session: S3Session; readonly driver: S3Driver; readonly run: (op: string,
  ...args: Json[]) => Promise<JsonObject> }

function open({ prefix = 'run-1/', store = new MemoryStore(['bench']), faults, section = {}, clock = systemClock }: {
  prefix?: string; store?: MemoryStore; faults?: FaultPlan; section?: JsonObject; clock?: Clock
} = {}): Opened {
  const settings = settingsOf(sectionFor(1, section))
  const driver = openDriver({ settings, clock, concurrency: 4 }, { store, ...(faults === undefined ? {} : { faults }) })
  const session = new S3Session({ driver, driverName: 'memory', settings, prefix, seed: 11, clock })
  return { session, driver, run: async (op, ...args) => (await session.run(op, args, callOf())).reply }
}
const payload = (sizeBytes: number, more: JsonObject = {}): JsonObject => ({ payload: true, sizeBytes, ...more })
const forever = (): AbortSignal => new AbortController().signal

function allOf(content: Content): Buffer {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < content.sizeBytes; at += chunks.at(-1)?.length ?? 0) chunks.push(content.chunk(at, content.sizeBytes - at))
  return Buffer.concat(chunks)
}

describe('an S3 session', () => {
  it('keeps every key below the run\'s prefix, and shows it without', async () => {
    const { run, driver } = open()
    await run('put', 'a/b', 'text')
    expect((await driver.head('run-1/a/b', callOf())).sizeBytes).to.equal(4)
    await driver.put({ key: 'elsewhere', content: payloadContent({ sizeBytes: 1, seed: 1, pattern: 'zero' }, '') }, callOf())
    const listed = await run('list')
    expect(listed['objects']).to.have.length(1)
    expect((listed['objects'] as JsonObject[])[0]).to.include({ key: 'a/b', sizeBytes: 4 })
    expect((await run('list', { delimiter: '/' }))['commonPrefixes']).to.deep.equal(['a/'])
    expect((await refusal(run('get', 'elsewhere'))).code).to.equal('not_found')
    expect((await refusal(run('get', '../elsewhere'))).code).to.equal('not_found')
    expect(await run('get', 'elsewhere', { existing: true })).to.include({ bytes: 1 })
    expect(await run('head', 'elsewhere', { existing: true })).to.include({ sizeBytes: 1 })
  })
  it('counts bytes in and out, and says tag and status', async () => {
    const { session } = open()
    const put = await session.run('put', ['k', payload(1000)], callOf())
    expect(put).to.include({ bytesIn: 0, bytesOut: 1000, endpoint: 'http://127.0.0.1:1' })
    expect(put.reply).to.include({ status: 200, bytes: 1000 })
    const got = await session.run('get', ['k'], callOf())
    expect(got).to.include({ bytesIn: 1000, bytesOut: 0 })
    expect(got.reply).to.not.have.any.keys('text', 'base64')
    expect(got.reply['etag']).to.equal(put.reply['etag'])
  })
  it('brings a body into the script only when asked, as text or bytes', async () => {
    const { run } = open()
    await run('put', 'k', 'häl')
    expect(await run('get', 'k', { body: 'text' })).to.include({ body: 'häl' })
    expect(await run('get', 'k', { body: 'json' })).to.include({ body: 'häl' })
    await run('put', 'b', { latin1: '\0\xff' })
    expect(await run('get', 'b', { body: 'bytes', range: [1] })).to.include({ body: '\xff', status: 206, sizeBytes: 2 })
    await run('put', 'large', payload(1024 ** 2 + 1))
    expect((await refusal(run('get', 'large', { body: 'bytes' }))).message).to.contain('too many to carry')
  })
  it('makes and verifies payloads by seed and key, parts of them too', async () => {
    const { run, driver } = open()
    await run('put', 'k', payload(5000))
    const made: Buffer[] = []
    await driver.get({ key: 'run-1/k', sink: (chunk) => { made.push(Buffer.from(chunk)) } }, callOf())
    const wanted = payloadContent({ sizeBytes: 5000, seed: 11, pattern: 'random' }, 'k')
    expect(Buffer.concat(made).equals(allOf(wanted))).to.equal(true)
    await run('get', 'k', { verify: payload(5000) })
    for (const range of [[0, 0], [10, 20], [4000], 'bytes=-100', 'bytes=100-', 'bytes=1-4999']) await run('get', 'k',
      { verify: payload(5000), range })
    for (const [verify, code, detail] of [
      [payload(5000, { seed: 12 }), 'corrupt', 'offset 0: it was made from seed 11 as random, not from seed 12 as random'],
      [payload(6000), 'short', 'offset 5000: it was written with 5000 bytes instead of 6000'],
      [payload(4000), 'corrupt', 'offset 4000: it was written with 5000 bytes instead of 4000'],
    ] as const) expect(await refusal(run('get', 'k', { verify }))).to.include({ code, detail })
    await run('put', 'other', payload(5000, { key: 'k' }))
    expect((await refusal(run('get', 'other', { verify: payload(5000) }))).code).to.equal('misplaced')
  })
  it('passes type and metadata on, and reads them back', async () => {
    const { run } = open()
    await run('put', 'k', 'x', { contentType: 'text/plain', metadata: { Owner: 'me' } })
    expect(await run('head', 'k')).to.deep.include({ contentType: 'text/plain', metadata: { owner: 'me' }, sizeBytes: 1 })
  })
  it('deletes one and many', async () => {
    const { run } = open()
    for (const key of ['a', 'b', 'c']) await run('put', key, key)
    await run('delete', 'a')
    expect(await run('deleteMany', ['b', 'c'])).to.include({ deleted: 2 })
    expect((await run('list'))['objects']).to.deep.equal([])
  })
  it('turns pages', async () => {
    const { run } = open()
    for (let i = 0; i < 5; i++) await run('put', `k${i}`, 'x')
    const first = await run('list', { maxKeys: 3, prefix: 'k' })
    expect(first['objects']).to.have.length(3)
    const second = await run('list', { maxKeys: 3, prefix: 'k', continuationToken: first['continuationToken'] ?? '' })
    expect((second['objects'] as JsonObject[]).map((object) => object['key'])).to.deep.equal(['k3', 'k4'])
    expect((await run('list', { startAfter: 'k2' }))['objects']).to.have.length(2)
  })

  const wrong: readonly (readonly [op: string, args: Json[], says: RegExp])[] = [
    ['put', [], /^put: the key must be a text/], ['put', ['', 'x'], /not empty/], ['put', [7, 'x'], /key must be a text/],
    ['put', ['k'], /body must be/], ['put', ['k', 5], /body must be/],
    ['put', ['k', null], /body must be/], ['put', ['k', { payload: true, sizeBytes: -1 }], /^payload: /],
    ['put', ['k', { payload: true, sizeBytes: 2 ** 40 }], /5 GiB/],
    ['put', ['k', { latin1: '\u0100' }], /latin-1/], ['put', ['k', 'x', 'y'], /options must be an object/],
    ['put', ['k', 'x', { ContentType: 'a' }], /no option "ContentType"; there are contentType/],
    ['put', ['k', 'x', { metadata: { a: 1 } }], /metadata\.a must be a text/],
    ['put', ['k', 'x', { contentType: 1 }], /contentType must be a text/],
    ['put', ['k'.repeat(1020), 'x'], /the key is 1026 bytes long/], ['put', ['ä'.repeat(510), 'x'], /1026 bytes/],
    ['put', ['k\ud800', 'x'], /surrogate/], ['put', ['k', 'x'.repeat(1024 ** 2 + 1)], /use payload\(\)/],
    ['get', ['k', { range: [5, 4] }], /range must be/], ['get', ['k', { range: [-1] }], /range must be/],
    ['get', ['k', { range: [0, 1, 2] }], /range must be/], ['get', ['k', { range: 'bytes=-' }], /range must be/],
    ['get', ['k', { range: 'bytes=9-1' }], /range must be/], ['get', ['k', { range: {} }], /range must be/],
    ['get', ['k', { body: 'buffer' }], /body must be/], ['get', ['k', { verify: 'x' }], /verify must be/],
    ['get', [['k']], /key must be/], ['head', [null], /key must be/], ['delete', [{}], /key must be/], ['deleteMany', [[]], /1 to 1000/],
    ['deleteMany', ['k'], /1 to 1000/],
    ['deleteMany', [['a', 1]], /key must be/], ['deleteMany', [Array.from({ length: 1001 }, () => 'k')], /1 to 1000/],
    ['list', [{ maxKeys: 0 }], /maxKeys/], ['list', [{ maxKeys: 1001 }], /maxKeys/],
    ['list', [{ prefix: 1 }], /prefix must be a text/], ['list', ['p'], /options must be an object/],
  ]
  for (const [op, args, says] of wrong) {
    it(`refuses ${op}(${JSON.stringify(args).slice(0, 60)})`, async () => {
      const error = await refusal(open().run(op, ...args))
      expect(error.code).to.equal('invalid')
      expect(error.message).to.match(says)
    })
  }
  it('has no other operations', async () => {
    for (const op of ['', 'constructor', '__proto__', 'teleport']) expect((await refusal(open().run(op))).code).to.equal('unsupported')
  })
  it('has no delete of what was there before the run', async () => {
    const store = new MemoryStore(['bench'])
    const { run, driver } = open({ store })
    await driver.put({ key: 'k', content: payloadContent({ sizeBytes: 1, seed: 1, pattern: 'zero' }, '') }, callOf())
    expect((await refusal(run('delete', 'k', { existing: true }))).message).to.contain('no option "existing"')
    expect((await driver.head('k', callOf())).sizeBytes).to.equal(1)
  })
  it('writes nothing without a prefix, unless the targets file allows it', async () => {
    for (const [op, ...args] of [['put', 'k', 'x'], ['delete', 'k'], ['deleteMany', ['k']]] as [string, ...Json[]][]) {
      expect((await refusal(open({ prefix: '' }).run(op, ...args))).message).to.contain('allow_overwrite: [bench]')
    }
    expect(await open({ prefix: '', section: { allow_overwrite: ['bench'] } }).run('put', 'k', 'x')).to.include({ status: 200 })
  })

  describe('prepares its bucket', () => {
    it('and is content when it is there', async () => { await open().session.prepare(forever()) })
    it('and says what to do when it is not', async () => {
      const error = await refusal(open({ store: new MemoryStore([]) }).session.prepare(forever()))
      expect(error).to.include({ code: 'not_found',
        message: 'there is no bucket bench at http://127.0.0.1:1: create it, or set create_bucket: true' })
    })
    it('by making it where that is allowed, and then removes it at the end', async () => {
      const store = new MemoryStore([])
      const { session, run, driver } = open({ store, section: { create_bucket: true } })
      await session.prepare(forever())
      await run('put', 'k', 'x')
      expect(await session.cleanup(forever())).to.deep.equal({ deleted: 1, remaining: 0 })
      expect((await refusal(driver.headBucket(callOf()))).code).to.equal('not_found')
    })
    it('and knows what it made when it is stopped while making it', async () => {
      const store = new MemoryStore([])
      const controller = new AbortController()
      const { session } = open({ store, section: { create_bucket: true }, faults: (op) => {
        if (op === 'createBucket') controller.abort()
        return undefined
      } })
      expect(await session.prepare(controller.signal)).to.deep.equal({ made: true })
      await session.cleanup(forever())
      expect(store.bucket('bench')).to.equal(undefined)
    })
    it('and says why keys are refused', async () => {
      const error = await refusal(open({ faults: () => ({ code: 'denied' }) }).session.prepare(forever()))
      expect(error.code).to.equal('denied')
      expect(error.message).to.contain('refused these keys for bucket bench')
    })
  })

  describe('cleans up', () => {
    const fill = async ({ run }: Opened, count: number): Promise<void> => { for (let i = 0; i < count; i++) await run('put', `k${i}`, 'x') }
    it('all below its prefix, in pages, and nothing else', async () => {
      const store = new MemoryStore(['bench'])
      const opened = open({ store })
      await fill(opened, 2500)
      const other = open({ store, prefix: 'run-2/' })
      await fill(other, 3)
      expect(await opened.session.cleanup(forever())).to.deep.equal({ deleted: 2500, remaining: 0 })
      expect((await other.run('list'))['objects']).to.have.length(3)
    })
    it('nothing without a prefix in a bucket it did not make', async () => {
      const report = await open({ prefix: '' }).session.cleanup(forever())
      expect(report.deleted).to.equal(0)
      expect(report.remaining).to.equal(undefined)
      expect(report.reason).to.contain('not its own')
    })
    it('nothing in a bucket that is gone, and leaves one it made to others who use it', async () => {
      expect(await open({ store: new MemoryStore([]) }).session.cleanup(forever())).to.deep.equal({ deleted: 0, remaining: 0 })
      const store = new MemoryStore([])
      const maker = open({ store, section: { create_bucket: true } })
      await maker.session.prepare(forever())
      const other = open({ store, prefix: 'run-2/' })
      await fill(other, 1)
      expect(await maker.session.cleanup(forever())).to.deep.equal({ deleted: 0, remaining: 0 })
      expect((await other.run('list'))['objects']).to.have.length(1)
    })
    it('as far as it gets until it is stopped', async () => {
      const clock = new HandClock()
      let lists = 0
      const opened = open({ clock, faults: (op) => op === 'listVersions' && ++lists > 1 ? { delayMs: 1e6 } : undefined,
        section: { timeout: '1h' } })
      await fill(opened, 1500)
      const controller = new AbortController()
      const pending = opened.session.cleanup(controller.signal)
      await eventually(() => lists === 2 && clock.waiting > 0)
      controller.abort()
      expect(await pending).to.deep.equal({ deleted: 1000, remaining: undefined, reason: 'its time was over' })
    })
    it('and the bucket that another shard made', async () => {
      const store = new MemoryStore(['bench'])
      const other = open({ store, prefix: 'run-2/' })
      await fill(other, 1)
      const opened = open({ store })
      await fill(opened, 1)
      expect(await opened.session.cleanup(forever(), { made: true })).to.deep.equal({ deleted: 1, remaining: 0 })
      expect(store.bucket('bench')).not.to.equal(undefined)
      await other.session.cleanup(forever(), { made: true })
      expect(store.bucket('bench')).to.equal(undefined)
    })
    it('and says what stopped it', async () => {
      const opened = open({ faults: (op) => op === 'listVersions' ? { code: 'no_space' } : undefined })
      expect((await opened.session.cleanup(forever())).reason).to.contain('a fault of the test\'s plan')
    })
  })

  it('waits and times out in the clock\'s own time', async () => {
    const clock = new HandClock()
    const opened = open({ clock, faults: (_op, _key, n) => n === 0 ? { delayMs: 10_000 } : { delayMs: 70_000 } })
    const waited = opened.session.run('put', ['k', 'x'], callOf(0))
    await eventually(() => clock.waiting === 1)
    clock.move(10_000)
    expect((await waited).reply).to.include({ status: 200 })
    const late = refusal(opened.session.run('get', ['k'], callOf(0)))
    await eventually(() => clock.waiting === 1)
    clock.move(60_000)
    expect((await late).code).to.equal('timeout')
  })
  it('cuts a body where the plan says', async () => {
    const opened = open({ faults: (op) => op === 'get' ? { cutAfterBytes: 10 } : undefined })
    await opened.run('put', 'k', payload(100))
    expect((await refusal(opened.run('get', 'k'))).code).to.equal('cut')
  })
})

describe('the s3 binding', () => {
  it('opens a session for a target, with faults of its configuration', async () => {
    const config = sectionFor(1, { endpoint: 'http://faults.invalid', driver_config: { faults: [{ op: 'get', every: 2,
      code: 'throttled' }] } })
    const session = await s3.workload?.open({ target: 'default', driver: 'memory', config, prefix: 'p/', clock: systemClock, seed: 1,
      concurrency: 1 })
    if (session === undefined) throw new Error('s3 is a workload')
    await session.run('put', ['k', 'x'], callOf())
    await session.run('get', ['k'], callOf())
    expect((await refusal(session.run('get', ['k'], callOf()))).code).to.equal('throttled')
    expect(session.driver).to.equal('memory')
    await session.close()
  })
  it('names its drivers to who asks for another', async () => {
    const opening = s3.workload?.open({ target: 'default', driver: 'curl', config: sectionFor(1), prefix: 'p/', clock: systemClock,
      seed: 1, concurrency: 1 })
    expect((await refusal(opening ?? Promise.resolve())).message)
      .to.equal('s3 has no driver "curl": there are native, aws-sdk, minio, exec, boto3, minio-py, s5cmd, aws-cli, memory')
  })
  it('refuses driver options that do not exist', async () => {
    const opening = s3.workload?.open({ target: 'default', driver: 'native', config: sectionFor(1, { driver_config: { expct: 1 } }),
      prefix: 'p/', clock: systemClock, seed: 1, concurrency: 1 })
    expect((await refusal(opening ?? Promise.resolve())).message).to.contain('no option "expct"')
  })
  it('works from its built-in target to an empty bucket', async () => {
    const builtin = await s3.workload?.builtin?.()
    const running = await builtin?.serve({})
    if (running === undefined) throw new Error('s3 has a built-in target')
    const checked = await (await s3.workload?.config())?.parse(running.config)
    expect(checked?.ok).to.equal(true)
    const session = await s3.workload?.open({ target: 'default', driver: 'native', config: running.config, prefix: 'p/',
      clock: systemClock, seed: 1, concurrency: 1 })
    await session?.prepare(forever())
    await session?.run('put', ['k', payload(100_000)], callOf())
    expect((await session?.run('get', ['k', { verify: payload(100_000) }], callOf()))?.reply).to.include({ bytes: 100_000 })
    expect(await session?.cleanup(forever())).to.deep.equal({ deleted: 1, remaining: 0 })
    await session?.close()
    await running.close()
  })
})
