// What `handleSummary` gets of the load itself: each scenario's offered and achieved, and whether the generator was the limit.
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import type { IterationFigures } from './breakdown.ts'
import type { RunRecord } from './record.ts'
import type { ScenarioResult } from './scenario-result.ts'

const timesData = (times: IterationFigures['duration']): Json => times === undefined ? null : { ...times }

const figuresData = ({ count, failed, duration }: IterationFigures): JsonObject =>
  ({ iterations: count, failed, duration_ms: timesData(duration) })

const scenarioData = (one: ScenarioResult): JsonObject => ({
  name: one.name, executor: one.executor, ran_ms: one.ranMs,
  iterations: {
    offered: one.offered, begun: one.begun, failed: one.failed, interrupted: one.interrupted, dropped: one.dropped, queued: one.queued,
    offered_per_s: one.offeredPerSecond, begun_per_s: one.begunPerSecond,
  },
  vus: { planned: one.vusPlanned, most: one.vusMost },
  shortfalls: one.shortfalls.map(({ kind, message, change }) => ({ kind, message, change })),
  tasks: one.tasks.map((task) => ({ task: task.task, ...figuresData(task) })),
  steps: one.steps.map((step) => ({
    level: step.level, of: step.of, measured_ms: step.measuredMs, ...figuresData(step), response_ms: timesData(step.response),
    iterations_per_s: step.iterationsPerSecond, operations_per_s: step.operationsPerSecond, bytes_per_s: step.bytesPerSecond,
  })),
  response: one.response.map(({ of, service, response }) => ({ of, service_ms: { ...service }, response_ms: { ...response } })),
})

/** `scenarios` and `generator` of the summary's data. Times are ms, rates per second of the scenario's own time. */
export const loadData = ({ scenarios, generator }: Pick<RunRecord, 'scenarios' | 'generator'>): JsonObject => ({
  scenarios: scenarios.map(scenarioData),
  generator: {
    limited: generator.limited,
    reasons: generator.reasons.map(({ kind, message, change }) => ({ kind, message, change })),
    shards: generator.shards.map((shard) => ({
      shard: shard.shard, reported_ms: shard.reportedMs, busy_ms: shard.busyMs, late_ms: shard.lateMs,
      cpu_mean: shard.cpuMean, cpu_max: shard.cpuMax, lag_p99_ms: shard.lagP99Ms,
    })),
  },
})
