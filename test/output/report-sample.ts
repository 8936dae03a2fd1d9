// A run of a minute for reports: three operations, a slow third quarter, failures, and names that want to be markup.
import { randomFrom, type Tags } from '../../bindings/sdk/index.ts'
import { Aggregate } from '../../runtime/metrics/aggregate.ts'
import { countedIn } from '../../runtime/metrics/counted.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'
import type { ScenarioProgress } from '../../runtime/metrics/snapshot.ts'
import { Timeline } from '../../runtime/metrics/timeline.ts'
import { judge } from '../../runtime/metrics/verdict.ts'
import type { Plan } from '../../runtime/plan/plan.ts'
import type { ReportParts } from '../../runtime/output/report/report.ts'
import { constantVus, operation, recordOf, samplePlan, threshold } from './sample-record.ts'

export const HOSTILE = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
export const SECRET = 'se<c"r>et'
const SECONDS = 60
const OPS = [
  { op: 'get', medianMs: 3.1, a: 40, bytesIn: 65_536, bytesOut: 0 }, { op: 'put', medianMs: 8.4, a: 20, bytesIn: 0, bytesOut: 65_536 },
  { op: 'list', medianMs: 22, a: 4, bytesIn: 0, bytesOut: 0 },
]

/** What a report is made from. `seconds` of 60 were kept. */
export function sampleReport(more: Partial<Plan> = {}, seconds = SECONDS): ReportParts {
  const random = randomFrom(7)
  const plan = samplePlan({
    scenarios: [constantVus('mixed')], tags: { team: HOSTILE, key: SECRET },
    thresholds: [threshold('s3_req_duration{op:get}', 'p(95)<200'), threshold('s3_req_failed', 'rate<0.001')], ...more,
  })
  const recorder = new Recorder(plan.tags)
  const aggregate = new Aggregate()
  const timeline = new Timeline()
  const tags: Tags = Object.freeze({ scenario: 'mixed' })
  const running: ScenarioProgress = {
    scenario: 'mixed', state: 'running', vusActive: 10, vus: 10, vusMost: 10, ranMs: SECONDS * 1000, iterationsDone: 3800,
    iterationsInterrupted: 0, iterationsFailed: 10, iterationsPlanned: null, iterationsBegun: 3810, iterationsDropped: 0,
    iterationsQueued: 0, iterationsOffered: null,
  }
  for (let second = 0; second < SECONDS; second++) {
    const slow = second >= 30 && second < 45 ? 6 : 1
    for (const { op, medianMs, a, bytesIn, bytesOut } of OPS) {
      for (let n = 0; n < a / Math.sqrt(slow); n++) {
        const tail = random.fraction()
        const ended = slow * medianMs * (0.6 + tail * 0.8 + (tail > 0.98 ? 20 * random.fraction() : 0))
        const failed = slow > 1 && n % 15 === 0
        recorder.operation(operation({ op, ended, bytesIn, bytesOut, code: failed ? 'unavailable' : 'ok' }), tags)
        recorder.add('iterations', 1, tags)
        recorder.add('iteration_duration', ended, tags)
        if (failed) recorder.error({ message: `StorageError: ${HOSTILE}`, stack: `at ${op}`, scenario: 'mixed', endedIteration: false })
      }
    }
    recorder.add('checks', second % 20 === 0 ? 0 : 1, { ...tags, check: HOSTILE })
    recorder.add('vus', Math.min(10, second + 1), {})
    const taken = recorder.take()
    aggregate.merge(0, { sequence: second, ...taken, progress: [running] })
    if (second < seconds) timeline.add({ startMs: second * 1000, lengthMs: 1000, series: taken.series })
  }
  const base = recordOf(plan, () => { return })
  const measuredMs = SECONDS * 1000
  const verdicts = judge(plan.thresholds, aggregate, measuredMs, { final: true })
  const subject = { workload: 's3', op: 'get', target: 'default' }
  return {
    record: {
      ...base, ...countedIn(plan, aggregate), times: { initMs: 100, measuredMs }, verdicts, targets: ['s3: native at http://store.example'],
      ending: { kind: 'thresholds', message: 'thresholds failed', aborted: false },
      slowest: [{
        ...subject, driver: 'native', startMs: 31_250, durationMs: 812.5, code: 'ok', key: `chopsticks-3f9a1c/${HOSTILE}`, requestId: 'tx7',
      }],
      outages: [{ ...subject, fromMs: 30_000, durationMs: 1500, ended: true }],
    },
    windows: timeline.windows(), ending: { message: 'thresholds failed', place: undefined }, locate: () => ({ location: 'mixed.ts:12:5' }),
    environment: [{ name: 'chopsticks', value: '0.1.0' }, { name: 'system', value: 'linux 6.8.0 x64' }], remarks: [],
    clean: (text) => text.replaceAll(SECRET, '***'),
  }
}
