// What handleSummary gets has k6's shape, and numbers that can be checked by hand.
import { expect } from 'chai'
import { summaryData } from '../../runtime/metrics/summary-data.ts'
import { operation, recordOf, samplePlan, threshold } from '../output/sample-record.ts'

const STATE = { isStdOutTTY: false, isStdErrTTY: true, noColor: true }

describe('the summary data', () => {
  const plan = samplePlan({
    thresholds: [threshold('s3_reqs{op:get}', 'count>5'), threshold('mine', 'p(95)<300'), threshold('s3_reqs{op:copy}', 'count>0')],
    submetrics: [{ metric: 'checks{check:ok}', selector: { name: 'checks', tags: { check: 'ok' } } }],
  }, { trendStats: ['avg', 'max', 'p(75)', 'count'], timeUnit: 'ms' })
  const record = recordOf(plan, (recorder) => {
    recorder.declare({ name: 'mine', type: 'trend', contains: 'time' })
    recorder.add('mine', 10, {})
    recorder.add('mine', 20, {})
    recorder.add('checks', 1, { check: 'ok', group: '::outer::inner', scenario: 'mixed' })
    recorder.add('checks', 0, { check: 'ok', group: '::outer::inner', scenario: 'other' })
    recorder.add('checks', 1, { check: 'at the root' })
    recorder.add('vus', 3, {})
    recorder.operation(operation({ op: 'get' }), {})
    recorder.operation(operation({ op: 'put' }), {})
    recorder.error({ message: 'Error: x', stack: 'at y', scenario: 'mixed', endedIteration: true })
  }, { setupData: '{"token":"abc"}', times: { initMs: 1, measuredMs: 2000 } })
  const data = summaryData(record, STATE)
  const metrics = data['metrics'] as Record<string, unknown>

  it('holds checks in the tree of their groups, ids being paths', () => {
    expect(data['root_group']).to.deep.equal({
      name: '', path: '', id: '', checks: [{ name: 'at the root', path: '::at the root', id: '::at the root', passes: 1, fails: 0 }],
      groups: [{ name: 'outer', path: '::outer', id: '::outer', checks: [], groups: [{
        name: 'inner', path: '::outer::inner', id: '::outer::inner', groups: [],
        checks: [{ name: 'ok', path: '::outer::inner::ok', id: '::outer::inner::ok', passes: 1, fails: 1 }],
      }] }],
    })
  })

  it('holds the values of each type of metric', () => {
    expect(metrics['mine']).to.deep.equal({
      type: 'trend', contains: 'time', values: { avg: 15, max: 20, 'p(75)': 17.5, count: 2 }, thresholds: { 'p(95)<300': { ok: true } },
    })
    expect(metrics['s3_reqs']).to.deep.equal({ type: 'counter', contains: 'default', values: { count: 2, rate: 1 } })
    expect(metrics['vus']).to.deep.equal({ type: 'gauge', contains: 'default', values: { value: 3, min: 3, max: 3 } })
    expect(metrics['checks']).to.deep.equal({ type: 'rate', contains: 'default', values: { rate: 2 / 3, passes: 2, fails: 1 } })
  })

  it('holds sub-metrics under the name the user wrote, judged or only shown, measured or not', () => {
    expect(metrics['s3_reqs{op:get}'])
      .to.deep.equal({ type: 'counter', contains: 'default', values: { count: 1, rate: 0.5 }, thresholds: { 'count>5': { ok: false } } })
    expect(metrics['s3_reqs{op:copy}'])
      .to.deep.equal({ type: 'counter', contains: 'default', values: { count: 0, rate: 0 }, thresholds: { 'count>0': { ok: false } } })
    expect(metrics['checks{check:ok}']).to.deep.equal({ type: 'rate', contains: 'default', values: { rate: 0.5, passes: 1, fails: 1 } })
  })

  it('holds options, state, setup data, the run and its errors', () => {
    expect(data['options']).to.deep.equal({ summaryTrendStats: ['avg', 'max', 'p(75)', 'count'], summaryTimeUnit: 'ms', noColor: true })
    expect(data['state']).to.deep.equal({ isStdOutTTY: false, isStdErrTTY: true, testRunDurationMs: 2000 })
    expect(data['setup_data']).to.deep.equal({ token: 'abc' })
    expect(data['run']).to.include({ id: '3f9a1c', built_in_store: false, ending: 'passed' })
    expect(data['errors']).to.deep.equal([{ message: 'Error: x', scenario: 'mixed', count: 1, ended_iteration: true, varies: false }])
  })

  it('survives JSON unchanged', () => {
    expect(JSON.parse(JSON.stringify(data))).to.deep.equal(data)
  })

  it('is complete for a run that measured nothing', () => {
    const empty = summaryData(recordOf(samplePlan(), () => { return }), STATE)
    expect(empty).to.deep.include({ metrics: {}, errors: [], root_group: { name: '', path: '', id: '', groups: [], checks: [] } })
    expect(empty).not.to.have.property('setup_data')
  })
})
