// Every metric a run measures by itself, and what a threshold can ask of each type.
import { didYouMean } from './nearest.ts'
import type { MetricContains, MetricDeclaration, MetricType } from './plan.ts'
import { OptionError } from './problem.ts'
import type { Aggregation, Expression } from './threshold.ts'

const metric = (name: string, type: MetricType, contains: MetricContains = 'default'): MetricDeclaration => ({ name, type, contains })

const COMMON: readonly MetricDeclaration[] = [
  metric('iterations', 'counter'),
  metric('iteration_duration', 'trend', 'time'),
  metric('iteration_response', 'trend', 'time'),
  metric('iterations_failed', 'rate'),
  metric('dropped_iterations', 'counter'),
  metric('vus', 'gauge'),
  metric('vus_max', 'gauge'),
  metric('checks', 'rate'),
  metric('group_duration', 'trend', 'time'),
  metric('data_sent', 'counter', 'data'),
  metric('data_received', 'counter', 'data'),
  metric('verify_failed', 'rate'),
  metric('generator_lag', 'trend', 'time'),
  metric('generator_cpu', 'gauge'),
  metric('op_reqs', 'counter'),
  metric('op_duration', 'trend', 'time'),
  metric('op_failed', 'rate'),
  metric('op_bytes', 'counter', 'data'),
]

const ofWorkload = (workload: string): readonly MetricDeclaration[] => [
  metric(`${workload}_reqs`, 'counter'),
  metric(`${workload}_req_duration`, 'trend', 'time'),
  metric(`${workload}_req_waiting`, 'trend', 'time'),
  metric(`${workload}_req_response`, 'trend', 'time'),
  metric(`${workload}_req_connecting`, 'trend', 'time'),
  metric(`${workload}_req_tls_handshaking`, 'trend', 'time'),
  metric(`${workload}_req_staging`, 'trend', 'time'),
  metric(`${workload}_req_submission`, 'trend', 'time'),
  metric(`${workload}_req_completion`, 'trend', 'time'),
  metric(`${workload}_req_failed`, 'rate'),
  metric(`${workload}_retries`, 'counter'),
  metric(`${workload}_composite_duration`, 'trend', 'time'),
  metric(`${workload}_bytes`, 'counter', 'data'),
  metric(`${workload}_outage_max`, 'gauge', 'time'),
]

/** The metrics of a run that uses these workloads (`s3`, …), the script's own aside. */
export const builtinMetrics = (workloads: readonly string[]): readonly MetricDeclaration[] =>
  [...COMMON, ...workloads.flatMap(ofWorkload)]

const AGGREGATIONS: Readonly<Record<MetricType, readonly Aggregation['kind'][]>> = {
  counter: ['count', 'rate'],
  gauge: ['value'],
  rate: ['rate'],
  trend: ['avg', 'min', 'max', 'med', 'p'],
}

/** Throws OptionError when a metric of this type has no such aggregation. */
export function checkAggregation(name: string, type: MetricType, { aggregation, overNs }: Expression): void {
  const known = AGGREGATIONS[type]
  if (known.includes(aggregation.kind)) {
    if (type === 'gauge' && overNs !== undefined) {
      throw new OptionError(`metric '${name}' is a gauge, whose last value has no windows: leave out 'over'`)
    }
    return
  }
  const asked = aggregation.kind === 'p' ? 'p(N)' : aggregation.kind
  const usable = known.map((kind) => kind === 'p' ? 'p(N)' : kind)
  throw new OptionError(`metric '${name}' is a ${type}, which has no ${asked}: use ${usable.join(', ')}`)
}

/** The metric a threshold names. Throws OptionError, with the nearest known name, when there is none. */
export function metricNamed(name: string, metrics: readonly MetricDeclaration[]): MetricDeclaration {
  const found = metrics.find((known) => known.name === name)
  if (found !== undefined) return found
  const workload = /^([a-z\d]+)_(?:reqs|req_\w+|bytes|retries|composite_duration|outage_max)$/.exec(name)?.[1]
  const names = metrics.map((known) => known.name)
  const guess = didYouMean(name, names)
  const hint = guess === '' && workload !== undefined
    ? `; import chopsticks/${workload} in the script for those of ${workload}` : guess
  throw new OptionError(`there is no metric '${name}'${hint}`)
}
