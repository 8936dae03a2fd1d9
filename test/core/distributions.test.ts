// Sizes, popularity and names of objects: what can be written, and that what is drawn has the frequencies that were asked for.
import { expect } from 'chai'
import fc from 'fast-check'
import type * as dataModule from '../../bindings/data/guest.ts'
import { popularityOf } from '../../bindings/data/popularity.ts'
import { sizeTable } from '../../bindings/data/sizes.ts'
import { randomFrom } from '../../bindings/sdk/index.ts'
import { openWorld, type World } from './world.ts'

const KIB = 1024
const DRAWS = 40_000
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
/** The values at some shares of the sorted ones. */
const quantiles = (values: readonly number[], ...shares: number[]): number[] => {
  const sorted = values.toSorted((a, b) => a - b)
  return shares.map((share) => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN)
}

describe('distributions: sizes as they are written', () => {
  const tables: [string, readonly number[]][] = [
    ['4096', [4096, 4096, 1]],
    ['64KiB', [64 * KIB, 64 * KIB, 1]],
    ['1.5 MB', [1_500_000, 1_500_000, 1]],
    ['1KiB-1MiB', [KIB, KIB * KIB, 1]],
    ['4096:10740,8192:1685', [4096, 4096, 10740 / 12425, 8192, 8192, 1]],
    ['1KiB-64KiB:60%, 1MiB:40%', [KIB, 64 * KIB, 0.6, KIB * KIB, KIB * KIB, 1]],
    ['1KiB,2KiB', [KIB, KIB, 0.5, 2 * KIB, 2 * KIB, 1]],
    ['1:0,2:1,3:0', [2, 2, 1]],
    ['size,count\n4096,3\n8192,1\n', [4096, 4096, 0.75, 8192, 8192, 1]],
    ['# from the cluster\n4KiB 3 # most\n\n1 MiB: 1', [4 * KIB, 4 * KIB, 0.75, KIB * KIB, KIB * KIB, 1]],
    ['1KiB-2KiB;1\r\n4KiB;1\r\n', [KIB, 2 * KIB, 0.5, 4 * KIB, 4 * KIB, 1]],
  ]
  for (const [text, table] of tables) it(JSON.stringify(text), () => { expect(sizeTable(text)).to.deep.equal(table) })

  const refused: [string, string][] = [
    ['', 'is no size'], ['big', 'is no size'], ['64k', 'two ways'], ['2KiB-1KiB', 'no range'], ['1-2-3', 'no range'],
    ['4096:x', 'weight "x" of 4096'], ['4096:-1', 'weight "-1"'], ['4096:1:2', 'more than one ":"'], ['4096:0', 'no size has a weight'],
    ['4096,1\nnonsense', 'line 2'], ['lognormal(64KiB)', 'lognormal(MEDIAN, P99)'], ['lognormal(2KiB,1KiB)', 'larger than the one before'],
    ['lognormal(1KiB,2KiB,1KiB)', 'larger than the one before'], [Array.from({ length: 10_001 }, (_, n) => n).join(','), 'coarser'],
  ]
  for (const [text, said] of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => { expect(() => sizeTable(text)).to.throw(said) })
  }
})

describe('distributions: popularity as it is written', () => {
  const known: [string, readonly unknown[]][] = [
    ['uniform', ['hot', 1, 1]], ['zipf', ['zipf', 0.99]], ['Zipf( 1.2 )', ['zipf', 1.2]], ['latest(0)', ['latest', 0]],
    ['latest', ['latest', 0.99]], ['hot(20%, 80%)', ['hot', 0.2, 0.8]],
  ]
  for (const [text, table] of known) it(text, () => { expect(popularityOf(text)).to.deep.equal(table) })
  const refused = ['', 'pareto', 'zipf()', 'zipf(-1)', 'zipf(11)', 'zipf(x)', 'uniform(1)', 'hot', 'hot(20%)', 'hot(0%,1%)', 'hot(0.2,0.8)',
    'hot(20%,180%)', 'zipf(1)(2)']
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => { expect(() => popularityOf(text)).to.throw(/^popularity: .*write uniform/) })
  }
})

describe('distributions, as a script draws from them', () => {
  let world: World
  let data: typeof dataModule
  const { random: systemChance } = Math
  before(async () => {
    world = await openWorld()
    data = await world.load('data/guest')
  })
  after(() => world.close())
  // In a sandbox Math.random follows from seed, VU and iteration; here from a seed.
  const seeded = (seed: number): void => {
    const chance = randomFrom(seed)
    Math.random = () => chance.fraction()
  }
  beforeEach(() => { seeded(1) })
  afterEach(() => { Math.random = systemChance })
  const draw = (next: () => number, count = DRAWS): number[] => Array.from({ length: count }, next)

  it('sizes: a range has the mean of its ends and keeps to them, whatever they are', () => {
    fc.assert(fc.property(fc.nat(10 ** 9), fc.nat(10 ** 9), fc.nat(), (smallest, more, seed) => {
      seeded(seed)
      const drawn = draw(data.sizes(`${String(smallest)}-${String(smallest + more)}`), 4000)
      expect(Math.min(...drawn)).to.be.at.least(smallest)
      expect(Math.max(...drawn)).to.be.at.most(smallest + more)
      expect(drawn.every(Number.isSafeInteger)).to.equal(true)
      // The mean of 4000 is within 6 of its standard deviations.
      expect(mean(drawn)).to.be.closeTo(smallest + more / 2, 6 * more / Math.sqrt(12 * 4000) + 1)
    }), { numRuns: 50 })
  })

  it('sizes: classes come as often as their weights say', () => {
    fc.assert(fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }), fc.nat(), (weights, seed) => {
      seeded(seed)
      weights[0] = 1 + (weights[0] ?? 0)
      const drawn = draw(data.sizes(weights.map((weight, n) => `${String(n)}:${String(weight)}`).join(',')), 5000)
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (const [n, weight] of weights.entries()) {
        const share = drawn.filter((size) => size === n).length / drawn.length
        expect(share, `class ${String(n)}`).to.be.closeTo(weight / total, 6 * Math.sqrt(0.25 / 5000))
        if (weight === 0) expect(share).to.equal(0)
      }
    }), { numRuns: 50 })
  })

  it('sizes: a lognormal one has its median, its 99th percentile and its maximum', () => {
    const drawn = draw(data.sizes('lognormal(64KiB, 1MiB, 2MiB)'))
    const [median = 0, p84 = 0, p99 = 0, max = 0] = quantiles(drawn, 0.5, 0.8413, 0.99, 1)
    expect(median / (64 * KIB)).to.be.closeTo(1, 0.05)
    // One standard deviation above: the median times e^sigma, sigma = ln 16 / 2.326.
    expect(p84 / (64 * KIB)).to.be.closeTo(16 ** (1 / 2.3263), 0.15)
    expect(p99 / KIB ** 2).to.be.closeTo(1, 0.1)
    expect(max).to.equal(2 * KIB ** 2)
  })

  it('popularity: zipf has the frequencies of its exponent, of 1 and of others', () => {
    for (const exponent of [0, 0.5, 0.99, 1, 1.5, 3]) {
      const count = 50
      const next = data.popularity(`zipf(${String(exponent)})`)
      const seen = new Array<number>(count).fill(0)
      for (const index of draw(() => next(count))) seen[index] = (seen[index] ?? 0) + 1
      const total = seen.reduce((sum, _, rank) => sum + (rank + 1) ** -exponent, 0)
      for (const [rank, times] of seen.entries()) {
        const share = (rank + 1) ** -exponent / total
        expect(times / DRAWS, `exponent ${String(exponent)}, rank ${String(rank)}`)
          .to.be.closeTo(share, 6 * Math.sqrt(share / DRAWS) + 1e-4)
      }
    }
  })

  it('popularity: latest is zipf from the other end; every index is below the count, of one object too', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 0, max: 30 }), fc.nat(), (count, tenths, seed) => {
      const draws = (kind: string): number[] => {
        seeded(seed)
        const next = data.popularity(`${kind}(${String(tenths / 10)})`)
        return draw(() => next(count), 20)
      }
      const zipf = draws('zipf')
      expect(zipf.every((index) => Number.isInteger(index) && index >= 0 && index < count)).to.equal(true)
      expect(draws('latest')).to.deep.equal(zipf.map((index) => count - 1 - index))
    }))
  })

  it('popularity: a hot set gets its draws, and the others the rest', () => {
    const next = data.popularity('hot(20%, 80%)')
    const drawn = draw(() => next(1000))
    expect(drawn.filter((index) => index < 200).length / DRAWS).to.be.closeTo(0.8, 0.015)
    expect(mean(drawn.filter((index) => index >= 200))).to.be.closeTo(600, 15)
    const all = draw(() => data.popularity('hot(50%, 10%)')(1), 20)
    expect(new Set(all)).to.deep.equal(new Set([0]))
    expect(mean(draw(() => data.popularity()(1000), 20_000))).to.be.closeTo(500, 15)
  })

  it('popularity: there is nothing to choose from among none', () => {
    for (const count of [0, -1, NaN]) expect(() => data.popularity('zipf')(count)).to.throw('nothing to choose from')
  })

  it('keys: each order names each number by itself, and always alike', () => {
    const orders: [dataModule.KeyOptions, RegExp][] = [
      [{}, /^\d{8,}$/], [{ prefix: 'a/', digits: 3 }, /^a\/\d{3,}$/], [{ order: 'random' }, /^[0-9a-f]{16}$/],
      [{ order: 'hashed' }, /^[0-9a-f]{2}\/\d{8,}$/], [{ order: 'hashed', fanout: 5000, prefix: 'x-' }, /^x-[0-9a-f]{4}\/\d{8,}$/],
    ]
    for (const [options, form] of orders) {
      fc.assert(fc.property(fc.uniqueArray(fc.nat(2 ** 40), { maxLength: 200 }), (numbers) => {
        const names = numbers.map(data.keys(options))
        for (const name of names) expect(name).to.match(form)
        expect(new Set(names).size).to.equal(numbers.length)
        expect(numbers.map(data.keys(options))).to.deep.equal(names)
      }))
    }
    const folders = new Set(Array.from({ length: 20_000 }, (_, n) => data.keys({ order: 'hashed' })(n).slice(0, 2)))
    expect(folders.size).to.equal(256)
    expect(() => data.keys({ order: 'shuffled' as 'random' })).to.throw('keys: order is')
  })

  it('csvFile: the host reads the file once; dealt: each row goes to one iteration of the run', () => {
    world.host.files.set('users.csv', 'name,size\nann,4KiB\n"b,o",8KiB\n')
    const rows = data.csvFile('users.csv', { header: true })
    world.host.files.delete('users.csv')
    expect(data.csvFile('users.csv', { header: true })[1]).to.deep.equal({ name: 'b,o', size: '8KiB' })
    expect(() => data.dealt(rows)).to.throw('dealt(): elements are dealt to iterations')
    world.enter('iteration')
    const dealt = [1, 0, 2].map((iterationInTest) => {
      world.state.info = { iterationInTest }
      return data.dealt(rows)?.['name']
    })
    expect(dealt).to.deep.equal(['b,o', 'ann', undefined])
    expect(() => data.csvFile('more.csv')).to.throw('init code')
    world.enter('init')
    expect(() => data.csvFile('more.csv')).to.throw("no file 'more.csv'")
    world.host.files.set('bad.csv', '"a')
    expect(() => data.csvFile('bad.csv')).to.throw('CSV row 1')
  })

  it('the host refuses what no script of ours would send', () => {
    expect(() => world.post('data.sizes', 5)).to.throw('sizes: write a text')
    expect(() => world.post('data.popularity', 'x'.repeat(2 ** 20 + 1))).to.throw('popularity: write a text')
    expect(() => world.post('data.csv', 'users2.csv', 5)).to.throw('options must be an object')
    expect(() => world.post('data.csv', 'users2.csv', { delimiter: 5 })).to.throw('delimiter must be a text')
  })
})
