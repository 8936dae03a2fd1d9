// What `handleSummary` gets and `--summary-export` writes: k6's shape of a finished run, with the run's own facts beside it.
//
// Where it differs from k6's: `id` of a group or check is its path (there it is the path's MD5); rates divide by the measured time,
// which is also `testRunDurationMs`; `run`, `scenarios`, `generator` and `errors` are ours. As in k6, `"ok": true` means that the
// threshold held.
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import { groupTree, type CheckCount, type GroupNode } from './checks.ts'
import { figuresOf } from './figures.ts'
import { loadData } from './load-data.ts'
import type { RunRecord } from './record.ts'
import { reportedMetrics } from './reported.ts'

/** What the summary's readers may want to know of the terminal. */
export interface SummaryState {
  readonly isStdOutTTY: boolean
  readonly isStdErrTTY: boolean
  readonly noColor: boolean
}

const checkData = (parent: string, { name, passes, fails }: CheckCount): JsonObject => {
  const path = `${parent}::${name}`
  return { name, path, id: path, passes, fails }
}

const groupData = ({ name, path, groups, checks }: GroupNode): JsonObject =>
  ({ name, path, id: path, groups: groups.map(groupData), checks: checks.map((check) => checkData(path, check)) })

function metricsData(record: RunRecord): JsonObject {
  const { plan, times } = record
  return Object.fromEntries(reportedMetrics(record).map(({ name, contains, data, verdicts }) => [name, {
    type: data.type,
    contains,
    values: figuresOf(data, times.measuredMs, plan.summary.trendStats),
    ...(verdicts.length === 0 ? {} : { thresholds: Object.fromEntries(verdicts.map(({ threshold, ok }) => [threshold.source, { ok }])) }),
  }]))
}

/** The data; JSON throughout. */
export function summaryData(record: RunRecord, { isStdOutTTY, isStdErrTTY, noColor }: SummaryState): JsonObject {
  const { plan, times, setupData, errors, runId, startedAt, targets, builtin, ending, remarks, until } = record
  return {
    root_group: groupData(groupTree(record.series)),
    options: { summaryTrendStats: plan.summary.trendStats, summaryTimeUnit: plan.summary.timeUnit ?? '', noColor },
    state: { isStdOutTTY, isStdErrTTY, testRunDurationMs: times.measuredMs },
    metrics: metricsData(record),
    ...(setupData === undefined ? {} : { setup_data: JSON.parse(setupData) as Json }),
    run: {
      id: runId, script: plan.script.name, seed: plan.seed, started_at: startedAt, targets, built_in_store: builtin,
      ...(remarks === undefined ? {} : { remarks: Object.values(remarks).flat() }),
      ...(until === undefined ? {} : { until: { reached: until.reached, messages: until.messages } }),
      ending: ending.kind, ...('message' in ending ? { message: ending.message } : {}),
    },
    ...loadData(record),
    errors: errors.map(({ message, scenario, count, endedIteration, varies }) =>
      ({ message, scenario, count, ended_iteration: endedIteration, varies })),
  }
}
