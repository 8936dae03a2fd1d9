// `chopsticks`: sleep, check, group, fail, op, payload, random, as scripts see them.
import { expect } from 'chai'
import type * as coreModule from '../../bindings/core/guest.ts'
import { openWorld, type World } from './world.ts'

type Core = typeof coreModule

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(() => { throw new Error('it should have failed') }, (error: unknown) => error as Error)
}

describe('the module chopsticks', () => {
  let world: World
  let core: Core
  beforeEach(async () => {
    world = await openWorld()
    core = await world.load<Core>('core/guest')
    world.enter('iteration')
  })
  afterEach(() => world.close())

  describe('check', () => {
    it('is true when all checks hold, and takes plain values as true or false', () => {
      expect(core.check(1, { a: () => true, b: () => false })).to.equal(false)
      expect(core.check(1, { a: (value) => value, lit: true, one: 1 })).to.equal(true)
      expect(core.check(1, { lit0: 0 })).to.equal(false)
      expect(core.check(null, {})).to.equal(true)
    })

    it('counts every result in checks, tagged with its name and the tags given', () => {
      core.check(1, { yes: () => 'truthy', no: () => null }, { size: 4 })
      expect(world.host.added).to.deep.equal([
        { metric: 'checks', value: 1, tags: { size: '4', check: 'yes' } },
        { metric: 'checks', value: 0, tags: { size: '4', check: 'no' } },
      ])
    })

    it('counts a check that throws as failed, leaves out those after it and throws on', () => {
      expect(() => core.check(1, { first: true, t: () => { throw new Error('in check') }, after: () => true })).to.throw('in check')
      expect(world.host.added.map(({ tags, value }) => [tags?.check, value])).to.deep.equal([['first', 1], ['t', 0]])
    })

    it('refuses names with ::', () => {
      expect(() => core.check(1, { 'a::b': () => true })).to.throw("'a::b'")
      expect(world.host.added).to.deep.equal([])
    })

    it('refuses promises, which would always hold', () => {
      expect(() => core.check(1, { late: () => Promise.resolve(false) })).to.throw("check 'late' gave a promise")
      expect(world.host.added).to.deep.equal([{ metric: 'checks', value: 0, tags: { check: 'late' } }])
      expect(() => core.check(Promise.resolve(1), { a: true })).to.throw('await')
    })
  })

  describe('group', () => {
    it('returns what the function returns', () => { expect(core.group('g', () => 42)).to.equal(42) })

    it('tags what is emitted inside with its path, and restores the tags', () => {
      const seen: (string | undefined)[] = []
      world.state.tags = { mine: 'y' }
      core.group('a', () => {
        seen.push(world.host.tags.group, world.host.tags.mine)
        core.group('b', () => { seen.push(world.host.tags.group) })
        seen.push(world.host.tags.group)
      })
      expect(seen).to.deep.equal(['::a', 'y', '::a::b', '::a'])
      expect(world.host.tags).to.deep.equal({ mine: 'y' })
    })

    it('adds how long it took to group_duration', () => {
      core.group('a', () => { world.host.nowMs += 30 })
      expect(world.host.added).to.deep.equal([{ metric: 'group_duration', value: 30, tags: { group: '::a' } }])
    })

    it('takes async functions, and ends when they end', async () => {
      const running = core.group('a', async () => {
        await core.sleep(1)
        return world.host.tags.group
      })
      expect(await running).to.equal('::a')
      expect(world.host.tags).to.deep.equal({})
      expect(world.host.added).to.deep.equal([{ metric: 'group_duration', value: 1000, tags: { group: '::a' } }])
    })

    it('restores the tags when the function throws or rejects', async () => {
      expect(() => core.group('a', () => { throw new Error('x') })).to.throw('x')
      expect((await failure(core.group('a', () => Promise.reject(new Error('y'))))).message).to.equal('y')
      expect(world.host.tags).to.deep.equal({})
      expect(world.host.added).to.have.length(2)
    })

    it('refuses names with ::', () => { expect(() => core.group('a::b', () => 1)).to.throw("'a::b'") })
  })

  describe('sleep', () => {
    it('takes seconds, or a duration with units', async () => {
      for (const duration of [0.5, 0, '500ms', '1m30s', '1.5s', '.5s', '1h']) await core.sleep(duration)
      expect(world.host.waited).to.deep.equal([500, 0, 500, 90_000, 1500, 500, 3_600_000])
    })

    it('refuses what is no time', async () => {
      for (const duration of [-1, NaN, Infinity, '-1s', '', '5', 'x1s', '1s 2s', '1d']) {
        expect((await failure(core.sleep(duration))).message, String(duration)).to.match(/^sleep\(\): /)
      }
      expect(world.host.waited).to.deep.equal([])
    })
  })

  it('fail() throws its message', () => { expect(() => core.fail('no stock')).to.throw('no stock') })

  describe('op', () => {
    it('measures a function of the script with the host clock', async () => {
      const result = await core.op('rename', async () => {
        await core.sleep(0.25)
        return { moved: 4096 }
      }, { bytes: ({ moved }) => moved, tags: { kind: 'deep' } })
      expect(result).to.deep.equal({ moved: 4096 })
      const tags = { op: 'rename', code: 'ok', kind: 'deep' }
      expect(world.host.added).to.deep.equal([
        { metric: 'op_reqs', value: 1, tags },
        { metric: 'op_duration', value: 250, tags },
        { metric: 'op_failed', value: 0, tags },
        { metric: 'op_bytes', value: 4096, tags },
      ])
    })

    it('counts what it throws as failed, with the code of a storage error, and throws on', async () => {
      await failure(core.op('a', () => { throw new Error('x') }))
      await failure(core.op('b', () => Promise.reject(new core.StorageError({ code: 'not_found', message: 'gone', operation: 's3.get' }))))
      const failed = world.host.added.filter(({ metric }) => metric === 'op_failed')
      expect(failed.map(({ value, tags }) => [value, tags?.op, tags?.code])).to.deep.equal([[1, 'a', 'other'], [1, 'b', 'not_found']])
    })

    it('takes a start that lies ahead as now', () => {
      void world.post('core.op', 'x', 1e9, 'ok', 0, {})
      expect(world.host.added.find(({ metric }) => metric === 'op_duration')?.value).to.equal(0)
    })
  })

  describe('payload', () => {
    it('names bytes by size, seed and pattern', () => {
      expect(core.payload('4KiB')).to.deep.equal({ payload: true, sizeBytes: 4096, pattern: 'random' })
      expect(core.payload('1MB', { seed: 7, pattern: 'text' })).to.deep.equal({ payload: true, sizeBytes: 1e6, seed: 7, pattern: 'text' })
      expect(core.payload({ size: 10, pattern: 'zero' })).to.deep.equal({ payload: true, sizeBytes: 10, pattern: 'zero' })
      expect(core.payload(0)).to.be.frozen
    })

    it('takes what the bytes are like, and a file that init code names', () => {
      expect(core.payload('1KiB', { compressible: 30 })).to.deep.include({ sizeBytes: 1024, compressible: 30 })
      world.enter('init')
      world.host.files.set('corpus.bin', 'what it holds')
      const { file } = core.fromFile('corpus.bin')
      expect(file).to.be.a('number')
      expect(core.payload('1KiB', core.fromFile('corpus.bin'))).to.deep.include({ file })
      world.host.files.set('empty', '')
      expect(() => core.fromFile('empty')).to.throw('the file is empty')
      expect(() => core.fromFile('nowhere')).to.throw("no file 'nowhere'")
      world.enter('iteration')
      expect(() => core.fromFile('corpus.bin')).to.throw('init code')
    })

    it('reads sizes exactly', () => {
      const sizes = {
        '512': 512, '512B': 512, '1.1KB': 1100, '4.35 MB': 4_350_000, '1.5kib': 1536, '2GiB': 2 ** 31, '1TB': 1e12, '5TiB': 5 * 2 ** 40,
      }
      for (const [size, bytes] of Object.entries(sizes)) expect(core.payload(size).sizeBytes, size).to.equal(bytes)
    })

    it('refuses what is no size', () => {
      for (const size of ['', '4k', '4K', 'KiB', '-1', '1.5', '0.3B', '1e3', ' 1', '1 iB', '99999999TB', NaN, -1, 1.5, Infinity]) {
        expect(() => core.payload(size), String(size)).to.throw(/is no size|two ways|unknown unit|no whole number of bytes/)
      }
    })
  })

  describe('random', () => {
    it('keeps its bounds', () => {
      const drawn = new Set(Array.from({ length: 500 }, () => core.random.int(3, 5)))
      expect([...drawn].sort()).to.deep.equal([3, 4, 5])
    })

    it('chooses by weight', () => {
      const counts = { often: 0, never: 0, seldom: 0 }
      for (let n = 0; n < 2000; n += 1) counts[core.random.weighted({ often: 9, never: 0, seldom: 1 })] += 1
      expect(counts.never).to.equal(0)
      expect(counts.often).to.be.greaterThan(counts.seldom)
      expect(counts.seldom).to.be.greaterThan(0)
    })

    it('refuses to choose from nothing', () => {
      expect(() => core.random.choice([])).to.throw('nothing')
      expect(() => core.random.weighted({})).to.throw('weight')
    })
  })

  describe('open', () => {
    type Open = (path: string, mode?: 'b') => string | Uint8Array
    const open = async (): Promise<Open> => (await world.load<{ open: Open }>('core/globals/open')).open

    it('reads text and bytes in init code', async () => {
      world.enter('init')
      world.host.files.set('./a.txt', 'grün')
      const read = await open()
      expect(read('./a.txt')).to.equal('grün')
      expect(read('./a.txt', 'b')).to.deep.equal(new Uint8Array(Buffer.from('grün')))
      expect(() => read('./b.txt')).to.throw('./b.txt')
    })

    it('is refused outside init code, on both sides of the border', async () => {
      const read = await open()
      expect(() => read('./a.txt')).to.throw('init code')
      expect(() => world.post('core.open', './a.txt', '', false)).to.throw('init code')
    })
  })

  describe('host operations', () => {
    it('refuse arguments that no guest module sends', () => {
      const bad: readonly (readonly [string, ...(string | number | null | readonly string[])[]])[] = [
        ['core.log', 'loud', 'x'], ['core.log', 'info', 1], ['core.tags', null], ['core.tags', ['a']], ['metrics.add', 'x', 1, ['a']],
        ['core.op', 'x', null, 'ok', 0], ['core.op', 'x'.repeat(300), 1, 'ok', 0],
      ]
      for (const [operation, ...args] of bad) expect(() => world.post(operation, ...args), operation).to.throw(Error)
      world.enter('init')
      expect(() => world.post('core.open', 'a\0b', '', false)).to.throw('path')
    })

    it('refuse to wait for ever', async () => {
      for (const duration of [-1, null, '1']) {
        expect((await failure(Promise.resolve(world.post('core.wait', duration)))).message).to.include('sleep')
      }
    })

    it('cut a log line that is too long', () => {
      void world.post('core.log', 'info', 'x'.repeat(100_000))
      expect(world.host.logged[0]).to.include('100000 characters').and.have.length.below(70_000)
    })
  })
})
