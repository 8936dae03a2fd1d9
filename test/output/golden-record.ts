// A small run whose every figure can be checked by hand, for the golden texts.
import type { RunRecord } from '../../runtime/metrics/record.ts'
import { constantVus, operation, recordOf, samplePlan, threshold } from './sample-record.ts'
import type { SummaryOptions } from '../../runtime/plan/plan.ts'

const TAGS = Object.freeze({ scenario: 'mixed' })
const IN_GROUP = Object.freeze({ scenario: 'mixed', group: '::größe 検証' })

/** 10 s: 4 gets, 2 puts of which one was throttled; a failed check in a group; an iteration that threw. */
export function goldenRecord(summary: Partial<SummaryOptions> = {}): RunRecord {
  const plan = samplePlan({
    scenarios: [constantVus('mixed')],
    thresholds: [
      threshold('s3_req_duration{op:get}', 'p(95)<200'), threshold('s3_req_failed', 'rate<0.001'), threshold('s3_reqs{op:copy}', 'count>0'),
    ],
  }, summary)
  return recordOf(plan, (recorder) => {
    recorder.declare({ name: 'object_age', type: 'trend', contains: 'time' })
    const get = operation({ op: 'get', ended: 100, bytesIn: 5_000_000, wireIn: 5_000_100, verified: true })
    for (let n = 0; n < 4; n++) recorder.operation(get, TAGS)
    recorder.operation(operation({ op: 'put', ended: 1500, bytesOut: 1_000_000, wireOut: 1_000_200 }), TAGS)
    recorder.operation(operation({ op: 'put', ended: 20, code: 'throttled' }), TAGS)
    for (let n = 0; n < 5; n++) {
      recorder.add('iterations', 1, TAGS)
      recorder.add('iteration_duration', 250, TAGS)
      recorder.add('iterations_failed', n === 0 ? 1 : 0, TAGS)
    }
    recorder.add('object_age', 90_000, TAGS)
    recorder.add('checks', 1, { ...TAGS, check: 'all bytes came' })
    recorder.add('checks', 1, { ...IN_GROUP, check: 'the key 鍵 is \u001b[31mright, whatever its name may be and however long it is' })
    recorder.add('checks', 0, { ...IN_GROUP, check: 'the key 鍵 is \u001b[31mright, whatever its name may be and however long it is' })
    recorder.add('vus', 10, {})
    recorder.add('vus_max', 10, {})
    recorder.add('generator_lag', 0.5, {})
    recorder.error({
      message: 'StorageError: s3.put: the store said 503 SlowDown to a request that was well formed',
      stack: 'at put (bundle:3:9)', scenario: 'mixed', endedIteration: true,
    })
  })
}
