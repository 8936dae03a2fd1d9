// Ramps, arrival rates and staircases in virtual time: who begins when, what is late, what is dropped, what waits.
import { expect } from 'chai'
import fc from 'fast-check'
import { arrivals } from '../../runtime/plan/arrivals.ts'
import type { ConstantArrivalRate, RampingArrivalRate, RampingVus, VuStaircase } from '../../runtime/plan/plan.ts'
import { settlingNs } from '../../runtime/plan/settling.ts'
import { nextMs, taskOf } from '../../runtime/schedule/choices.ts'
import { ownIterations, ownSeats, seat, seatsOfShard, type Share } from '../../runtime/schedule/seating.ts'
import type { Ran } from '../kit/fake-vu.ts'
import { play } from './play.ts'

const SECOND = 1e9
const base = { name: 's', exec: 'default', startTimeNs: 0, gracefulStopNs: 30 * SECOND, env: {}, tags: {} }
type Steps = readonly (readonly [seconds: number, target: number])[]
const ramp = (startVUs: number, stages: Steps, more: Partial<RampingVus> = {}): RampingVus => ({
  ...base, executor: 'ramping-vus', startVUs, gracefulRampDownNs: 30 * SECOND,
  stages: stages.map(([seconds, target]) => ({ durationNs: seconds * SECOND, target })), ...more,
})
const rate = (perSecond: number, seconds: number, more: Partial<ConstantArrivalRate> = {}): ConstantArrivalRate => ({
  ...base, executor: 'constant-arrival-rate', rate: perSecond, timeUnitNs: SECOND, durationNs: seconds * SECOND, preAllocatedVUs: 1,
  maxVUs: 1, late: 'drop', poisson: false, ...more,
})
const rates = (stages: Steps, more: Partial<RampingArrivalRate> = {}): RampingArrivalRate => ({
  ...base, executor: 'ramping-arrival-rate', startRate: 0, timeUnitNs: SECOND, preAllocatedVUs: 1, maxVUs: 1, late: 'drop', poisson: false,
  stages: stages.map(([seconds, target]) => ({ durationNs: seconds * SECOND, target })), ...more,
})

const starts = (ran: readonly Ran[]): readonly number[] => ran.map(({ startedMs }) => startedMs).sort((a, b) => a - b)
const of = (ran: readonly Ran[], vu: number): readonly Ran[] => ran.filter((one) => one.vu === vu)

describe('ramping-vus', () => {
  it('starts and stops each VU at its moment, the lowest first and last', async () => {
    const { ran, endedMs } = await play(ramp(0, [[4, 4], [4, 0]]), () => 100)
    expect([0, 1, 2, 3].map((vu) => of(ran, vu)[0]?.startedMs)).to.deep.equal([1000, 2000, 3000, 4000])
    expect([0, 1, 2, 3].map((vu) => of(ran, vu).at(-1)?.endedMs)).to.deep.equal([8000, 7000, 6000, 5000])
    expect(endedMs).to.equal(8000)
  })

  it('lets an iteration of a VU that goes end in gracefulRampDown, and interrupts it then', async () => {
    const down = ramp(2, [[1, 2], [0, 1], [9, 1]], { gracefulRampDownNs: 2 * SECOND })
    const soon = await play(down, (n) => n === 1 ? 2900 : 1000)
    expect(of(soon.ran, 1).map(({ endedMs, end }) => [endedMs, end])).to.deep.equal([[2900, 'done']])
    const late = await play(down, (n) => n === 1 ? 60_000 : 1000)
    expect(of(late.ran, 1).map(({ endedMs, end }) => [endedMs, end])).to.deep.equal([[3000, 'interrupted']])
  })

  it('goes on with a VU that is needed again before it has ended', async () => {
    const dip = ramp(1, [[1, 1], [0, 0], [1, 0], [0, 1], [2, 1]], { gracefulRampDownNs: 1.5 * SECOND })
    const { ran } = await play(dip, (n) => n === 0 ? 2600 : 300)
    expect(starts(ran)).to.deep.equal([0, 2600, 2900, 3200, 3500, 3800])
    expect(ran.every(({ end }) => end === 'done')).to.equal(true)
  })

  it('waits for a ramp that begins again when nobody is left, and stops at once when told', async () => {
    const quiet = ramp(1, [[0, 0], [5, 0], [0, 2], [1, 2]], { gracefulRampDownNs: 0 })
    expect(starts((await play(quiet, () => 500)).ran)).to.deep.equal([5000, 5000, 5500, 5500])
    const { ran, endedMs } = await play(quiet, () => 500, { during: (run, clock) => { clock.at(2000, () => { run.stop(true) }) } })
    expect([ran.length, endedMs]).to.deep.equal([0, 2000])
  })

  it('sets few timers however many VUs are due', async () => {
    let timers = 0
    const { ran } = await play(ramp(0, [[0, 2000], [1, 2000]], { gracefulStopNs: 0 }), () => 2000, {
      during: (_run, clock) => {
        const at = clock.at.bind(clock)
        clock.at = (moment, wake) => { timers++; return at(moment, wake) }
      },
    })
    // One for each VU is the fake VU's own.
    expect(ran).to.have.length(2000)
    expect(timers - 2000).to.be.below(10)
  })
})

describe('an arrival rate', () => {
  it('begins an iteration at each moment on a VU that is free, and tells when it was due', async () => {
    const { ran, run, endedMs } = await play(rate(10, 3, { preAllocatedVUs: 3, maxVUs: 3 }), () => 250)
    expect(starts(ran)).to.deep.equal(Array.from({ length: 30 }, (_, n) => n * 100))
    expect(ran.every(({ request, startedMs }) => request.dueMs === startedMs && request.paced)).to.equal(true)
    expect(run.counts()).to.deep.include({
      state: 'done', begun: 30, done: 30, dropped: 0, queued: 0, offered: 30, planned: null, vus: 3, vusMost: 3, ranMs: 3000,
    })
    expect(run.measured()).to.deep.equal({ fromMs: 0, toMs: 3000 })
    expect(endedMs).to.equal(3150)
  })

  it('makes VUs for what is due, as many as are needed and no more than there may be', async () => {
    let stalled: number | undefined
    const { run, dropped } = await play(rate(10, 2, { preAllocatedVUs: 0, maxVUs: 5 }), (n) => n < 5 ? 950 : 10, {
      during: (one, clock) => { clock.at(550, () => { stalled = one.counts().vus }) },
    })
    expect(stalled).to.equal(5)
    expect(dropped).to.equal(5)
    expect(run.counts()).to.deep.include({ begun: 15, dropped: 5, offered: 20, vus: 5 })
    expect((await play(rate(10, 2, { preAllocatedVUs: 0, maxVUs: 50 }), () => 150)).run.counts().vus).to.equal(2)
  })

  it('drops what is due while all are busy, or has it wait for the next that is free', async () => {
    const busy = (late: 'drop' | 'queue') => play(rate(10, 2, { late }), (n) => n === 0 ? 1050 : 20)
    const dropping = await busy('drop')
    expect(starts(dropping.ran).slice(0, 3)).to.deep.equal([0, 1100, 1200])
    expect(dropping.run.counts()).to.deep.include({ begun: 10, dropped: 10, queued: 0, offered: 20 })
    const queueing = await busy('queue')
    expect(queueing.ran.slice(0, 4).map(({ startedMs, request }) => [startedMs, request.dueMs]))
      .to.deep.equal([[0, 0], [1050, 100], [1070, 200], [1090, 300]])
    // Due at 100 to 1000 while the VU was stuck, and at 1100 and 1200 while those before them were caught up with.
    expect(queueing.run.counts()).to.deep.include({ begun: 20, dropped: 0, queued: 12, offered: 20 })
  })

  it('drops at the end what still waits, and nothing when it is stopped early', async () => {
    const { run, dropped } = await play(rate(10, 2, { late: 'queue' }), () => 500)
    expect(run.counts()).to.deep.include({ begun: 4, dropped: 16, offered: 20 })
    expect(dropped).to.equal(16)
    const stopped = await play(rate(10, 2, { late: 'queue' }), () => 500, {
      during: (one, clock) => { clock.at(1020, () => { one.stop(true) }) },
    })
    expect(stopped.run.counts()).to.deep.include({ begun: 3, dropped: 0, offered: 11, ranMs: 1020 })
  })

  it('keeps a VU busy while it waits between iterations', async () => {
    const { run } = await play(rate(10, 1, { waitTime: { kind: 'constant', durationNs: 250e6 } }), () => 10)
    expect(run.counts()).to.deep.include({ begun: 4, dropped: 6 })
  })

  it('sees to everything that came due while the machine stood still, in one go', async () => {
    const { ran, dropped } = await play(rate(10, 2, { preAllocatedVUs: 4, maxVUs: 4 }), () => 10, {
      during: (_run, clock) => { clock.at(450, () => { clock.standStill(1000) }) },
    })
    expect(ran.filter(({ startedMs }) => startedMs === 1450)).to.have.length(4)
    expect(ran.length + dropped).to.equal(20)
  })

  it('makes VUs beside the load: a moment in which the machine stood still does not have it make more than are needed', async () => {
    const MAKE_MS = 2.5
    const made: number[] = []
    const { ran, run, dropped } = await play(rate(2000, 3, { preAllocatedVUs: 20, maxVUs: 1000 }), () => 3, {
      during: (_run, clock) => { clock.at(1000, () => { clock.standStill(60) }) },
      firstRunMs: (vu) => { made.push(vu); return vu < 20 ? 0 : MAKE_MS },
    })
    expect([ran.length + dropped, dropped]).to.deep.equal([6000, 0])
    expect(run.counts().vus).to.be.within(21, 100)
    expect(run.counts().queued).to.be.above(0)
    expect(run.counts().vus).to.equal(made.length)
  })

  it('has no more wait for VUs being made than may be made, each in the order it was due', async () => {
    const { ran, run, dropped } = await play(rate(1000, 1, { preAllocatedVUs: 1, maxVUs: 4 }), () => 10_000, {
      during: (_run, clock) => { clock.at(500, () => { clock.standStill(20) }) }, firstRunMs: () => 5,
    })
    expect([ran.length, dropped, run.counts().offered]).to.deep.equal([4, 996, 1000])
    expect(ran.map(({ request }) => request.numberInTest)).to.deep.equal([0, 1, 2, 3])
  })

  it('drops what still waits for a VU to be made when it ends or is stopped', async () => {
    for (const stops of [false, true]) {
      const { ran, run, dropped } = await play(rate(1000, 1, { preAllocatedVUs: 0, maxVUs: 1000, gracefulStopNs: 0 }), () => 10_000, {
        during: (all, clock) => { if (stops) clock.at(500, () => { all.stop(true) }) }, firstRunMs: () => 5,
      })
      const { offered } = run.counts()
      expect(ran.length + dropped).to.equal(offered)
      expect(dropped).to.be.above(100)
    }
  })

  it('follows a ramp, and numbers its iterations over all shards', async () => {
    const scenario = rates([[2, 10], [1, 10], [0, 2], [2, 2]], { preAllocatedVUs: 6, maxVUs: 6 })
    const whole = await play(scenario, () => 10)
    expect(whole.ran).to.have.length(24)
    for (const count of [2, 3, 6, 7]) {
      const parts = await Promise.all(Array.from({ length: count }, (_, index) => play(scenario, () => 10, { share: { index, count } })))
      const all = parts.flatMap(({ ran }) => ran).map(({ request, startedMs }) => [request.numberInTest, startedMs] as const)
      expect(all.sort((a, b) => a[0] - b[0])).to.deep.equal(whole.ran.map(({ request, startedMs }) => [request.numberInTest, startedMs]))
    }
  })
})

describe('shares of arrivals', () => {
  const anyRate = fc.record({
    rate: fc.integer({ min: 1, max: 400 }), seconds: fc.integer({ min: 1, max: 5 }), maxVUs: fc.integer({ min: 1, max: 20 }),
    poisson: fc.boolean(), steps: fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 90 })), { maxLength: 4 }),
    seed: fc.nat(),
  })

  it('are together the same iterations at the same moments over 1, 2, 3 and 7 shards', () => {
    fc.assert(fc.property(anyRate, ({ rate: perSecond, seconds, maxVUs, poisson, steps, seed }) => {
      const scenario = steps.length === 0 ? rate(perSecond, seconds, { maxVUs, poisson }) : rates(steps, { maxVUs, poisson })
      const dues = ({ index, count }: Share): readonly (readonly [number, number])[] => {
        const own = ownSeats(seat([scenario]), 's', { index, count })
        const mine = arrivals(scenario, ownIterations(Infinity, maxVUs, own), { seed, stream: 0 })
        return Array.from(mine, ({ number, dueNs }) => [number, dueNs] as const)
      }
      const whole = dues({ index: 0, count: 1 })
      expect(whole.map(([number]) => number)).to.deep.equal(whole.map((_, n) => n))
      for (const count of [2, 3, 7]) {
        const parts = Array.from({ length: count }, (_, index) => dues({ index, count })).flat()
        expect(parts.sort((a, b) => a[0] - b[0])).to.deep.equal(whole)
      }
    }), { numRuns: 60 })
  })

  it('come by chance at the rate on average, with gaps as of a Poisson process', () => {
    const scenario = rate(1000, 60, { poisson: true })
    const all = arrivals(scenario, ownIterations(Infinity, 1, [{ number: 0, position: 0 }]), { seed: 3, stream: 1 })
    const dues = Array.from(all, ({ dueNs }) => dueNs)
    expect(dues.length).to.be.within(59_000, 61_000)
    const gaps = dues.slice(1).map((due, index) => due - (dues[index] ?? 0))
    const longer = gaps.filter((gap) => gap > 1e6).length / gaps.length
    expect(longer).to.be.closeTo(Math.exp(-1), 0.01)
  })

  it('make only the VUs before the start that are asked for', () => {
    const { all, first } = seatsOfShard([rate(1, 1, { preAllocatedVUs: 3, maxVUs: 9 })], { index: 1, count: 2 })
    expect([all, first]).to.deep.equal([[1, 3, 5, 7], [1]])
  })
})

describe('a staircase', () => {
  const stairs: VuStaircase = {
    ...base, executor: 'staircase', of: 'vus', levels: [1, 3, 2], holdNs: 2 * SECOND, settleNs: SECOND / 2, gracefulRampDownNs: 0,
  }
  it('holds each level, says which one an iteration belongs to, and measures it once it has settled', async () => {
    const { ran } = await play(stairs, () => 500)
    const at = (moment: number): number => ran.filter(({ startedMs }) => startedMs === moment).length
    expect([0, 1500, 2000, 3500, 4000, 5500].map(at)).to.deep.equal([1, 1, 3, 3, 2, 2])
    for (const { request, startedMs } of ran) {
      expect(request.step).to.equal(['1', '3', '2'][Math.floor(startedMs / 2000)])
      expect(request.measured).to.equal(startedMs % 2000 >= 500)
    }
  })

  it('leaves out the settling when it is all that goes on', () => {
    const whole = { fromNs: 0, toNs: 6 * SECOND }
    expect(settlingNs([stairs], whole)).to.equal(1.5 * SECOND)
    expect(settlingNs([stairs], { fromNs: 0.2 * SECOND, toNs: 2.1 * SECOND })).to.be.closeTo(0.4 * SECOND, 1)
    expect(settlingNs([stairs, { ...stairs, name: 't', startTimeNs: 0.25 * SECOND }], whole)).to.equal(0.25 * SECOND * 4)
    expect(settlingNs([stairs, rate(1, 6)], whole)).to.equal(0)
    expect(settlingNs([stairs, rate(1, 1, { startTimeNs: 2 * SECOND })], whole)).to.equal(SECOND)
  })
})

describe('tasks and wait times', () => {
  const chance = { seed: 5, stream: 2 }
  it('choose by weight, from the seed and the iteration alone', () => {
    const tasks = { kind: 'weighted', weights: { upload: 3, download: 5 } } as const
    const drawn = Array.from({ length: 8000 }, (_, numberInTest) => taskOf(tasks, chance, { numberInTest, numberOfVu: 0 }))
    expect(drawn.filter((name) => name === 'upload').length).to.be.within(2800, 3200)
    expect(drawn[77]).to.equal(taskOf(tasks, chance, { numberInTest: 77, numberOfVu: 12 }))
    const other = Array.from({ length: 100 }, (_, numberInTest) => taskOf(tasks, { ...chance, seed: 6 }, { numberInTest, numberOfVu: 0 }))
    expect(other).to.not.deep.equal(drawn.slice(0, 100))
  })

  it('run a sequence over and over in each VU', () => {
    const tasks = { kind: 'sequence', names: ['a', 'b', 'c'] } as const
    const ran = [0, 1, 2, 3, 4].map((numberOfVu) => taskOf(tasks, chance, { numberInTest: 9, numberOfVu }))
    expect(ran).to.deep.equal(['a', 'b', 'c', 'a', 'b'])
  })

  it('wait after an iteration, or pace its beginnings', () => {
    const turn = { numberInTest: 3, numberOfVu: 0 }
    expect(nextMs(undefined, chance, turn, 100, 150)).to.equal(150)
    expect(nextMs({ kind: 'constant', durationNs: SECOND }, chance, turn, 100, 150)).to.equal(1150)
    expect(nextMs({ kind: 'pacing', everyNs: SECOND }, chance, turn, 100, 150)).to.equal(1100)
    expect(nextMs({ kind: 'pacing', everyNs: SECOND }, chance, turn, 100, 1500)).to.equal(1500)
    const waits = Array.from({ length: 500 }, (_, numberInTest) =>
      nextMs({ kind: 'between', minNs: SECOND, maxNs: 3 * SECOND }, chance, { ...turn, numberInTest }, 100, 150) - 150)
    expect(Math.min(...waits)).to.be.within(1000, 1050)
    expect(Math.max(...waits)).to.be.within(2950, 3000)
  })
})
