// What scripts ask of block devices, on the memory driver: names, ownership, checks, loops, cleanup.
import { expect } from 'chai'
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import { CountedCall, freshPool, openImage, openSession, refusal } from './kit.ts'

const payload = (sizeBytes: number, seed = 1): JsonObject => ({ payload: true, sizeBytes, seed, pattern: 'random' })

describe('rbd: a session', () => {
  it('keeps names below the run\'s prefix', async () => {
    const pool = freshPool()
    const [one, other] = [await openSession({ config: { pool }, prefix: 'a/' }), await openSession({ config: { pool }, prefix: 'b/' })]
    await one.run('create', 'disk', { size: '4MiB' })
    await other.run('create', 'disk', { size: '8MiB' })
    expect(await one.run('list')).to.deep.equal({ images: ['disk'] })
    expect(await one.run('info', 'disk')).to.include({ sizeBytes: 4 * 1024 ** 2 })
    expect(await one.run('info', 'b.disk', { existing: true })).to.include({ sizeBytes: 8 * 1024 ** 2 })
  })

  it('changes nothing the run did not make, unless the targets file allows it by name', async () => {
    const pool = freshPool()
    const owner = await openSession({ config: { pool }, prefix: 'a/' })
    await owner.run('create', 'disk', { size: '4MiB' })
    const stranger = await openSession({ config: { pool }, prefix: 'b/' })
    const opened = (await stranger.run('open', 'a.disk', { existing: true }))['handle'] ?? null
    for (const [op, ...args] of [
      ['write', opened, 0, 4096], ['io', opened, { mix: 'write', count: 1 }], ['prefill', opened], ['createSnapshot', opened, 's'],
      ['acquireLock', opened], ['remove', 'a.disk', { existing: true }], ['resize', 'a.disk', '8MiB', { existing: true }],
    ] as [string, ...Json[]][]) {
      const error = await refusal(stranger.run(op, ...args))
      expect([error.code, /allow_overwrite: \[a\.disk\]/.test(error.message)], op).to.deep.equal(['invalid', true])
    }
    const allowed = await openSession({ config: { pool, allow_overwrite: ['a.disk'] }, prefix: 'b/' })
    const image = (await allowed.run('open', 'a.disk', { existing: true }))['handle'] ?? null
    expect(await allowed.run('write', image, 0, 4096)).to.deep.equal({ bytes: 4096 })
  })

  it('opens the target\'s own image where none is named', async () => {
    const pool = freshPool()
    await (await openSession({ config: { pool }, prefix: 'a/' })).run('create', 'disk', { size: '4MiB' })
    const { run } = await openSession({ config: { pool, image: 'a.disk' }, prefix: 'b/' })
    expect(await run('open', null)).to.include({ sizeBytes: 4 * 1024 ** 2 })
    expect((await refusal((await openSession()).run('open', null))).message).to.match(/name an image, or give the target one/)
  })

  const BAD: Readonly<Record<string, readonly [string, ...Json[]]>> = {
    'a name with a slash': ['create', 'a/b', { size: 1 }],
    'no size': ['create', 'x', {}],
    'an unknown option': ['create', 'x', { size: 1, sise: 2 }],
    'a size that can be read in two ways': ['create', 'x', { size: '4k' }],
    'an object size that is no power of two': ['create', 'x', { size: 4096, objectSize: 5000 }],
    'order and objectSize': ['create', 'x', { size: 4096, objectSize: 4096, order: 12 }],
    'a clone of no snapshot': ['clone', 'x', 'y'],
    'an image that is closed': ['read', 999, 0, 4096],
    'a snapshot\'s name with @': ['createSnapshot', 'image', 'a@b'],
    'an I/O beyond the end': ['read', 'image', '4MiB', 4096],
    'a length of 0': ['read', 'image', 0, 0],
    'a negative offset': ['read', 'image', -1, 4096],
    'a write of part of a sector': ['write', 'image', 0, 100],
    'a pattern that does not fit': ['writeSame', 'image', 0, 1000, payload(512)],
    'two sizes to compare': ['compareAndWrite', 'image', 0, payload(512), payload(1024)],
    'a loop without an end': ['io', 'image', {}],
    'a loop with an unknown pattern': ['io', 'image', { count: 1, pattern: 'zigzag' }],
    'a loop with an unknown kind': ['io', 'image', { count: 1, mix: { reed: 1 } }],
    'a queue depth of 0': ['io', 'image', { count: 1, queueDepth: 0 }],
    'an open loop without a rate': ['io', 'image', { count: 1, arrival: 'open' }],
    'a random map of several sizes': ['io', 'image', { count: 1, randomMap: true, blockSize: '4KiB-8KiB' }],
    'a region beyond the end': ['io', 'image', { count: 1, region: { offset: '3MiB', length: '2MiB' } }],
    'a part that there is not': ['io', 'image', { count: 1, region: { part: 2, of: 2 } }],
    'blocks of part of a sector': ['io', 'image', { count: 1, blockSize: 1000 }],
  }
  for (const [what, [op, first, ...rest]] of Object.entries(BAD)) {
    it(`refuses ${what}`, async () => {
      const { run, image } = await openImage('4MiB')
      const error = await refusal(run(op, first === 'image' ? image : first ?? null, ...rest))
      expect(error.code).to.equal('invalid')
      expect(error.message).to.match(new RegExp(`^${op}|^io|^payload`)).and.not.match(/\n/)
    })
  }

  it('writes and reads payloads, patterns and sectors, and carries bytes', async () => {
    const { run, image } = await openImage('4MiB')
    await run('write', image, 4096, payload(8192))
    expect(await run('read', image, 4096, 8192, { verify: payload(8192) })).to.deep.equal({ bytes: 8192 })
    expect((await refusal(run('read', image, 4096, 8192, { verify: payload(8192, 2) }))).code).to.equal('corrupt')
    await run('write', image, 0, 512)
    expect(await run('read', image, 0, 512, { verify: true })).to.deep.equal({ bytes: 512 })
    await run('writeZeroes', image, 0, 512)
    expect(await run('read', image, 0, 3, { body: 'text' })).to.deep.equal({ bytes: 3, body: '\0\0\0' })
    await run('writeSame', image, 16_384, 4096, payload(512))
    expect(await run('read', image, 16_384 + 512, 512, { verify: payload(512) })).to.deep.equal({ bytes: 512 })
    await run('compareAndWrite', image, 16_384, payload(512), payload(512, 5))
    expect((await refusal(run('compareAndWrite', image, 16_384, payload(512), payload(512, 5)))).code).to.equal('precondition')
  })

  it('marks when the storage has an I/O', async () => {
    const { session, image } = await openImage('4MiB')
    const call = new CountedCall()
    await session.run('read', [image, 0, 4096], call)
    expect(call.marks).to.deep.equal(['submitted'])
  })

  it('ends an I/O that takes too long, and one whose VU is gone', async () => {
    const faults = [{ op: 'read', delay_ms: 60_000 }]
    const { session, image } = await openImage('4MiB', { config: { pool: freshPool(), driver: 'memory', driver_config: { faults } } })
    expect((await refusal(session.run('read', [image, 0, 4096], new CountedCall(20)))).code).to.equal('timeout')
    const call = new CountedCall()
    const reading = refusal(session.run('read', [image, 0, 4096], call))
    call.controller.abort()
    expect((await reading).code).to.equal('cancelled')
  })

  it('knows the sectors of what an image was cloned from', async () => {
    const { run, image } = await openImage('4MiB')
    await run('write', image, 0, 4096)
    await run('createSnapshot', image, 'gold')
    await run('clone', 'disk@gold', 'child')
    const child = (await run('open', 'child'))['handle'] ?? null
    expect(await run('read', child, 0, 4096, { verify: true })).to.deep.equal({ bytes: 4096 })
    expect((await run('info', 'child'))['parent']).to.deep.equal({ image: 'disk', snapshot: 'gold' })
  })

  it('removes clones before what they are made of, and nothing of others', async () => {
    const pool = freshPool()
    const { run, session } = await openSession({ config: { pool } })
    const other = await openSession({ config: { pool }, prefix: 'other/' })
    await other.run('create', 'disk', { size: '4MiB' })
    await run('create', 'a-parent', { size: '4MiB' })
    const parent = (await run('open', 'a-parent'))['handle'] ?? null
    await run('createSnapshot', parent, 'gold')
    await run('protectSnapshot', parent, 'gold')
    await run('clone', 'a-parent@gold', 'b-child')
    await run('clone', 'a-parent@gold', 'c-child')
    expect(await session.cleanup(new AbortController().signal)).to.deep.equal({ deleted: 3, remaining: 0 })
    expect(await other.run('list')).to.deep.equal({ images: ['disk'] })
  })
})
