// The summary as people see it: golden texts at three widths, and what must hold for any run.
import { expect } from 'chai'
import fc from 'fast-check'
import { displayWidth } from '../../runtime/output/text.ts'
import { summaryExport } from '../../runtime/output/summary-export.ts'
import { summaryText } from '../../runtime/output/summary.ts'
import { verdictLines } from '../../runtime/output/verdict-lines.ts'
import { goldenRecord } from './golden-record.ts'
import { busyRecord, constantVus, operation, recordOf, samplePlan, threshold } from './sample-record.ts'

const locate = () => ({ location: 'mixed.ts:12:5', lineText: "    await s3.put('a', content)" })
const style = (columns: number) => ({ columns, colour: false, locate })
/** The text between two back-quotes, without the line break that follows the first. */
const golden = (text: TemplateStringsArray): string => String.raw(text).slice(1)

describe('the summary', () => {
  it('is wrapped between words and drops what there is no room for at 60 columns', () => {
    expect(summaryText(goldenRecord(), style(60))).to.equal(golden`


  █ THRESHOLDS

    s3_req_duration{op:get}
    ✓ 'p(95)<200' p(95)=100ms

    s3_req_failed
    ✗ 'rate<0.001' rate=16.66%

    s3_reqs{op:copy}
    ✗ 'count>0' no samples


  █ TOTAL RESULTS

    checks_total.......: 3      0.3/s
    checks_succeeded...: 66.66% 2 out of 3
    checks_failed......: 33.33% 1 out of 3

    ✓ all bytes came
    ✗ the key 鍵 is \u001b[31mright, whatever its name may
      be and however long it is
      ↳  50% — ✓ 1 / ✗ 1

    CUSTOM
    object_age...........: avg=1m30s min=1m30s med=1m30s
                           max=1m30s p(90)=1m30s
                           p(95)=1m30s

    STORAGE s3
    op   count  rate/s  MB/s  failed    med    p95    p99
    get      4    0.40  2.00   0.00%  100ms  100ms  100ms
    put      2    0.20  0.10  50.00%  760ms  1.42s  1.48s
    no room for: max
    ✗ put: throttled 1

    s3_bytes.............: 21 MB  2.1 MB/s
    s3_req_duration......: avg=320ms min=20ms  med=100.12ms
                           max=1.5s  p(90)=800.06ms
                           p(95)=1.15s
      { op:get }.........: avg=100ms min=100ms med=100ms
                           max=100ms p(90)=100ms
                           p(95)=100ms
    s3_req_failed........: 16.66% 1 out of 6
    s3_reqs..............: 6      0.6/s
      { op:copy }........: 0      0/s

    EXECUTION
    iteration_duration...: avg=250ms min=250ms med=250ms
                           max=250ms p(90)=250ms
                           p(95)=250ms
    iterations...........: 5      0.5/s
    iterations_failed....: 20.00% 1 out of 5
    verify_failed........: 0.00%  0 out of 5
    vus..................: 10     min=10     max=10
    vus_max..............: 10     min=10     max=10

    NETWORK
    data_received........: 20 MB  2.0 MB/s
    data_sent............: 1.0 MB 100 kB/s


  █ ERRORS

    count  error
        1  StorageError: s3.put: the store said 503 SlowDown
           to a request that was well formed
           mixed.ts:12:5
             await s3.put('a', content)

`)
  })

  it('shows every section at 80 columns, and says when it was a self-test', () => {
    expect(summaryText({ ...goldenRecord(), builtin: true }, style(80))).to.equal(golden`

  self-test against the built-in store, not storage


  █ THRESHOLDS

    s3_req_duration{op:get}
    ✓ 'p(95)<200' p(95)=100ms

    s3_req_failed
    ✗ 'rate<0.001' rate=16.66%

    s3_reqs{op:copy}
    ✗ 'count>0' no samples


  █ TOTAL RESULTS

    checks_total.......: 3      0.3/s
    checks_succeeded...: 66.66% 2 out of 3
    checks_failed......: 33.33% 1 out of 3

    ✓ all bytes came
    ✗ the key 鍵 is \u001b[31mright, whatever its name may be and however long
      it is
      ↳  50% — ✓ 1 / ✗ 1

    CUSTOM
    object_age...........: avg=1m30s min=1m30s med=1m30s    max=1m30s
                           p(90)=1m30s    p(95)=1m30s

    STORAGE s3
    op   count  rate/s  MB/s  failed    med    p95    p99    max
    get      4    0.40  2.00   0.00%  100ms  100ms  100ms  100ms
    put      2    0.20  0.10  50.00%  760ms  1.42s  1.48s   1.5s
    ✗ put: throttled 1

    s3_bytes.............: 21 MB  2.1 MB/s
    s3_req_duration......: avg=320ms min=20ms  med=100.12ms max=1.5s
                           p(90)=800.06ms p(95)=1.15s
      { op:get }.........: avg=100ms min=100ms med=100ms    max=100ms
                           p(90)=100ms    p(95)=100ms
    s3_req_failed........: 16.66% 1 out of 6
    s3_reqs..............: 6      0.6/s
      { op:copy }........: 0      0/s

    EXECUTION
    iteration_duration...: avg=250ms min=250ms med=250ms    max=250ms
                           p(90)=250ms    p(95)=250ms
    iterations...........: 5      0.5/s
    iterations_failed....: 20.00% 1 out of 5
    verify_failed........: 0.00%  0 out of 5
    vus..................: 10     min=10     max=10
    vus_max..............: 10     min=10     max=10

    NETWORK
    data_received........: 20 MB  2.0 MB/s
    data_sent............: 1.0 MB 100 kB/s


  █ ERRORS

    count  error
        1  StorageError: s3.put: the store said 503 SlowDown to a request that
           was well formed
           mixed.ts:12:5
             await s3.put('a', content)

`)
  })

  it('in full mode shows each scenario with its groups, at 140 columns', () => {
    const text = summaryText(goldenRecord({ mode: 'full' }), style(140))
    expect(text.slice(text.indexOf('  █ SCENARIO'))).to.equal(golden`
  █ SCENARIO: mixed

    checks_total.......: 3      0.3/s
    checks_succeeded...: 66.66% 2 out of 3
    checks_failed......: 33.33% 1 out of 3

    ✓ all bytes came
    ✗ the key 鍵 is \u001b[31mright, whatever its name may be and however long it is
      ↳  50% — ✓ 1 / ✗ 1

    CUSTOM
    object_age...........: avg=1m30s min=1m30s med=1m30s    max=1m30s p(90)=1m30s    p(95)=1m30s

    STORAGE s3
    op   count  rate/s  MB/s  failed    med    p95    p99    max
    get      4    0.40  2.00   0.00%  100ms  100ms  100ms  100ms
    put      2    0.20  0.10  50.00%  760ms  1.42s  1.48s   1.5s
    ✗ put: throttled 1

    s3_bytes.............: 21 MB  2.1 MB/s
    s3_req_duration......: avg=320ms min=20ms  med=100.12ms max=1.5s  p(90)=800.06ms p(95)=1.15s
    s3_req_failed........: 16.66% 1 out of 6
    s3_req_waiting.......: avg=2ms   min=2ms   med=2ms      max=2ms   p(90)=2ms      p(95)=2ms
    s3_reqs..............: 6      0.6/s

    EXECUTION
    iteration_duration...: avg=250ms min=250ms med=250ms    max=250ms p(90)=250ms    p(95)=250ms
    iterations...........: 5      0.5/s
    iterations_failed....: 20.00% 1 out of 5
    verify_failed........: 0.00%  0 out of 5

    NETWORK
    data_received........: 20 MB  2.0 MB/s
    data_sent............: 1.0 MB 100 kB/s

    ↳ GROUP: größe 検証

      checks_total.......: 2      0.2/s
      checks_succeeded...: 50.00% 1 out of 2
      checks_failed......: 50.00% 1 out of 2

      ✗ the key 鍵 is \u001b[31mright, whatever its name may be and however long it is
        ↳  50% — ✓ 1 / ✗ 1


  █ ERRORS

    count  error
        1  StorageError: s3.put: the store said 503 SlowDown to a request that was well formed
           mixed.ts:12:5
             await s3.put('a', content)

`)
  })

  it('is empty when disabled', () => {
    expect(summaryText(goldenRecord({ mode: 'disabled' }), style(80))).to.equal('')
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
    const record = busyRecord(samplePlan({ scenarios: [constantVus('mixed'), constantVus('second')], thresholds: [threshold('s3_req_duration{op:get}', 'p(95)<1')] }, { mode: 'full' }), 2000)
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

  it('warns when the generator was the bottleneck', () => {
    const busy = (share: number, lateMs: number) => summaryText(recordOf(samplePlan(), (recorder) => {
      recorder.add('generator_cpu', share, { shard: '0' })
      recorder.add('generator_lag', lateMs, {})
    }), style(80))
    expect(busy(0.98, 12)).to.include('the generator was the bottleneck').and.include('98.00% of its core')
    expect(busy(0.98, 0.5)).not.to.include('bottleneck')
    expect(busy(0.4, 12)).not.to.include('bottleneck')
    expect(busy(0.4, 80)).to.include('bottleneck')
  })

  it('shows errors that lead to one line of the script as one, the most frequent first, and how many more there are', () => {
    const record = recordOf(samplePlan(), (recorder) => {
      for (let n = 0; n < 30; n++) recorder.error({ message: `kind ${String(n)}`, stack: `at f (bundle:${String(n)}:1)`, scenario: 'mixed', endedIteration: true })
      for (let n = 0; n < 5; n++) recorder.error({ message: 'same', stack: `at g (bundle:${String(100 + n)}:1)`, scenario: 'mixed', endedIteration: false })
    })
    const text = summaryText(record, { ...style(80), locate: (stack) => stack.includes(' g ') ? { location: 'a.ts:1:1' } : {} })
    const errors = text.slice(text.indexOf('█ ERRORS'))
    expect(errors).to.include('        5  same\n           a.ts:1:1 · ended no iteration\n        1  kind 0\n')
    expect(errors).to.include('       11  in 11 further kinds of errors\n')
  })

  it('lets nothing a script or a store said command the terminal', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (said) => {
      const record = recordOf(samplePlan({}, { mode: 'full' }), (recorder) => {
        recorder.operation(operation({ op: said }), { group: `::${said}`, scenario: 'mixed' })
        recorder.add('checks', 0, { check: said, group: `::${said}`, scenario: 'mixed' })
        recorder.error({ message: said, stack: said, scenario: 'mixed', endedIteration: true })
      })
      expect(summaryText(record, { ...style(80), locate: () => ({ location: said, lineText: said }) }).replaceAll('\n', '')).not.to.match(/\p{Cc}/u)
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
    const plan = samplePlan({ thresholds: [threshold('iteration_duration', 'p(99)<200'), threshold('iteration_duration', 'avg<1'), threshold('data_sent', 'rate<1'), threshold('iterations', 'rate>9')] })
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
