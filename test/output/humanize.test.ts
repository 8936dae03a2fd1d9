// Figures read as k6 writes them.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import {
  humanize, humanizeData, humanizeNumber, humanizeRate, humanizeShare, humanizeTime, type TimeUnit,
} from '../../runtime/output/humanize.ts'

interface Vector {
  readonly kind: 'time' | 'data' | 'rate' | 'default'
  readonly unit: TimeUnit
  readonly value: number | null
  readonly out: string
}
const vectors = JSON.parse(readFileSync('test/vectors/humanize.json', 'utf8')) as readonly Vector[]

const shown = ({ kind, unit, value }: Vector): string => {
  const number = value ?? NaN
  switch (kind) {
    case 'time': return humanizeTime(number, unit)
    case 'data': return humanizeData(number)
    case 'rate': return humanizeShare(number)
    case 'default': return humanizeNumber(number)
    default: return kind satisfies never
  }
}

describe('a figure', () => {
  for (const vector of vectors) {
    const { kind, value, out } = vector
    it(`reads as in k6: ${kind} ${String(value)} ${kind === 'time' ? String(vector.unit) : ''} is ${out}`, () => {
      expect(shown(vector)).to.equal(out)
    })
  }

  it('is not cut off for a rounding error of its double', () => {
    expect(humanizeTime(1150, null)).to.equal('1.15s')
    expect(humanizeTime(0.57, null)).to.equal('570µs')
    expect(humanizeShare(0.57)).to.equal('57.00%')
  })

  it('keeps its sign', () => {
    expect(humanizeTime(-61_500, null)).to.equal('-1m1s')
    expect(humanizeData(-1500)).to.equal('-1.5 kB')
  })

  it('in bytes below ten shows a fraction, and beyond exabytes stays in them', () => {
    expect(humanizeData(0.25)).to.equal('0.3 B')
    expect(humanizeData(1e21)).to.equal('1000 EB')
  })

  it('follows what the metric contains', () => {
    expect(humanize(1500, 'time', null)).to.equal('1.5s')
    expect(humanize(1500, 'data', null)).to.equal('1.5 kB')
    expect(humanize(1500, 'default', null)).to.equal('1500')
  })

  it('of a table is as short as it can be', () => {
    expect([0, 0.123, 9.876, 98.76, 987.6, 1e6].map(humanizeRate)).to.deep.equal(['0', '0.12', '9.88', '98.8', '988', '1000000'])
  })
})
