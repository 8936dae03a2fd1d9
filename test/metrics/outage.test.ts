// Outages, the slowest operations and windows: held against what a simple look at all operations together gives.
import { expect } from 'chai'
import fc from 'fast-check'
import { AvailabilityWatch, OutageLog } from '../../runtime/metrics/outage.ts'
import { Seconds } from '../../runtime/metrics/seconds.ts'
import { Slowest, type SlowOperation } from '../../runtime/metrics/slowest.ts'
import type { ScenarioProgress, Snapshot } from '../../runtime/metrics/snapshot.ts'
import type { Window } from '../../runtime/metrics/timeline.ts'

interface Op { readonly startMs: number; readonly endMs: number; readonly ok: boolean }

/** Operations of one VU, one after the other. */
const step = fc.record({ pauseMs: fc.nat(700), tookMs: fc.integer({ min: 1, max: 900 }), ok: fc.boolean() })
const sequence = fc.array(step, { maxLength: 30 })
  .map((steps) => {
    let nowMs = 0
    return steps.map(({ pauseMs, tookMs, ok }): Op => ({ startMs: (nowMs += pauseMs), endMs: (nowMs += tookMs), ok }))
  })

/** The log of shards that report every second. */
function logOf(shards: readonly (readonly Op[])[]): OutageLog {
  const log = new OutageLog()
  for (const [shard, ops] of shards.entries()) {
    const watch = new AvailabilityWatch({ workload: 's3', op: 'get', target: 'default' })
    const lastMs = ops.at(-1)?.endMs ?? 0
    for (let n = 0; n * 1000 <= lastMs; n++) {
      for (const { startMs, endMs, ok } of ops.filter((op) => Math.floor(op.endMs / 1000) === n)) {
        if (ok) watch.ok(startMs + 5000, endMs + 5000)
        else watch.failed(startMs + 5000, endMs + 5000)
      }
      log.add(shard, n, [watch.take(5000) ?? []].flat())
    }
  }
  return log
}

/** The longest time without a success, seen from all operations in the order of their ends. */
function longestOf(ops: readonly Op[]): number {
  let [longest, lastOk, tried, failed] = [0, -Infinity, Infinity, -Infinity]
  for (const { startMs, endMs, ok } of [...ops].sort((a, b) => a.endMs - b.endMs)) {
    tried = Math.min(tried, startMs)
    if (!ok) { failed = endMs; continue }
    longest = Math.max(longest, endMs - Math.max(lastOk, tried))
    ;[lastOk, tried, failed] = [endMs, Infinity, -Infinity]
  }
  return Math.max(longest, failed === -Infinity ? 0 : failed - Math.max(lastOk, tried))
}

describe('outages', () => {
  it('are exact in one shard', () => {
    fc.assert(fc.property(sequence, (ops) => {
      expect(logOf([ops]).outages()[0]?.durationMs ?? 0).to.equal(longestOf(ops))
    }))
  })

  it('of a second and more are found whole over several shards, and none is made longer by more than a second', () => {
    fc.assert(fc.property(fc.array(sequence, { minLength: 2, maxLength: 4 }), (shards) => {
      const found = logOf(shards).outages()[0]?.durationMs ?? 0
      const all = shards.flat().sort((a, b) => a.endMs - b.endMs)
      expect(found).to.be.at.least(Math.min(longestOf(all), 1000) - 1000)
      if (shards.flat().every(({ ok }) => ok)) expect(found).to.be.at.most(Math.max(1000, longestOf(all)))
    }))
  })

  it('last from the first failure to the next success, and a pause is none', () => {
    const ops: Op[] = [
      { startMs: 0, endMs: 10, ok: true }, { startMs: 5000, endMs: 5010, ok: false }, { startMs: 7000, endMs: 7020, ok: false },
      { startMs: 9000, endMs: 9005, ok: true }, { startMs: 60_000, endMs: 60_003, ok: true },
    ]
    expect(logOf([ops]).outages()).to.deep.equal([
      { workload: 's3', op: 'get', target: 'default', fromMs: 5000, durationMs: 4005, ended: true },
    ])
    expect(logOf([ops.slice(0, 3)]).outages()[0]).to.include({ fromMs: 5000, durationMs: 2020, ended: false })
  })

  it('are none while another shard has successes', () => {
    const dead: Op[] = Array.from({ length: 10 }, (_, n) => ({ startMs: n * 1000, endMs: n * 1000 + 900, ok: false }))
    const alive: Op[] = Array.from({ length: 100 }, (_, n) => ({ startMs: n * 100, endMs: n * 100 + 50, ok: true }))
    expect(logOf([dead]).outages()[0]).to.include({ durationMs: 9900, ended: false })
    expect(logOf([dead, alive]).outages()[0]?.durationMs).to.be.at.most(100)
  })
})

const slow = (startMs: number, durationMs: number): SlowOperation =>
  ({ workload: 's3', op: 'get', startMs, durationMs, code: 'ok', target: 'default', driver: 'native' })

describe('the slowest operations', () => {
  it('are the slowest, whatever the order they come in and however they are reported', () => {
    fc.assert(fc.property(fc.array(fc.nat(1000)), fc.integer({ min: 1, max: 20 }), (durations, every) => {
      const [shard, run] = [new Slowest(5), new Slowest(5)]
      for (const [n, durationMs] of durations.entries()) {
        if (durationMs > shard.floorMs) shard.add(slow(n, durationMs))
        if (n % every === 0) for (const one of shard.take()) run.add(one)
      }
      for (const one of shard.take()) run.add(one)
      const expected = durations.toSorted((a, b) => b - a).slice(0, 5)
      expect(run.all().map(({ durationMs }) => durationMs)).to.deep.equal(expected)
    }))
  })
})

const progress = (state: ScenarioProgress['state']): ScenarioProgress => ({
  scenario: 's', state, vusActive: 1, vus: 1, vusMost: 1, ranMs: 0, iterationsDone: 0, iterationsInterrupted: 0, iterationsFailed: 0,
  iterationsPlanned: null, iterationsBegun: 0, iterationsDropped: 0, iterationsQueued: 0, iterationsOffered: null,
})
const snapshot = (sequence: number, count: number, state: ScenarioProgress['state'] = 'running'): Snapshot => ({
  sequence, errors: [], progress: [progress(state)],
  series: [
    { metric: 'iterations', contains: 'default', tags: {}, data: { type: 'counter', sum: count, count } },
    { metric: 'vus', contains: 'default', tags: {}, data: { type: 'gauge', value: 2, atMs: sequence, min: 2, max: 2, count: 1 } },
  ],
})

describe('seconds', () => {
  const gather = (shards: number): { readonly seconds: Seconds; readonly seen: (readonly number[])[] } => {
    const seen: (readonly number[])[] = []
    const figure = ({ series }: Window, metric: string): number => {
      const data = series.find((one) => one.metric === metric)?.data
      return data?.type === 'counter' ? data.sum : data?.type === 'gauge' ? data.value : 0
    }
    const seconds = new Seconds(shards, (window) => {
      seen.push([window.startMs, window.lengthMs, figure(window, 'iterations'), figure(window, 'vus')])
    })
    return { seconds, seen }
  }

  it('are given out once all shards have told of them, in order, and count no report twice', () => {
    const { seconds, seen } = gather(2)
    seconds.add(0, snapshot(0, 1))
    expect(seen).to.deep.equal([])
    seconds.add(1, snapshot(0, 2))
    seconds.add(1, snapshot(0, 2))
    expect(seen).to.deep.equal([[0, 1000, 3, 4]])
    seconds.add(0, snapshot(1, 5))
    seconds.add(1, snapshot(1, 7, 'done'))
    seconds.add(0, snapshot(2, 1, 'done'))
    seconds.close(2300)
    expect(seen.slice(1)).to.deep.equal([[1000, 1000, 12, 4], [2000, 300, 1, 2]])
  })

  it('do not wait for a shard that has fallen behind, and lose nothing it tells later', () => {
    const { seconds, seen } = gather(2)
    for (let n = 0; n < 5; n++) seconds.add(0, snapshot(n, 1))
    expect(seen.map(([startMs]) => startMs)).to.deep.equal([0, 1000])
    for (let n = 0; n < 5; n++) seconds.add(1, snapshot(n, 10))
    seconds.close(5000)
    expect(seen.reduce((sum, [, , count = 0]) => sum + count, 0)).to.equal(55)
  })
})
