// Seats and shares: every VU and iteration exists once, at any number of shards.
import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { releaseOf } from '../../runtime/plan/load-shape.ts'
import type { ConstantVus } from '../../runtime/plan/plan.ts'
import { ownIterationCount, ownSeats, seat, sharedIteration } from '../../runtime/schedule/seating.ts'

const SECOND = 1e9
const constantVus = (name: string, vus: number, startS: number, durationS: number, gracefulS = 30): ConstantVus => ({
  executor: 'constant-vus', name, vus, exec: 'default', startTimeNs: startS * SECOND, durationNs: durationS * SECOND,
  gracefulStopNs: gracefulS * SECOND, env: {}, tags: {},
})

const scenarios = fc.array(fc.record({
  vus: fc.integer({ min: 1, max: 20 }), start: fc.integer({ min: 0, max: 60 }),
  duration: fc.integer({ min: 1, max: 60 }), graceful: fc.integer({ min: 0, max: 30 }),
}), { minLength: 1, maxLength: 6 }).map((all) => all.map((s, i) => constantVus(`s${String(i)}`, s.vus, s.start, s.duration, s.graceful)))

/** How many VUs each part of a run has, by how many there are in all. */
interface SegmentVector { readonly Sequence: string; readonly Segment: string; readonly Scale: Readonly<Record<string, number>> }

describe('seating', () => {
  it('shares VUs between scenarios that cannot overlap, as k6 does: 7 when the second starts at 40 s, 12 at 39 s', () => {
    expect(seat([constantVus('a', 5, 0, 10), constantVus('b', 7, 40, 10)]).total).to.equal(7)
    expect(seat([constantVus('a', 5, 0, 10), constantVus('b', 7, 39, 10)]).total).to.equal(12)
  })

  it('needs as many VUs as the largest overlap, and never gives one VU to two scenarios at once', () => {
    fc.assert(fc.property(scenarios, (all) => {
      const { total, seats } = seat(all)
      const overlap = Math.max(...all.map((at) => all
        .filter((other) => other.startTimeNs <= at.startTimeNs && releaseOf(other) > at.startTimeNs)
        .reduce((sum, { vus }) => sum + vus, 0)))
      expect(total).to.equal(overlap)
      for (const a of all) for (const b of all) {
        if (a === b || releaseOf(a) <= b.startTimeNs || releaseOf(b) <= a.startTimeNs) continue
        const ofA = new Set(seats.get(a.name))
        expect((seats.get(b.name) ?? []).some((number) => ofA.has(number))).to.equal(false)
      }
    }))
  })

  it('deals equal parts as k6 does; its unequal ones have no counterpart', () => {
    const { segments } = JSON.parse(readFileSync('test/vectors/segments.json', 'utf8')) as { readonly segments: readonly SegmentVector[] }
    const equal = { '0,1/2,1': 2, '0,1/3,2/3,1': 3, '0,1/4,1/2,3/4,1': 4 }
    let compared = 0
    for (const [sequence, count] of Object.entries(equal)) {
      for (const { Segment, Scale } of segments.filter(({ Sequence }) => Sequence === sequence)) {
        const index = sequence.split(',').indexOf(Segment.split(':')[0] ?? '')
        for (const [vus, own] of Object.entries(Scale)) {
          const seating = seat([constantVus('a', Number(vus), 0, 1)])
          expect(ownSeats(seating, 'a', { index, count }), `${Segment} of ${vus}`).to.have.length(own)
          compared++
        }
      }
    }
    expect(compared).to.equal(7 * 13)
  })

  it('deals every seat to exactly one shard', () => {
    fc.assert(fc.property(scenarios, fc.integer({ min: 1, max: 9 }), (all, count) => {
      const seating = seat(all)
      for (const { name, vus } of all) {
        const dealt = Array.from({ length: count }, (_, index) => ownSeats(seating, name, { index, count })).flat()
        expect(dealt.map(({ position }) => position).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: vus }, (_, n) => n))
      }
    }))
  })
})

describe('shared iterations over shards', () => {
  it('are each done by exactly one shard that has VUs, in numbers that fit its VUs', () => {
    fc.assert(fc.property(
      fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 9 }), (vus, more, count) => {
        const total = vus + more
        const seating = seat([constantVus('a', vus, 0, 1)])
        const numbers = Array.from({ length: count }, (_, index) => {
          const own = ownSeats(seating, 'a', { index, count })
          const mine = own.flatMap(({ position }) =>
            Array.from({ length: total }, (_, ofVu) => sharedIteration(total, vus, position, ofVu)))
            .filter((number) => number !== undefined)
          expect(mine).to.have.length(ownIterationCount(total, vus, own))
          if (own.length === 0) expect(mine).to.have.length(0)
          return mine
        }).flat()
        expect(numbers.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: total }, (_, n) => n))
      }))
  })
})
