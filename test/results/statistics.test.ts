// The statistics of comparisons, held against scipy's values and against what must hold of any input.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { randomFrom } from '../../bindings/sdk/index.ts'
import { autocorrelationTime } from '../../runtime/results/statistics/autocorrelation.ts'
import { drawWindows, intervalOf } from '../../runtime/results/statistics/bootstrap.ts'
import { holm } from '../../runtime/results/statistics/holm.ts'
import { mannWhitney } from '../../runtime/results/statistics/mann-whitney.ts'
import { median, medianDeviation, quantile } from '../../runtime/results/statistics/robust.ts'
import { criticalT, twoSidedTail } from '../../runtime/results/statistics/tails.ts'
import { projectRoot } from '../kit/cli.ts'
import { autoregressive, normals } from '../kit/noise.ts'

interface Vectors {
  readonly mann_whitney: readonly { a: number[]; b: number[]; u: number; p: number }[]
  readonly two_sided_t: readonly { t: number; df: number; p: number }[]
  readonly two_sided_normal: readonly { t: number; p: number }[]
  readonly critical_t: readonly { p: number; df: number; t: number }[]
  readonly quantiles: readonly { values: number[]; shares: number[]; expected: number[]; mad: number }[]
  readonly holm: readonly { ps: number[]; expected: number[] }[]
}
const vectors = JSON.parse(readFileSync(join(projectRoot, 'test', 'vectors', 'statistics.json'), 'utf8')) as Vectors

/** Equal to so many digits, of a probability of 1e-200 too. */
const close = (got: number, wanted: number, relative = 1e-9): void => {
  expect(Math.abs(got - wanted), `${got} for ${wanted}`).to.be.at.most(Math.abs(wanted) * relative + 1e-300)
}

describe('statistics as scipy has them', () => {
  it('tails of t and of the normal distribution', () => {
    for (const { t, df, p } of vectors.two_sided_t) close(twoSidedTail(t, df), p, 1e-8)
    for (const { t, p } of vectors.two_sided_normal) close(twoSidedTail(t, Infinity), p)
  })
  it('critical values of t', () => { for (const { p, df, t } of vectors.critical_t) close(criticalT(p, df), t, 1e-8) })
  it('Mann and Whitney\'s U with ties', () => {
    for (const { a, b, u, p } of vectors.mann_whitney) {
      const got = mannWhitney([{ a, b }], { inOrder: false })
      expect(got.u).to.equal(u)
      close(got.p, p, 1e-8)
    }
  })
  it('quantiles, median and median deviation', () => {
    for (const { values, shares, expected, mad } of vectors.quantiles) {
      shares.forEach((share, at) => { close(quantile(values, share), expected[at] ?? NaN, 1e-12) })
      close(median(values), quantile(values, 0.5))
      close(medianDeviation(values), mad, 1e-12)
    }
  })
  it('Holm\'s correction', () => { for (const { ps, expected } of vectors.holm) expect(holm(ps)).to.deep.equal(expected) })
})

const someValues = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 40 })

describe('statistics of any input', () => {
  it('two groups change places: the same p, the other effect', () => {
    fc.assert(fc.property(someValues, someValues, fc.boolean(), (a, b, inOrder) => {
      const there = mannWhitney([{ a, b }], { inOrder })
      const back = mannWhitney([{ a: b, b: a }], { inOrder })
      expect(there.p).to.be.closeTo(back.p, 1e-12)
      expect(there.effect).to.be.closeTo(-back.effect, 1e-12)
      expect(there.p).to.be.within(0, 1)
      expect(Math.abs(there.effect)).to.be.at.most(1)
    }))
  })
  it('a group against itself is never told apart', () => {
    fc.assert(fc.property(someValues, (a) => { expect(mannWhitney([{ a, b: a }], { inOrder: true }).p).to.equal(1) }))
  })
  it('corrected probabilities are no smaller, keep their order, and the smallest is multiplied by their number', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (ps) => {
      const corrected = holm(ps)
      ps.forEach((p, at) => {
        expect(corrected[at]).to.be.at.least(p)
        ps.forEach((other, to) => { if (p < other) expect(corrected[at]).to.be.at.most(corrected[to] ?? NaN) })
      })
      expect(Math.min(...corrected)).to.be.closeTo(Math.min(1, Math.min(...ps) * ps.length), 1e-12)
    }))
  })
  it('several alike pairs say the same as one, more surely', () => {
    const [a, b] = [[1, 2, 3, 5, 8], [2, 4, 6, 9, 9]]
    const one = mannWhitney([{ a, b }], { inOrder: false })
    const higher = { a: a.map((value) => value + 100), b: b.map((value) => value + 100) }
    const four = mannWhitney([{ a, b }, { a, b }, { a, b }, higher], { inOrder: false })
    expect(four.effect).to.be.closeTo(one.effect, 1e-12)
    expect(four.p).to.be.below(one.p / 2)
  })
  it('refuses what has no answer', () => {
    expect(() => mannWhitney([], { inOrder: true })).to.throw(RangeError, /nothing/)
    expect(() => mannWhitney([{ a: [], b: [1] }], { inOrder: true })).to.throw(RangeError, /without values/)
    expect(() => mannWhitney([{ a: [NaN], b: [1] }], { inOrder: true })).to.throw(RangeError, /NaN/)
    expect(() => quantile([], 0.5)).to.throw(RangeError)
    expect(() => twoSidedTail(1, 0)).to.throw(RangeError)
    expect(() => criticalT(1, 3)).to.throw(RangeError)
  })
})

describe('the autocorrelation time', () => {
  for (const phi of [0, 0.5, 0.8]) {
    it(`of noise with a correlation of ${phi} is near (1 + φ) / (1 - φ)`, () => {
      const times = Array.from({ length: 20 }, (_, seed) => autocorrelationTime(
        [autoregressive(1000, phi, randomFrom(seed, 1)), autoregressive(1000, phi, randomFrom(seed, 2))]))
      const wanted = (1 + phi) / (1 - phi)
      expect(median(times)).to.be.within(0.8 * wanted, 1.4 * wanted)
    })
  }
  it('is 1 where nothing varies, and never beyond a quarter of a series', () => {
    expect(autocorrelationTime([[2, 2, 2], [2]])).to.equal(1)
    expect(autocorrelationTime([])).to.equal(1)
    expect(autocorrelationTime([Array.from({ length: 40 }, (_, at) => at)])).to.equal(10)
  })
})

describe('the stationary bootstrap', () => {
  it('draws as many windows as there are, neighbours together', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 50 }), fc.nat(), (n, block, seed) => {
      const times = drawWindows(n, block, randomFrom(seed))
      expect(times.reduce((sum, one) => sum + one, 0)).to.equal(n)
      expect(drawWindows(n, block, randomFrom(seed))).to.deep.equal(times)
    }))
  })
  it('gives the mean of independent values an interval as wide as theory has it', () => {
    const random = randomFrom(7)
    const values = normals(200, random)
    const draws = Array.from({ length: 2000 }, () =>
      drawWindows(200, 1, random).reduce((sum, times, at) => sum + times * (values[at] ?? 0), 0) / 200)
    const { low, high } = intervalOf(draws, 0.95) ?? { low: NaN, high: NaN }
    expect(high - low).to.be.within(0.85 * 2 * 1.96 / Math.sqrt(200), 1.15 * 2 * 1.96 / Math.sqrt(200))
  })
  it('leaves out draws that are no numbers', () => {
    expect(intervalOf([NaN, 1, Infinity], 0.95)).to.deep.equal({ low: 1, high: 1 })
    expect(intervalOf([NaN], 0.95)).to.equal(undefined)
  })
})
