// What must hold for the summary of any run, for the lines about thresholds, and for the export.
import { expect } from 'chai'
import fc from 'fast-check'
import { displayWidth } from '../../runtime/output/text.ts'
import { summaryExport } from '../../runtime/output/summary-export.ts'
import { judgeGenerator } from '../../runtime/metrics/generator.ts'
import { summaryText } from '../../runtime/output/summary.ts'
import { verdictLines } from '../../runtime/output/verdict-lines.ts'
import { goldenRecord } from './golden-record.ts'
import { busyRecord, constantVus, operation, recordOf, samplePlan, threshold } from './sample-record.ts'

const locate = () => ({ location: 'mixed.ts:12:5', lineText: "    await s3.put('a', content)" })
const style = (columns: number) => ({ columns, colour: false, locate })
/** The text between two back-quotes, without the line break that follows the first. */
const golden = (text: TemplateStringsArray): string => String.raw(text).slice(1)

describe('the summary', () => {
  it('is empty when disabled', () => {
    expect(summaryText(goldenRecord({ mode: 'disabled' }), style(80))).to.equal('')
  })

  it('has a row for each endpoint of a target with several, and what is to be known of a store', () => {
    const record = recordOf(samplePlan(), (recorder) => {
      for (const endpoint of ['http://a:1', 'http://b:1', 'http://b:1']) recorder.operation(operation({ endpoint }), { scenario: 'mixed' })
      recorder.operation(operation({ endpoint: 'http://a:1', op: 'put', code: 'unreachable' }), { scenario: 'mixed' })
    }, { remarks: { s3: ['uploads: payload_signing: unsigned'] } })
    const lines = summaryText(record, style(100)).split('\n').map((line) => line.trim().replace(/ +/g, ' '))
    const rows = lines.filter((line) => /^(get|put|http:\S+|endpoint|op) /.test(line)).map((line) => line.split(' ').slice(0, 3).join(' '))
    expect(rows).to.deep.equal(['op count rate/s', 'get 3 0.30', 'put 1 0.10',
      'endpoint op count', 'http://a:1 get 1', 'http://a:1 put 1', 'http://b:1 get 2'])
    expect(lines).to.include('uploads: payload_signing: unsigned')
  })

  it('says so when nothing was measured', () => {
    const plan = samplePlan({ thresholds: [threshold('checks', 'rate>0.9')] })
    expect(summaryText(recordOf(plan, () => { return }), style(80))).to.equal(golden`


  █ THRESHOLDS

    checks
    ✗ 'rate>0.9' no samples


  █ TOTAL RESULTS

    nothing was measured

`)
  })

  it('fits any width from 60 on, for a busy run of two scenarios', () => {
    const plan = samplePlan({
      scenarios: [constantVus('mixed'), constantVus('second')], thresholds: [threshold('s3_req_duration{op:get}', 'p(95)<1')],
    }, { mode: 'full' })
    const record = busyRecord(plan, 2000)
    for (const columns of [60, 61, 70, 80, 100, 140, 300]) {
      const widest = Math.max(...summaryText(record, style(columns)).split('\n').map(displayWidth))
      expect(widest, `${String(columns)} columns`).to.be.at.most(columns)
    }
    expect(summaryText(record, style(20))).to.equal(summaryText(record, style(60)))
  })

  it('has the same text with colours as without', () => {
    const record = goldenRecord({ mode: 'full' })
    const coloured = summaryText(record, { ...style(80), colour: true })
    expect(coloured).to.include('\u001b[')
    expect(coloured.replace(/\u001b\[\d+m/g, '')).to.equal(summaryText(record, style(80)))
  })

  it('shows huge numbers whole', () => {
    const record = recordOf(samplePlan(), (recorder) => {
      recorder.declare({ name: 'big', type: 'counter', contains: 'default' })
      recorder.declare({ name: 'vast', type: 'trend', contains: 'data' })
      recorder.add('big', 9_007_199_254_740_991, {})
      recorder.add('vast', 1e300, {})
      recorder.add('vast', -1e300, {})
    })
    const text = summaryText(record, style(140))
    expect(text).to.include('big....: 9007199254740991 900719925474099.1/s')
    expect(text).not.to.match(/NaN|Infinity|undefined/)
  })

  it('tells drivers and targets apart only where there are several', () => {
    const record = recordOf(samplePlan(), (recorder) => {
      recorder.operation(operation({ target: 'west' }), {})
      recorder.operation(operation({ target: 'east' }), {})
    })
    expect(summaryText(record, style(100))).to.include(golden`
    op   target  count  rate/s  MB/s  failed  med  p95  p99  max
    get  east        1    0.10     0   0.00%  4ms  4ms  4ms  4ms
    get  west        1    0.10     0   0.00%  4ms  4ms  4ms  4ms
`)
  })

  it('gives the operations a script measured itself a table of their own', () => {
    const record = recordOf(samplePlan(), (recorder) => {
      const tags = { op: 'rename', code: 'ok' }
      recorder.add('op_reqs', 1, tags)
      recorder.add('op_duration', 30, tags)
      recorder.add('op_failed', 0, tags)
      recorder.add('op_bytes', 5e7, tags)
    })
    expect(summaryText(record, style(100))).to.include(golden`
    OPERATIONS OF THE SCRIPT
    op      count  rate/s  MB/s  failed   med   p95   p99   max
    rename      1    0.10  5.00   0.00%  30ms  30ms  30ms  30ms
`)
  })

  it('never lets a share of failures that is not zero read as zero', () => {
    const record = recordOf(samplePlan(), (recorder) => {
      for (let n = 0; n < 20_001; n++) recorder.operation(operation({ code: n === 0 ? 'timeout' : 'ok' }), {})
    })
    expect(summaryText(record, style(100))).to.match(/get {2}20001 .* <0\.01% /)
  })

  it('says first that the run was limited by its own generator, why, and what to change', () => {
    const shard = { shard: 0, reportedMs: 10_000, busyMs: 5000, lateMs: 0, cpuMean: 0.9, cpuMax: 1, lagP99Ms: 12 }
    const text = summaryText(recordOf(samplePlan(), () => { return }, { generator: judgeGenerator([shard]) }), style(80))
    expect(text.split('\n').slice(0, 5)).to.deep.equal([
      '',
      '  the run was limited by its own generator: its one shard used all of its core',
      '  for 50 % of the run (event loop p99: 12.0 ms late). Give it more cores',
      '  (--shards N, or a larger machine), or offer less, before trusting its figures', '',
    ])
  })

  it('shows errors that lead to one line of the script as one, the most frequent first, and how many more there are', () => {
    const record = recordOf(samplePlan(), (recorder) => {
      const fail = (message: string, stack: string, endedIteration: boolean): void => {
        recorder.error({ message, stack, scenario: 'mixed', endedIteration })
      }
      for (let n = 0; n < 30; n++) fail(`kind ${String(n)}`, `at f (bundle:${String(n)}:1)`, true)
      for (let n = 0; n < 5; n++) fail('same', `at g (bundle:${String(100 + n)}:1)`, false)
    })
    const text = summaryText(record, { ...style(80), locate: (stack) => stack.includes(' g ') ? { location: 'a.ts:1:1' } : {} })
    const errors = text.slice(text.indexOf('█ ERRORS'))
    expect(errors).to.include('        5  same\n           a.ts:1:1 · ended no iteration\n        1  kind 0\n')
    expect(errors).to.include('       11  in 11 further kinds of errors\n')
  })

  it('shows errors that differ in the key they name as one', () => {
    const record = recordOf(samplePlan(), (recorder) => {
      for (let n = 0; n < 30; n++) {
        recorder.error({ message: `GET k-${String(n)}: answered 503`, stack: 'at f', scenario: 'mixed', endedIteration: true })
      }
    })
    const text = summaryText(record, { ...style(80), locate: () => ({ location: 'a.ts:1:1' }) })
    expect(text.slice(text.indexOf('count  error'))).to.match(
      /^count {2}error\n {7}30 {2}GET k-0: answered 503\n {11}a\.ts:1:1 · the first of them; others name other keys or amounts\n/)
  })

  it('lets nothing a script or a store said command the terminal', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (said) => {
      const record = recordOf(samplePlan({}, { mode: 'full' }), (recorder) => {
        recorder.operation(operation({ op: said }), { group: `::${said}`, scenario: 'mixed' })
        recorder.add('checks', 0, { check: said, group: `::${said}`, scenario: 'mixed' })
        recorder.error({ message: said, stack: said, scenario: 'mixed', endedIteration: true })
      })
      const text = summaryText(record, { ...style(80), locate: () => ({ location: said, lineText: said }) })
      expect(text.replaceAll('\n', '')).not.to.match(/\p{Cc}/u)
    }))
  })
})

describe('the lines about failed thresholds', () => {
  it('name each metric with what was asked and what was seen', () => {
    expect(verdictLines(goldenRecord())).to.deep.equal([
      "thresholds on metrics 's3_req_failed' have been crossed: rate<0.001 was 16.66%",
      "thresholds on metrics 's3_reqs{op:copy}' have been crossed: count>0 had no samples",
    ])
  })

  it('are none when all held', () => {
    expect(verdictLines(recordOf(samplePlan(), () => { return }))).to.deep.equal([])
  })

  it('show values in the unit of their metric', () => {
    const plan = samplePlan({
      thresholds: [
        threshold('iteration_duration', 'p(99)<200'), threshold('iteration_duration', 'avg<1'),
        threshold('data_sent', 'rate<1'), threshold('iterations', 'rate>9'),
      ],
    })
    const record = recordOf(plan, (recorder) => {
      recorder.add('iteration_duration', 312.4, {})
      recorder.add('data_sent', 123_450, {})
      recorder.add('iterations', 1, {})
    })
    expect(verdictLines(record)).to.deep.equal([
      "thresholds on metrics 'data_sent' have been crossed: rate<1 was 12 kB/s",
      "thresholds on metrics 'iteration_duration' have been crossed: p(99)<200 was 312.4ms, avg<1 was 312.4ms",
      "thresholds on metrics 'iterations' have been crossed: rate>9 was 0.1/s",
    ])
  })
})

describe('the summary export', () => {
  it('is the summary data as JSON text', () => {
    const text = summaryExport(goldenRecord(), { isStdOutTTY: false, isStdErrTTY: false, noColor: true })
    expect(text.endsWith('}\n')).to.equal(true)
    const { metrics } = JSON.parse(text) as { metrics: Record<string, { thresholds?: Record<string, unknown> }> }
    expect(metrics['s3_req_failed']?.thresholds).to.deep.equal({ 'rate<0.001': { ok: false } })
  })
})
