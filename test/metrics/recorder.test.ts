// The recorder counts every operation and value once, in the right series, and never more series than it may.
import { expect } from 'chai'
import { ERRORS_MAX } from '../../runtime/metrics/error-log.ts'
import { Recorder, SERIES_MAX } from '../../runtime/metrics/recorder.ts'
import { selectFrom } from '../../runtime/metrics/series.ts'
import type { Series, SeriesData } from '../../runtime/metrics/snapshot.ts'
import { operation } from '../output/sample-record.ts'

const pick = (series: readonly Series[], name: string, tags: Series['tags'] = {}): SeriesData | undefined =>
  selectFrom(series, { name, tags })
const named = (series: readonly Series[], name: string): readonly Series[] => series.filter(({ metric }) => metric === name)
const MIXED = Object.freeze({ scenario: 'mixed' })
const base = { op: 'get', driver: 'native', target: 'default', code: 'ok', scenario: 'mixed' }

describe('the recorder', () => {
  it('feeds every metric of an operation, tagged', () => {
    const recorder = new Recorder({ run: 'x' })
    recorder.operation(operation({
      started: 10, firstByte: 13, ended: 20, bytesIn: 4096, bytesOut: 7, wireIn: 4400, wireOut: 300, verified: true,
    }), MIXED)
    const { series } = recorder.take()
    const tags = { ...base, run: 'x' }
    expect(named(series, 's3_reqs'))
      .to.deep.equal([{ metric: 's3_reqs', contains: 'default', tags, data: { type: 'counter', sum: 1, count: 1 } }])
    expect(pick(series, 's3_req_duration', tags)).to.include({ count: 1, sum: 10 })
    expect(pick(series, 's3_req_waiting', tags)).to.include({ count: 1, sum: 3 })
    expect(pick(series, 's3_req_failed', tags)).to.deep.equal({ type: 'rate', trues: 0, count: 1 })
    expect(pick(series, 'verify_failed', tags)).to.deep.equal({ type: 'rate', trues: 0, count: 1 })
    expect(pick(series, 's3_bytes', { ...tags, direction: 'in' })).to.include({ sum: 4096 })
    expect(pick(series, 's3_bytes', { ...tags, direction: 'out' })).to.include({ sum: 7 })
    expect(named(series, 'data_sent').map((one) => [one.tags, one.data]))
      .to.deep.equal([[{ run: 'x', scenario: 'mixed' }, { type: 'counter', sum: 300, count: 1 }]])
    expect(pick(series, 'data_received')).to.include({ sum: 4400 })
  })

  it('counts from the due moment too where an open model says when that was, and nothing of it elsewhere', () => {
    const recorder = new Recorder({})
    recorder.operation(operation({ op: 'put', due: 2, started: 10, ended: 20 }), MIXED)
    recorder.operation(operation({ due: 2, started: 10, ended: 20, paced: true }), MIXED)
    recorder.operation(operation({ due: 10, started: 10, ended: 15, paced: true }), MIXED)
    const { series } = recorder.take()
    expect(named(series, 's3_req_response').map(({ tags, data }) => [tags, data.type === 'trend' ? [data.count, data.sum] : data]))
      .to.deep.equal([[base, [2, 23]]])
    expect(pick(series, 's3_req_duration', { op: 'get' })).to.include({ count: 2, sum: 15 })
  })

  it('counts how long connections took to make, only where one was made, and retries, only where there were any', () => {
    const recorder = new Recorder({})
    recorder.operation(operation({ connectingMs: 2, tlsMs: 7 }), MIXED)
    recorder.operation(operation({ connectingMs: 4, retries: 2, stagingMs: 9 }), MIXED)
    for (let n = 0; n < 3; n++) recorder.operation(operation({ retries: 0 }), MIXED)
    const { series } = recorder.take()
    expect(pick(series, 's3_req_connecting', base)).to.include({ count: 2, sum: 6 })
    expect(pick(series, 's3_req_tls_handshaking', base)).to.include({ count: 1, sum: 7 })
    expect(pick(series, 's3_req_staging', base)).to.include({ count: 1, sum: 9 })
    expect(pick(series, 's3_retries', base)).to.deep.equal({ type: 'counter', sum: 2, count: 1 })
    expect(pick(series, 's3_reqs')).to.include({ sum: 5 })
  })

  it('gives what is made of steps a Trend of its own, and counts it in nothing else', () => {
    const recorder = new Recorder({})
    recorder.operation(operation({ op: 'upload', composite: true, started: 10, ended: 30, bytesOut: 100 }), MIXED)
    const { series } = recorder.take()
    expect(series.map(({ metric }) => metric)).to.deep.equal(['s3_composite_duration'])
    expect(pick(series, 's3_composite_duration', { ...base, op: 'upload' })).to.include({ count: 1, sum: 20 })
  })

  it('tells endpoints apart where a target has several', () => {
    const recorder = new Recorder({})
    for (const endpoint of ['http://a', 'http://b', 'http://a', undefined]) recorder.operation(operation({ endpoint }), MIXED)
    const { series } = recorder.take()
    expect(named(series, 's3_reqs').map(({ tags, data }) => [tags, data.type === 'counter' ? data.sum : data])).to.deep.equal([
      [{ ...base, endpoint: 'http://a' }, 2], [{ ...base, endpoint: 'http://b' }, 1], [base, 1],
    ])
  })

  it('counts failures by code; what the script expects is none, and wrong data is counted apart', () => {
    const recorder = new Recorder({})
    recorder.operation(operation({ code: 'throttled', firstByte: undefined }), MIXED)
    recorder.operation(operation({ code: 'not_found', expected: true }), MIXED)
    recorder.operation(operation({ code: 'corrupt' }), MIXED)
    recorder.operation(operation({ verified: true }), MIXED)
    recorder.operation(operation(), MIXED)
    const { series } = recorder.take()
    expect(pick(series, 's3_req_failed')).to.deep.equal({ type: 'rate', trues: 2, count: 5 })
    expect(pick(series, 's3_req_failed', { code: 'throttled' })).to.deep.equal({ type: 'rate', trues: 1, count: 1 })
    expect(pick(series, 's3_req_failed', { code: 'not_found' })).to.deep.equal({ type: 'rate', trues: 0, count: 1 })
    expect(pick(series, 'verify_failed')).to.deep.equal({ type: 'rate', trues: 1, count: 2 })
    expect(pick(series, 's3_req_waiting')).to.include({ count: 4 })
  })

  it('puts equal tags in one series, frozen or not, in any order, from any VU', () => {
    const recorder = new Recorder({})
    recorder.operation(operation(), Object.freeze({ scenario: 'mixed', task: 'a' }))
    recorder.operation(operation(), Object.freeze({ task: 'a', scenario: 'mixed' }))
    recorder.operation(operation(), { scenario: 'mixed', task: 'a' })
    expect(named(recorder.take().series, 's3_reqs')).to.have.length(1)
  })

  it('is not fooled by tags that change in place unless they are frozen', () => {
    const recorder = new Recorder({})
    const tags: Record<string, string> = { step: 'one' }
    recorder.add('iterations', 1, tags)
    tags['step'] = 'two'
    recorder.add('iterations', 1, tags)
    expect(named(recorder.take().series, 'iterations').map((one) => one.tags['step'])).to.deep.equal(['one', 'two'])
  })

  it('gives what was counted since the last report, and nothing where nothing was', () => {
    const recorder = new Recorder({})
    recorder.operation(operation(), MIXED)
    recorder.add('checks', 1, MIXED)
    recorder.take()
    expect(recorder.take()).to.deep.equal({ series: [], errors: [], availability: [] })
    recorder.operation(operation({ ended: 9 }), MIXED)
    const { series } = recorder.take()
    expect(pick(series, 's3_req_duration')).to.include({ count: 1, sum: 9 })
    expect(pick(series, 'checks')).to.equal(undefined)
  })

  it('takes values of declared metrics only, and finite ones only', () => {
    const recorder = new Recorder({})
    expect(() => { recorder.add('mine', 1, {}) }).to.throw('declare it in init code')
    recorder.declare({ name: 'mine', type: 'trend', contains: 'time' })
    recorder.declare({ name: 'mine', type: 'trend', contains: 'time' })
    expect(() => { recorder.declare({ name: 'mine', type: 'rate', contains: 'default' }) })
      .to.throw("metric 'mine' is a trend of time values already")
    expect(() => { recorder.declare({ name: 'iterations', type: 'trend', contains: 'default' }) })
      .to.throw("metric 'iterations' is a counter")
    for (const value of [NaN, Infinity]) expect(() => { recorder.add('mine', value, {}) }).to.throw(RangeError, 'finite')
    recorder.add('mine', 4, {})
    expect(recorder.take().series).to.have.length(1)
  })

  it('dates gauges by the clock it is given', () => {
    let nowMs = 0
    const recorder = new Recorder({}, () => nowMs)
    nowMs = 1500
    recorder.add('vus', 4, {})
    expect(pick(recorder.take().series, 'vus')).to.deep.equal({ type: 'gauge', value: 4, atMs: 1500, min: 4, max: 4, count: 1 })
  })

  it('keeps no more than its limit of series; the rest is counted without tags, which is said once for each metric', () => {
    const recorder = new Recorder({})
    const total = SERIES_MAX + 500
    for (let n = 0; n < total; n++) recorder.add('checks', 1, { check: `number ${String(n)}` })
    for (let n = 0; n < 20; n++) recorder.operation(operation({ op: `op${String(n)}` }), Object.freeze({ key: String(n) }))
    const { series, errors } = recorder.take()
    expect(series.length).to.be.at.most(SERIES_MAX + 10)
    expect(pick(series, 'checks')).to.deep.equal({ type: 'rate', trues: total, count: total })
    expect(named(series, 'checks').find(({ tags }) => Object.keys(tags).length === 0)?.data).to.include({ count: 500 })
    expect(pick(series, 's3_reqs')).to.include({ sum: 20 })
    const said = errors.filter(({ message }) => message.startsWith("metric 'checks': a shard keeps 10000 series"))
    expect(said.map(({ count }) => count)).to.deep.equal([1])
    recorder.add('checks', 1, { check: 'one more' })
    expect(recorder.take().errors).to.deep.equal([])
  })

  it('counts errors by kind, up to a limit of kinds', () => {
    const recorder = new Recorder({})
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < ERRORS_MAX + 5; n++) {
        recorder.error({ message: `error ${String.fromCodePoint(0x4e00 + n)}`, stack: 'at x', scenario: 's', endedIteration: true })
      }
    }
    const { errors } = recorder.take()
    expect(errors).to.have.length(ERRORS_MAX + 1)
    const common = { endedIteration: true, varies: false }
    expect(errors[0]).to.deep.equal({ ...common, message: 'error \u4e00', stack: 'at x', scenario: 's', count: 2 })
    expect(errors.at(-1)).to.deep.equal({ ...common, message: 'other errors', stack: '', scenario: '', count: 10 })
    recorder.error({ message: 'x'.repeat(1e6), stack: 'y'.repeat(1e6), scenario: 's', endedIteration: false })
    expect(JSON.stringify(recorder.take()).length).to.be.below(20_000)
  })
})
