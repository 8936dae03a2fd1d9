// Durations against the vectors, and what the vectors don't say.
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import { DurationError, formatDuration, parseDuration, parseExtendedDuration, parseGoDuration,
  type Json } from '../../bindings/sdk/index.ts'

interface Vector { readonly input: string; readonly ok: boolean; readonly ns?: string; readonly formatted?: string }
/** Nanoseconds beyond 2^53 keep their digits only as text. */
const vectors = JSON.parse(readFileSync('test/vectors/durations.json', 'utf8').replace(/"ns": (-?\d+)/g, '"ns": "$1"')) as
  Record<'cliFlag_and_stageShortcut_timeParseDuration' | 'format' | 'optionJSON' | 'optionStringOrEnv_ParseExtendedDuration', Vector[]>

function matches({ ok, ns = '0', formatted }: Vector, parse: () => bigint): void {
  if (!ok) expect(parse).to.throw(DurationError)
  else {
    expect(parse()).to.equal(BigInt(ns))
    expect(formatDuration(parse())).to.equal(formatted)
  }
}

describe('durations', () => {
  for (const vector of vectors.cliFlag_and_stageShortcut_timeParseDuration) {
    it(`reads the flag ${JSON.stringify(vector.input)} as k6 does`, () => { matches(vector, () => parseGoDuration(vector.input)) })
  }
  for (const vector of vectors.optionStringOrEnv_ParseExtendedDuration) {
    if (/nan|inf/i.test(vector.input)) {
      it(`refuses ${vector.input}, which k6 takes for a large negative number`, () => {
        expect(() => parseExtendedDuration(vector.input)).to.throw(DurationError)
      })
    } else it(`reads the text ${JSON.stringify(vector.input)} as k6 does`,
      () => { matches(vector, () => parseExtendedDuration(vector.input)) })
  }
  for (const vector of vectors.optionJSON.filter(({ input }) => input !== 'null')) {
    it(`reads the JSON ${vector.input} as k6 does`, () => { matches(vector, () => parseDuration(JSON.parse(vector.input) as Json)) })
  }
  for (const { ns = '0', formatted } of vectors.format) {
    it(`prints ${ns} ns as ${formatted ?? ''}`, () => { expect(formatDuration(BigInt(ns))).to.equal(formatted) })
  }

  it('refuses numbers that are NaN or infinite', () => {
    for (const value of [NaN, Infinity, -Infinity, 1e300]) expect(() => parseDuration(value)).to.throw(DurationError)
  })

  it('keeps the sign of days that are zero', () => {
    expect(parseExtendedDuration('-0d2h')).to.equal(-7_200_000_000_000n)
  })

  it('takes the least int64 and refuses what is below it', () => {
    expect(parseGoDuration('-9223372036854775808ns')).to.equal(-(2n ** 63n))
    expect(() => parseGoDuration('-9223372036854775809ns')).to.throw(DurationError)
  })

  it('does not take names of object members for units', () => {
    expect(() => parseGoDuration('1constructor')).to.throw(DurationError, /unknown unit/)
  })

  it('reads back every duration it prints', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (ns) => {
      expect(parseGoDuration(formatDuration(ns))).to.equal(ns)
    }))
  })

  it('answers a duration or a DurationError for every text', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...Array.from('0123456789.-+dhmsnuµ_e ')), maxLength: 12 }), (text) => {
      try {
        const ns = parseExtendedDuration(text)
        expect(ns >= -(2n ** 63n) && ns < 2n ** 63n).to.equal(true)
      } catch (error) {
        expect(error).to.be.instanceOf(DurationError)
      }
    }), { numRuns: 1000 })
  })
})
