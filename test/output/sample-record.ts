// A finished run, made through the recorder and the aggregate as a real one is, with figures that follow from a seed.
import { randomFrom, type Sample, type Tags } from '../../bindings/sdk/index.ts'
import { Aggregate } from '../../runtime/metrics/aggregate.ts'
import { countedIn } from '../../runtime/metrics/counted.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'
import type { RunRecord } from '../../runtime/metrics/record.ts'
import type { ScenarioProgress } from '../../runtime/metrics/snapshot.ts'
import { judge } from '../../runtime/metrics/verdict.ts'
import type { Plan, Scenario, SummaryOptions } from '../../runtime/plan/plan.ts'
import { parseSelector, parseThreshold, type Threshold } from '../../runtime/plan/threshold.ts'

const SECOND_NS = 1e9

export const threshold = (metric: string, source: string, more: Partial<Threshold> = {}): Threshold => ({
  metric, selector: parseSelector(metric), source, expression: parseThreshold(source),
  abortOnFail: false, delayAbortEvalNs: 0, allowEmpty: false, ...more,
})

export const constantVus = (name: string, more: Partial<Extract<Scenario, { executor: 'constant-vus' }>> = {}): Scenario => ({
  name, executor: 'constant-vus', exec: 'default', vus: 10, durationNs: 15 * SECOND_NS, startTimeNs: 0, gracefulStopNs: 30 * SECOND_NS,
  env: {}, tags: {}, ...more,
})

export const samplePlan = (more: Partial<Plan> = {}, summary: Partial<SummaryOptions> = {}): Plan => ({
  version: 1, runId: '3f9a1c', seed: 42, script: { name: 'mixed.ts', digest: 'd' },
  scenarios: [constantVus('mixed')], thresholds: [], gate: true,
  tags: {}, env: {}, setup: { run: true, timeoutNs: 60 * SECOND_NS }, teardown: { run: true, timeoutNs: 60 * SECOND_NS },
  cleanup: { run: true, timeoutNs: 60 * SECOND_NS }, minIterationDurationNs: 0,
  summary: { mode: 'compact', trendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'], timeUnit: null, ...summary },
  limits: { vuMemoryBytes: 64 * 1024 ** 2, vuSliceNs: SECOND_NS / 4 }, prefix: 'chopsticks-3f9a1c/', target: null,
  shards: 2, workloads: ['s3'], ...more,
})

export const operation = (more: Partial<Sample> = {}): Sample => ({
  workload: 's3', op: 'get', driver: 'native', target: 'default', due: 0, started: 0, firstByte: 2, ended: 4, bytesIn: 0, bytesOut: 0,
  wireIn: 300, wireOut: 200, code: 'ok', paced: false, verified: false, expected: false, ...more,
})

/** A record of what `record` counts, in one shard and one report. */
export function recordOf(
  plan: Plan, record: (recorder: Recorder) => void, more: Partial<RunRecord> = {}, progress: readonly ScenarioProgress[] = [],
): RunRecord {
  const recorder = new Recorder(plan.tags)
  record(recorder)
  const aggregate = new Aggregate()
  aggregate.merge(0, { sequence: 0, ...recorder.take(), progress })
  const measuredMs = more.times?.measuredMs ?? 10_000
  return {
    version: 1, runId: plan.runId, startedAt: '2026-11-24T03:00:00.000Z', plan, times: { initMs: 120, measuredMs },
    targets: [], builtin: false,
    ...countedIn(plan, aggregate),
    verdicts: judge(plan.thresholds, aggregate, measuredMs, { final: true }), cleanup: { ran: true, deleted: 0, remaining: 0 },
    ending: { kind: 'passed' }, setupData: undefined, ...more,
  }
}

const OPS = [
  { op: 'get', share: 0.45, medianMs: 3.1, bytesIn: 65_536, bytesOut: 0 },
  { op: 'put', share: 0.70, medianMs: 8.4, bytesIn: 0, bytesOut: 65_536 },
  { op: 'head', share: 0.85, medianMs: 1.2, bytesIn: 0, bytesOut: 0 },
  { op: 'delete', share: 0.95, medianMs: 2.2, bytesIn: 0, bytesOut: 0 },
  { op: 'list', share: 1, medianMs: 12.5, bytesIn: 0, bytesOut: 0 },
] as const

/** A run like `scripts/s3-mixed-workload.ts`: some operations throttled, some checks failed, an iteration that threw. */
export function busyRecord(plan: Plan, iterations = 28_000): RunRecord {
  const random = randomFrom(7)
  return recordOf(plan, (recorder) => {
    recorder.declare({ name: 'object_age', type: 'trend', contains: 'time' })
    recorder.declare({ name: 'cache_hits', type: 'counter', contains: 'default' })
    const scenarios = plan.scenarios.map(({ name }): Tags => Object.freeze({ scenario: name }))
    for (let n = 0; n < iterations; n++) {
      const base = scenarios[n % scenarios.length] ?? {}
      const tags = n % 4 === 3 ? Object.freeze({ ...base, group: '::warm' }) : base
      const draw = random.fraction()
      const chosen = OPS.find(({ share }) => draw < share) ?? OPS[0]
      const tail = random.fraction()
      const tookMs = chosen.medianMs * (0.6 + tail * 0.8 + (tail > 0.99 ? 20 * random.fraction() : 0))
      const code = n % 700 === 699 ? 'throttled' : n % 9000 === 8999 ? 'timeout' : 'ok'
      const bytes = code === 'ok' ? chosen : { bytesIn: 0, bytesOut: 0 }
      recorder.operation(operation({
        op: chosen.op, code, ended: tookMs, firstByte: tookMs * 0.7, bytesIn: bytes.bytesIn, bytesOut: bytes.bytesOut,
        wireIn: bytes.bytesIn + 320, wireOut: bytes.bytesOut + 410,
      }), tags)
      if (chosen.op === 'get') recorder.add('checks', n % 5000 === 4999 ? 0 : 1, { ...tags, check: 'all bytes came' })
      recorder.add('iterations', 1, base)
      recorder.add('iteration_duration', tookMs + 0.3, base)
      recorder.add('iteration_response', tookMs + 0.3, base)
      recorder.add('iterations_failed', code === 'ok' ? 0 : 1, base)
      if (code !== 'ok') {
        recorder.error({
          message: `StorageError: s3.${chosen.op}: the store answered 503 SlowDown (${code})`, stack: `at ${chosen.op} (bundle:12:5)`,
          scenario: base['scenario'] ?? '', endedIteration: true,
        })
      }
      recorder.add('cache_hits', n % 3 === 0 ? 1 : 0, base)
      recorder.add('object_age', n % 1000, base)
    }
    recorder.add('group_duration', 12.5, { group: '::warm', scenario: 'mixed' })
    recorder.add('vus', 10, {})
    recorder.add('vus_max', 10, {})
    recorder.add('generator_lag', 0.4, {})
    recorder.add('generator_cpu', 0.61, { shard: '0' })
  }, { times: { initMs: 120, measuredMs: 15_000 } })
}
