// Where I/Os go and how large they are: within the region, at multiples, as often as is said.
import { expect } from 'chai'
import fc from 'fast-check'
import { randomFrom } from '../../bindings/sdk/index.ts'
import { BlockSizeError, blockSizesOf } from '../../bindings/rbd/io/block-sizes.ts'
import { Pace } from '../../bindings/rbd/io/pace.ts'
import { PatternError, patternOf, permutation, placesOf } from '../../bindings/rbd/io/pattern.ts'

const size = (text: string): number => Number(text) || 4096
const places = (text: string, count: number, randomMap = false) =>
  placesOf(patternOf(text, size), { count, alignBytes: 4096, random: randomFrom(1, 2), randomMap })
const PATTERNS = ['sequential', 'random', 'strided(8192)', 'zipf(1.1)', 'pareto(0.2)', 'normal(10%)', 'zoned(60/10:30/20:10/70)']

describe('rbd: patterns', () => {
  for (const text of PATTERNS) {
    it(`${text} stays within the region, however small`, () => {
      fc.assert(fc.property(fc.integer({ min: 1, max: 500 }), (count) => {
        const next = places(text, count)
        for (let n = 0; n < 200; n++) expect(next(1)).to.satisfy((place: number) => Number.isInteger(place) && place >= 0 && place < count)
      }), { numRuns: 30 })
    })
  }

  it('sequential and strided ones visit every place of a lap once', () => {
    for (const text of ['sequential', 'strided(16384)']) {
      const next = places(text, 64)
      expect(new Set(Array.from({ length: 64 }, () => next(1))).size, text).to.equal(64)
    }
  })

  it('a random map has no place twice before each was once, lap after lap', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
      const next = places('random', count, true)
      for (let lap = 0; lap < 3; lap++) expect(new Set(Array.from({ length: count }, () => next(1))).size).to.equal(count)
    }), { numRuns: 40 })
  })

  it('a permutation is one', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(), (count, seed) => {
      const place = permutation(count, seed)
      expect(new Set(Array.from({ length: count }, (_, n) => place(n))).size).to.equal(count)
    }), { numRuns: 40 })
  })

  it('zones get their shares', () => {
    const next = places('zoned(60/10:30/20:10/70)', 1000)
    const drawn = Array.from({ length: 20_000 }, () => next(1))
    const share = (from: number, to: number): number => drawn.filter((place) => place >= from && place < to).length / drawn.length
    expect(share(0, 100)).to.be.closeTo(0.6, 0.02)
    expect(share(100, 300)).to.be.closeTo(0.3, 0.02)
    expect(share(300, 1000)).to.be.closeTo(0.1, 0.02)
  })

  it('hot spots are hot', () => {
    for (const text of ['zipf(1.1)', 'pareto(0.2)']) {
      const next = places(text, 1000)
      const counts = new Map<number, number>()
      for (let n = 0; n < 20_000; n++) {
        const place = next(1)
        counts.set(place, (counts.get(place) ?? 0) + 1)
      }
      const top = [...counts.values()].sort((a, b) => b - a).slice(0, 200).reduce((sum, count) => sum + count, 0)
      expect(top / 20_000, text).to.be.above(0.7)
    }
  })

  for (const text of ['zigzag', 'zipf(-1)', 'pareto(2)', 'zoned(60/10)', 'zoned(50/50:50/20)', 'random(3)', 'normal(x)']) {
    it(`refuses ${text}`, () => { expect(() => patternOf(text, size)).to.throw(PatternError) })
  }
})

describe('rbd: block sizes', () => {
  const drawn = (spec: string | number): number[] => {
    const sizes = blockSizesOf(spec)
    const random = randomFrom(3)
    return Array.from({ length: 10_000 }, () => sizes.draw(random, 512))
  }
  it('are one size, a range in steps, or several by weight', () => {
    expect(new Set(drawn(4096))).to.deep.equal(new Set([4096]))
    expect(drawn('4KiB-8KiB').every((bytes) => bytes >= 4096 && bytes <= 8192 && bytes % 512 === 0)).to.equal(true)
    const split = drawn('4k/60:16k/30:64k/10')
    const share = (bytes: number): number => split.filter((one) => one === bytes).length / split.length
    expect([share(4096), share(16384), share(65536)].map((part) => Math.round(part * 10))).to.deep.equal([6, 3, 1])
    expect(drawn('4KiB:1,8KiB:0').every((bytes) => bytes === 4096)).to.equal(true)
  })
  for (const spec of ['', '0', '4q', '8KiB-4KiB', '4k', '4k/x', '4KiB:0', '4k/60/3']) {
    it(`refuse "${spec}"`, () => { expect(() => blockSizesOf(spec)).to.throw(BlockSizeError) })
  }
})

describe('rbd: the pace of a loop', () => {
  it('open: moments are fixed; closed: lost time is lost', () => {
    const open = new Pace({ iops: 100, bytesPerSecond: 0, open: true }, 0)
    expect([open.take(0, 1), open.take(500, 1), open.take(500, 1)]).to.deep.equal([0, 10, 20])
    const closed = new Pace({ iops: 100, bytesPerSecond: 0, open: false }, 0)
    closed.take(0, 1)
    closed.take(500, 1)
    expect(closed.due).to.be.within(505, 510)
  })
  it('by bytes: a large block makes the next one wait longer', () => {
    const pace = new Pace({ iops: 0, bytesPerSecond: 1000, open: true }, 0)
    pace.take(0, 500)
    expect(pace.due).to.equal(500)
    pace.take(500, 100)
    expect(pace.due).to.equal(600)
  })
})
