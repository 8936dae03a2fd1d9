// What a scenario was to do and did: shortfalls by table; tasks, steps and response times from what was counted; and the same as JSON.
import { expect } from 'chai'
import type { JsonObject } from '../../bindings/sdk/index.ts'
import { waited } from '../../runtime/metrics/breakdown.ts'
import { shortfallsOf } from '../../runtime/metrics/scenario-result.ts'
import { summaryData } from '../../runtime/metrics/summary-data.ts'
import { vusAt, vusMostBy } from '../../runtime/plan/load-shape.ts'
import type { Scenario } from '../../runtime/plan/plan.ts'
import { loadRecord, ramp, rate } from '../output/load-record.ts'
import { constantVus } from '../output/sample-record.ts'

describe('what kept a scenario from more', () => {
  const NOTHING = { ranMs: 3000, offered: 100, dropped: 0, queued: 0, vusPlanned: 5, vusMost: 5 }
  const shared: Scenario = {
    name: 'pot', executor: 'shared-iterations', exec: 'default', vus: 5, iterations: 100, maxDurationNs: 3e9, startTimeNs: 0,
    gracefulStopNs: 0, env: {}, tags: {},
  }
  const CASES: readonly (readonly [what: string, scenario: Scenario, more: Partial<typeof NOTHING>, said: readonly string[]])[] = [
    ['nothing', rate('r'), {}, []],
    ['maxVUs that were busy', rate('r'), { dropped: 25 }, ['25 of 100 iterations (25.0 %) were dropped: all 5 VUs were busy']],
    ['maxVUs, where it is one', rate('r', { maxVUs: 1 }), { dropped: 1 },
      ['1 of 100 iterations (1.0 %) were dropped: its one VU was busy']],
    ['VUs that were waited for', rate('r', { late: 'queue' }), { queued: 30, dropped: 2 },
      ['30 of 100 iterations (30.0 %) waited for a VU, 2 of 100 iterations (2.0 %) were dropped: all 5 VUs were busy']],
    ['VUs that had to be made', rate('r', { preAllocatedVUs: 2 }), { queued: 30, vusMost: 4 },
      ['30 of 100 iterations (30.0 %) waited for a VU: 2 VUs were made before the load, and more were needed']],
    ['a share too small to read', rate('r'), { offered: 100_000, dropped: 1 },
      ['1 of 100000 iterations (under 0.1 %) were dropped: all 5 VUs were busy']],
    ['maxDuration', shared, { dropped: 40 }, ['40 of 100 iterations (40.0 %) were not begun: maxDuration was over']],
    ['VUs that did not come', constantVus('c', { vus: 10, durationNs: 3e9 }), { vusPlanned: 10, vusMost: 8 },
      ['8 of 10 VUs came to run']],
    ['nothing, when it was stopped before they could', constantVus('c', { vus: 10, durationNs: 9e9 }), { vusPlanned: 10, vusMost: 8 }, []],
  ]
  for (const [what, scenario, more, said] of CASES) {
    it(`is told: ${what}`, () => {
      const told = shortfallsOf(scenario, { ...NOTHING, ...more })
      expect(told.map(({ message }) => message)).to.deep.equal(said)
      for (const { change } of told) expect(change).to.match(/^[A-Z].*(maxVUs|preAllocatedVUs|maxDuration|--shards)/)
    })
  }
})

describe('the most VUs a scenario is to have had', () => {
  it('is the most it was to have at any moment so far', () => {
    const scenario = ramp('ramp', [[2, 10], [0, 4], [2, 4], [2, 20]])
    for (let ms = 0; ms <= 6000; ms += 100) {
      let most = 0
      for (let at = 0; at <= ms; at += 1) most = Math.max(most, vusAt(scenario, at * 1e6) ?? 0)
      // At the very end of a stage a VU comes that a jump takes away at once.
      expect(vusMostBy(scenario, ms * 1e6), `${ms}`).to.be.within(most, ms >= 2000 ? Math.max(most, 10) : most)
    }
    expect(vusMostBy(constantVus('c', { vus: 7 }), 5)).to.equal(7)
    expect(vusMostBy(rate('r'), 5)).to.equal(5)
  })
})

describe('the record of a load', () => {
  const { scenarios } = loadRecord()
  const by = (name: string) => scenarios.find((one) => one.name === name)

  it('has offered and achieved of each scenario', () => {
    expect(by('arrivals')).to.deep.include({
      executor: 'constant-arrival-rate', ranMs: 4000, offered: 400, begun: 300, dropped: 100, queued: 50, offeredPerSecond: 100,
      begunPerSecond: 75, vusPlanned: 5, vusMost: 5,
    })
    expect(by('users'))
      .to.deep.include({ offered: null, offeredPerSecond: null, begun: 40, begunPerSecond: 10, vusPlanned: 10, vusMost: 10 })
  })

  it('has a row for each task, also for one that never came', () => {
    expect(by('users')?.tasks.map(({ task, count, failed, duration }) => [task, count, failed, duration?.max]))
      .to.deep.equal([['upload', 30, 3, 20], ['download', 10, 0, 5], ['never', 0, 0, undefined]])
    expect(by('arrivals')?.tasks).to.deep.equal([])
  })

  it('has a row for each step that was come to, over the time in which it was measured', () => {
    expect(by('stairs')?.steps.map((step) => [step.level, step.measuredMs, step.count, step.iterationsPerSecond, step.operationsPerSecond]))
      .to.deep.equal([[10, 1500, 15, 10, 10], [20, 1250, 20, 16, 16]])
  })

  it('has service and response times of what was due at moments, and of nothing else', () => {
    const told = by('arrivals')?.response.map(({ of, service, response }) => [of, service.max, response.max])
    expect(told).to.deep.equal([['iteration', 11, 111], ['s3.get', 10, 110], ['s3.put', 10, 10]])
    expect(by('users')?.response).to.deep.equal([])
  })

  it('is all in what handleSummary gets', () => {
    const data = summaryData(loadRecord(), { isStdOutTTY: false, isStdErrTTY: false, noColor: true })
    expect(JSON.parse(JSON.stringify(data))).to.deep.equal(data)
    const [users, arrivals] = data['scenarios'] as readonly JsonObject[]
    expect(users).to.deep.include({ name: 'users', executor: 'constant-vus', ran_ms: 4000, vus: { planned: 10, most: 10 } })
    expect((users?.['tasks'] as readonly JsonObject[])[2]).to.deep.equal({ task: 'never', iterations: 0, failed: 0, duration_ms: null })
    expect(arrivals?.['iterations']).to.deep.equal({
      offered: 400, begun: 300, failed: 0, interrupted: 0, dropped: 100, queued: 50, offered_per_s: 100, begun_per_s: 75,
    })
    expect(data['generator']).to.deep.equal({ limited: false, reasons: [], shards: [] })
  })
})

describe('response time is worth a line', () => {
  const times = (med: number, p95: number, p99: number) => ({ med, p95, p99, max: 1000 })
  const CASES: readonly (readonly [response: ReturnType<typeof times>, told: boolean])[] = [
    [times(10, 20, 30), false], [times(10.5, 21, 31.5), false], [times(10.51, 20, 30), true], [times(10, 21.1, 30), true],
    [times(10, 20, 31.6), true], [{ ...times(10, 20, 30), max: 9000 }, false],
  ]
  for (const [response, told] of CASES) {
    it(`${told ? '' : 'not '}where it is ${JSON.stringify(response)} for 10, 20 and 30 ms of service`, () => {
      expect(waited({ of: 'iteration', service: times(10, 20, 30), response })).to.equal(told)
    })
  }
})
