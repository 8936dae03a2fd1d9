// The closed-loop executors in virtual time: how many iterations, when they begin, when they must stop.
import { expect } from 'chai'
import fc from 'fast-check'
import type { ConstantVus, PerVuIterations, Scenario, SharedIterations } from '../../runtime/plan/plan.ts'
import type { ScenarioRun } from '../../runtime/schedule/scenario-run.ts'
import type { Ran } from '../kit/fake-vu.ts'
import type { VirtualClock } from '../kit/virtual-clock.ts'
import { play } from './play.ts'

const SECOND = 1e9
const base = { name: 's', exec: 'default', startTimeNs: 0, gracefulStopNs: 30 * SECOND, env: {}, tags: {} }
const constant = (vus: number, durationS: number, more: Partial<ConstantVus> = {}): ConstantVus =>
  ({ ...base, executor: 'constant-vus', vus, durationNs: durationS * SECOND, ...more })
const shared = (vus: number, iterations: number, more: Partial<SharedIterations> = {}): SharedIterations =>
  ({ ...base, executor: 'shared-iterations', vus, iterations, maxDurationNs: 600 * SECOND, ...more })
const perVu = (vus: number, iterations: number, more: Partial<PerVuIterations> = {}): PerVuIterations =>
  ({ ...base, executor: 'per-vu-iterations', vus, iterations, maxDurationNs: 600 * SECOND, ...more })

const ends = (ran: readonly Ran[], end: Ran['end']): number => ran.filter((one) => one.end === end).length

describe('constant-vus', () => {
  it('loops every VU until the duration is over and lets the last iterations end', async () => {
    const { ran, run, endedMs } = await play(constant(3, 1), () => 300)
    expect(ran).to.have.length(12)
    expect(ends(ran, 'done')).to.equal(12)
    expect(endedMs).to.equal(1200)
    expect(run.measured()).to.deep.equal({ fromMs: 0, toMs: 1000 })
    expect(run.counts()).to.include({ state: 'done', done: 12, interrupted: 0, planned: null, vusActive: 0 })
  })

  it('begins nothing at or after its end', async () => {
    const { ran } = await play(constant(1, 1), () => 500)
    expect(ran.map(({ startedMs }) => startedMs)).to.deep.equal([0, 500])
  })

  it('interrupts what is still running when gracefulStop is over', async () => {
    const { ran, run, endedMs } = await play(constant(2, 1, { gracefulStopNs: SECOND }), () => 60_000)
    expect(ends(ran, 'interrupted')).to.equal(2)
    expect(endedMs).to.equal(2000)
    expect(run.counts()).to.include({ state: 'interrupted', done: 0, interrupted: 2 })
  })

  it('waits for its startTime, and numbers iterations without repeats', async () => {
    const { ran } = await play(constant(2, 1, { startTimeNs: 5 * SECOND }), () => 250)
    expect(Math.min(...ran.map(({ startedMs }) => startedMs))).to.equal(5000)
    expect(new Set(ran.map(({ request }) => request.numberInTest)).size).to.equal(ran.length)
  })

  it('keeps a VU from beginning again before minIterationDuration is over, without padding what is measured', async () => {
    const { ran } = await play(constant(1, 1), () => 100, { minIterationMs: 400 })
    expect(ran.map(({ startedMs, endedMs }) => [startedMs, endedMs])).to.deep.equal([[0, 100], [400, 500], [800, 900]])
  })

  it('stops at once when told, from whatever it waits for', async () => {
    const stopAt = (moment: number) => (run: ScenarioRun, clock: VirtualClock): void => { clock.at(moment, () => { run.stop(false) }) }
    const running = await play(constant(2, 60), () => 300, { during: stopAt(1000) })
    expect(running.endedMs).to.equal(1000)
    expect(ends(running.ran, 'interrupted')).to.equal(2)
    expect(running.run.measured()).to.deep.equal({ fromMs: 0, toMs: 1000 })
    const waiting = await play(constant(2, 60, { startTimeNs: 30 * SECOND }), () => 300, { during: stopAt(1000) })
    expect(waiting.endedMs).to.equal(1000)
    expect(waiting.ran).to.have.length(0)
    const pausing = await play(constant(1, 60), () => 100, { minIterationMs: 5000, during: stopAt(1000) })
    expect(pausing.endedMs).to.equal(1000)
    expect(ends(pausing.ran, 'done')).to.equal(1)
  })

  it('lets iterations end when it is stopped gracefully', async () => {
    const stop = (run: ScenarioRun, clock: VirtualClock): void => { clock.at(1000, () => { run.stop(true) }) }
    const { ran, endedMs } = await play(constant(2, 60), () => 300, { during: stop })
    expect(endedMs).to.equal(1200)
    expect(ends(ran, 'interrupted')).to.equal(0)
  })
})

describe('shared-iterations', () => {
  it('deals them in turn, whoever is free: who does which is the same on every rerun', async () => {
    const dealt = async (durationMs: (n: number) => number): Promise<readonly string[]> =>
      (await play(shared(3, 10), durationMs)).ran.map(({ vu, request }) => `${vu} ${request.numberOfVu} ${request.numberInTest}`).sort()
    const slow = await dealt((n) => n === 0 ? 900 : 100)
    expect(slow).to.deep.equal(['0 0 0', '0 1 3', '0 2 6', '0 3 9', '1 0 1', '1 1 4', '1 2 7', '2 0 2', '2 1 5', '2 2 8'])
    expect(await dealt((n) => 10 + n * 7 % 5)).to.deep.equal(slow)
  })

  it('tells at maxDuration how many it never began', async () => {
    const { ran, dropped } = await play(shared(2, 10, { maxDurationNs: SECOND, gracefulStopNs: 0 }), () => 300)
    expect(ends(ran, 'done')).to.equal(6)
    expect(ends(ran, 'interrupted')).to.equal(2)
    expect(dropped).to.equal(2)
  })

  it('drops nothing when it is stopped before its time is over: what was not begun then was not too late', async () => {
    const stop = (run: ScenarioRun, clock: VirtualClock): void => { clock.at(1000, () => { run.stop(false) }) }
    expect((await play(shared(2, 10), () => 300, { during: stop })).dropped).to.equal(0)
    expect((await play(perVu(2, 10), () => 300, { during: stop })).dropped).to.equal(0)
  })
})

describe('per-vu-iterations', () => {
  it('gives the figures observed with k6: 2 VUs of 10 iterations of 0.3 s in 1 s are 6 complete, 2 interrupted, 12 dropped', async () => {
    const { ran, dropped } = await play(perVu(2, 10, { maxDurationNs: SECOND, gracefulStopNs: 0 }), () => 300)
    expect([ends(ran, 'done'), ends(ran, 'interrupted'), dropped]).to.deep.equal([6, 2, 12])
  })

  it('counts __ITER for each VU from 0', async () => {
    const { ran } = await play(perVu(2, 3), () => 100)
    for (const vu of [0, 1]) expect(ran.filter((one) => one.vu === vu).map(({ request }) => request.numberOfVu)).to.deep.equal([0, 1, 2])
  })
})

describe('any closed-loop scenario', () => {
  const any: fc.Arbitrary<Scenario> = fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 40 })).map(([vus, more]) => shared(vus, vus + more)),
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 8 })).map(([vus, iterations]) => perVu(vus, iterations)))

  it('gives every VU the same iterations at 1 shard and at n', async () => {
    await fc.assert(fc.asyncProperty(any, fc.integer({ min: 1, max: 7 }), fc.integer(), async (scenario, count, seed) => {
      const duration = (n: number): number => 1 + Math.abs((n * 7919 + seed) % 97)
      const dealt = async (shards: number): Promise<string[]> => {
        const playing = Array.from({ length: shards }, (_, index) => play(scenario, duration, { share: { index, count: shards } }))
        const parts = await Promise.all(playing)
        return parts.flatMap(({ ran }) => ran.map(({ vu, request }) => `${vu} ${request.numberOfVu} ${request.numberInTest}`)).sort()
      }
      expect(await dealt(count)).to.deep.equal(await dealt(1))
    }), { numRuns: 40 })
  })
})
