// Every type of series merges: in any order, in any grouping, and nothing is added by what is empty.
import { expect } from 'chai'
import fc from 'fast-check'
import { mergedData, sinkFor } from '../../runtime/metrics/sinks.ts'
import type { SeriesData } from '../../runtime/metrics/snapshot.ts'
import type { MetricType } from '../../runtime/plan/plan.ts'

const TYPES: readonly MetricType[] = ['counter', 'gauge', 'rate', 'trend']
type Values = readonly (readonly [value: number, atMs: number])[]

const dataOf = (type: MetricType, values: Values): SeriesData => {
  const sink = sinkFor(type)
  for (const [value, atMs] of values) sink.record(value, atMs)
  return sink.data()
}
const merge = (type: MetricType, ...parts: readonly SeriesData[]): SeriesData => {
  const sink = sinkFor(type)
  for (const part of parts) sink.merge(part)
  return sink.data()
}
const dated = fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 9 }))
/** Moments ascend within a part, as they do in a shard. */
const part: fc.Arbitrary<Values> = fc.array(dated, { maxLength: 12 })
  .map((values) => [...values].sort(([, a], [, b]) => a - b))

describe('series data', () => {
  for (const type of TYPES) {
    it(`of a ${type} merges in any order and grouping`, () => {
      fc.assert(fc.property(part, part, part, (a, b, c) => {
        const [x, y, z] = [dataOf(type, a), dataOf(type, b), dataOf(type, c)]
        const together = merge(type, x, y, z)
        expect(merge(type, merge(type, x, y), z)).to.deep.equal(together)
        expect(merge(type, x, merge(type, y, z))).to.deep.equal(together)
        expect(merge(type, z, x, y)).to.deep.equal(together)
        expect(mergedData([x, y, z])).to.deep.equal(together)
      }))
    })

    it(`of a ${type} is not changed by data without values`, () => {
      fc.assert(fc.property(part, (values) => {
        const data = dataOf(type, values)
        const nothing = sinkFor(type).data()
        expect(merge(type, data, nothing)).to.deep.equal(data)
        expect(merge(type, nothing, data)).to.deep.equal(data)
        expect(nothing.count).to.equal(0)
      }))
    })

    it(`of a ${type} is empty again after a clear`, () => {
      const sink = sinkFor(type)
      sink.record(3, 5)
      sink.clear()
      expect(sink.data()).to.deep.equal(sinkFor(type).data())
    })
  }

  it('of a gauge keeps the later value, with the least and the greatest', () => {
    expect(merge('gauge', dataOf('gauge', [[9, 20]]), dataOf('gauge', [[1, 10], [5, 15]])))
      .to.deep.equal({ type: 'gauge', value: 9, atMs: 20, min: 1, max: 9, count: 3 })
  })

  it('of a rate takes every value but 0 as true', () => {
    expect(dataOf('rate', [[0.5, 0], [-1, 0], [0, 0]])).to.deep.equal({ type: 'rate', trues: 2, count: 3 })
  })

  it('of different types does not merge', () => {
    expect(() => mergedData([dataOf('rate', []), dataOf('counter', [])])).to.throw(TypeError, 'counter')
    expect(mergedData([])).to.equal(undefined)
  })
})
