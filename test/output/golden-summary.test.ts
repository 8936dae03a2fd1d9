// The summary as people see it: golden texts at three widths.
import { expect } from 'chai'
import { summaryText } from '../../runtime/output/summary.ts'
import { goldenRecord } from './golden-record.ts'

const locate = () => ({ location: 'mixed.ts:12:5', lineText: "    await s3.put('a', content)" })
const style = (columns: number) => ({ columns, colour: false, locate })
/** The text between two back-quotes, without the line break that follows the first. */
const golden = (text: TemplateStringsArray): string => String.raw(text).slice(1)

describe('the summary of a small run', () => {
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
    verify_failed........: 0.00%  0 out of 4
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
    verify_failed........: 0.00%  0 out of 4
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
    verify_failed........: 0.00%  0 out of 4

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
})
