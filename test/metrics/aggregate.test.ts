// The aggregate adds up what shards report: nothing twice, nothing lost, gauges by rules of their own.
import { expect } from 'chai'
import fc from 'fast-check'
import { Aggregate } from '../../runtime/metrics/aggregate.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'
import type { ScenarioProgress, Series, SeriesData, Snapshot } from '../../runtime/metrics/snapshot.ts'
import { operation } from '../output/sample-record.ts'

const counter = (metric: string, sum: number, tags: Series['tags'] = {}): Series =>
  ({ metric, contains: 'default', tags, data: { type: 'counter', sum, count: sum } })
const gauge = (metric: string, value: number, atMs = 0): Series => ({
  metric, contains: 'default', tags: {}, data: { type: 'gauge', value, atMs, min: value, max: value, count: 1 },
})
const snapshot = (sequence: number, series: readonly Series[], more: Partial<Snapshot> = {}): Snapshot =>
  ({ sequence, series, errors: [], progress: [], ...more })
const select = (aggregate: Aggregate, name: string, tags: Series['tags'] = {}): SeriesData | undefined => aggregate.select({ name, tags })
const part = (more: Partial<ScenarioProgress>): ScenarioProgress => ({
  scenario: 's', state: 'running', vusActive: 1, vus: 2, vusMost: 1, ranMs: 1000, iterationsDone: 3, iterationsInterrupted: 0,
  iterationsFailed: 1, iterationsPlanned: 10, iterationsBegun: 4, iterationsDropped: 0, iterationsQueued: 0,
  iterationsOffered: null, ...more,
})

describe('the aggregate', () => {
  it('adds up shards and reports, and selects by tags', () => {
    const aggregate = new Aggregate()
    aggregate.merge(0, snapshot(0, [counter('a', 1, { op: 'get', code: 'ok' }), counter('a', 2, { op: 'put', code: 'ok' })]))
    aggregate.merge(1, snapshot(0, [counter('a', 4, { code: 'ok', op: 'get' }), counter('b', 8)]))
    aggregate.merge(0, snapshot(1, [counter('a', 16, { op: 'get', code: 'ok' })]))
    expect(select(aggregate, 'a')).to.include({ sum: 23 })
    expect(select(aggregate, 'a', { op: 'get' })).to.include({ sum: 21 })
    expect(select(aggregate, 'a', { op: 'get', code: 'denied' })).to.equal(undefined)
    expect(select(aggregate, 'nope')).to.equal(undefined)
    expect(aggregate.series()).to.have.length(3)
    expect(aggregate.metricNames()).to.deep.equal(['a', 'b'])
    expect(aggregate.tagsOf('a', 'op')).to.deep.equal(['get', 'put'])
    expect(aggregate.tagsOf('nope', 'op')).to.deep.equal([])
  })

  it('takes a report that comes twice once, and refuses a gap', () => {
    const aggregate = new Aggregate()
    const error = { message: 'm', stack: '', scenario: 's', count: 1, endedIteration: true, varies: false }
    const first = snapshot(0, [counter('a', 1)], { errors: [error] })
    aggregate.merge(3, first)
    aggregate.merge(3, first)
    expect(select(aggregate, 'a')).to.include({ sum: 1 })
    expect(aggregate.errors()[0]?.count).to.equal(1)
    expect(() => { aggregate.merge(3, snapshot(2, [counter('a', 1)])) }).to.throw('shard 3 sent snapshot 2 where 1 was due')
    expect(() => { aggregate.merge(4, snapshot(1, [])) }).to.throw('where 0 was due')
    expect(select(aggregate, 'a')).to.include({ sum: 1 })
  })

  it('refuses a metric that changes its type', () => {
    const aggregate = new Aggregate()
    aggregate.merge(0, snapshot(0, [counter('a', 1)]))
    expect(() => { aggregate.merge(1, snapshot(0, [gauge('a', 1)])) }).to.throw(TypeError, 'shard 1 reports a as a gauge')
  })

  it('gives the same for one shard and for many, in whatever order their reports come', () => {
    const one = fc.record({ shard: fc.nat(3), tookMs: fc.integer({ min: 1, max: 5000 }), failed: fc.boolean() })
    const load = fc.array(one, { minLength: 1, maxLength: 60 })
    fc.assert(fc.property(load, fc.boolean(), (operations, backwards) => {
      const alone = new Recorder({})
      const many = [0, 1, 2, 3].map(() => new Recorder({}))
      for (const { shard, tookMs, failed } of operations) {
        const sample = operation({ started: 0, firstByte: undefined, ended: tookMs, code: failed ? 'timeout' : 'ok' })
        alone.operation(sample, {})
        many[shard]?.operation(sample, {})
      }
      const whole = new Aggregate()
      whole.merge(0, snapshot(0, alone.take().series))
      const parts = new Aggregate()
      const reports = many.map((recorder, shard) => [shard, snapshot(0, recorder.take().series)] as const)
      for (const [shard, report] of backwards ? reports.reverse() : reports) parts.merge(shard, structuredClone(report))
      for (const name of ['s3_reqs', 's3_req_duration', 's3_req_failed']) expect(select(parts, name)).to.deep.equal(select(whole, name))
    }))
  })

  it('adds VUs of shards up, and knows the least and greatest sum of any second', () => {
    const aggregate = new Aggregate()
    aggregate.merge(0, snapshot(0, [gauge('vus', 1)]))
    aggregate.merge(0, snapshot(1, [gauge('vus', 5)]))
    aggregate.merge(1, snapshot(0, [gauge('vus', 2)]))
    aggregate.merge(1, snapshot(1, [gauge('vus', 6)]))
    aggregate.merge(1, snapshot(2, [gauge('vus', 3)]))
    expect(select(aggregate, 'vus')).to.include({ value: 8, min: 3, max: 11, count: 3 })
  })

  it('adds VUs up over runs longer than it keeps seconds', () => {
    const aggregate = new Aggregate()
    for (let sequence = 0; sequence < 200; sequence++) {
      for (const shard of [0, 1]) aggregate.merge(shard, snapshot(sequence, [gauge('vus', sequence === 20 ? 9 : 1 + shard)]))
    }
    expect(select(aggregate, 'vus')).to.include({ value: 3, min: 3, max: 18, count: 200 })
  })

  it('keeps of other gauges the value that was set last, in any shard', () => {
    const dated = new Aggregate()
    dated.merge(0, snapshot(0, [gauge('depth', 7, 900)]))
    dated.merge(1, snapshot(0, [gauge('depth', 4, 300)]))
    expect(select(dated, 'depth')).to.include({ value: 7, min: 4, max: 7 })
    const undated = new Aggregate()
    undated.merge(1, snapshot(0, [gauge('depth', 9)]))
    undated.merge(1, snapshot(1, [gauge('depth', 2)]))
    undated.merge(0, snapshot(0, [gauge('depth', 8)]))
    expect(select(undated, 'depth')).to.include({ value: 2, min: 2, max: 9 })
  })

  it('adds the parts of a scenario up: running while any part runs', () => {
    const aggregate = new Aggregate()
    const late = (more: Partial<ScenarioProgress>): ScenarioProgress =>
      part({ scenario: 't', iterationsPlanned: null, iterationsOffered: 7, ...more })
    const short = late({ iterationsDropped: 3, iterationsQueued: 2, ranMs: 1400 })
    aggregate.merge(0, snapshot(0, [], { progress: [part({ state: 'done' }), short] }))
    aggregate.merge(1, snapshot(0, [], { progress: [part({}), late({ state: 'done', iterationsQueued: 1 })] }))
    expect(aggregate.progress()).to.deep.equal([
      part({ vusActive: 2, vus: 4, vusMost: 2, iterationsDone: 6, iterationsFailed: 2, iterationsPlanned: 20, iterationsBegun: 8 }),
      part({
        scenario: 't', vusActive: 2, vus: 4, vusMost: 2, ranMs: 1400, iterationsDone: 6, iterationsFailed: 2, iterationsPlanned: null,
        iterationsBegun: 8, iterationsDropped: 3, iterationsQueued: 3, iterationsOffered: 14,
      }),
    ])
    aggregate.merge(1, snapshot(1, [], { progress: [part({ state: 'done', vusActive: 0 })] }))
    expect(aggregate.progress()[0]).to.include({ state: 'done', vusActive: 1 })
  })

  it('lists errors with the most frequent first', () => {
    const aggregate = new Aggregate()
    const common = { stack: 'at x', scenario: 's', endedIteration: true, varies: false }
    const error = (message: string, count: number) => ({ ...common, message, count })
    aggregate.merge(0, snapshot(0, [], { errors: [error('rare', 1), error('often', 2)] }))
    aggregate.merge(1, snapshot(0, [], { errors: [error('often', 3)] }))
    expect(aggregate.errors()).to.deep.equal([error('often', 5), error('rare', 1)])
  })
})
