// A scenario's iterations told apart: by task, by step of a staircase, and by what they waited before they began.
import { isArrivals } from '../plan/load-shape.ts'
import type { Scenario } from '../plan/plan.ts'
import { perSecond, trendFigure } from './figures.ts'
import { selectFrom, tagValues } from './series.ts'
import type { Series, SeriesData } from './snapshot.ts'

/** Times, ms. */
export interface Times { readonly med: number; readonly p95: number; readonly p99: number; readonly max: number }

export interface IterationFigures {
  /** Iterations that ended by themselves, and how many of them failed. */
  readonly count: number
  readonly failed: number
  /** From their begin; undefined when none ended. */
  readonly duration: Times | undefined
}

/** The iterations of one task. */
export interface TaskResult extends IterationFigures { readonly task: string }

/** What was begun in one level of a staircase, without what settled. */
export interface StepResult extends IterationFigures {
  /** VUs, or iterations per second. */
  readonly level: number
  readonly of: 'vus' | 'rate'
  /** How long it was measured, ms. */
  readonly measuredMs: number
  /** Per second: iterations that ended, operations of all workloads, their payload bytes. */
  readonly iterationsPerSecond: number
  readonly operationsPerSecond: number
  readonly bytesPerSecond: number
  /** From their due moment; undefined where VUs loop. */
  readonly response: Times | undefined
}

/** What iterations, or one of their operations, took from their begin (service) and from when they were due (response). */
export interface ResponseResult {
  /** `iteration`, or an operation: `s3.get`. */
  readonly of: string
  readonly service: Times
  readonly response: Times
}

const timesOf = (data: SeriesData | undefined): Times | undefined => data?.type !== 'trend' || data.count === 0 ? undefined : {
  med: trendFigure(data, 'med'), p95: trendFigure(data, 'p(95)'), p99: trendFigure(data, 'p(99)'), max: data.max,
}

const sumOf = (series: readonly Series[], name: string, tags: Series['tags']): number => {
  const data = selectFrom(series, { name, tags })
  return data?.type === 'counter' ? data.sum : 0
}

function iterationFigures(series: readonly Series[], tags: Series['tags']): IterationFigures {
  const failed = selectFrom(series, { name: 'iterations_failed', tags })
  return {
    count: sumOf(series, 'iterations', tags), failed: failed?.type === 'rate' ? failed.trues : 0,
    duration: timesOf(selectFrom(series, { name: 'iteration_duration', tags })),
  }
}

/** One for each task, in the order of the script, those that never came included; `series` are the scenario's own. */
export function taskResults({ tasks }: Scenario, series: readonly Series[]): readonly TaskResult[] {
  if (tasks === undefined) return []
  const names = tasks.kind === 'sequence' ? [...new Set(tasks.names)] : Object.keys(tasks.weights)
  return names.map((task) => ({ task, ...iterationFigures(series, { task }) }))
}

/** One for each level that was come to, in their order; what came to the same level twice is one. */
export function stepResults(
  scenario: Scenario, series: readonly Series[], ranMs: number, workloads: readonly string[],
): readonly StepResult[] {
  if (scenario.executor !== 'staircase') return []
  const { levels, holdNs, settleNs, of } = scenario
  const perUnit = scenario.of === 'rate' ? 1e9 / scenario.timeUnitNs : 1
  const measured = new Map<number, number>()
  for (const [index, level] of levels.entries()) {
    const beganMs = index * holdNs / 1e6
    const endMs = Math.min(beganMs + holdNs / 1e6, ranMs)
    if (beganMs < ranMs) measured.set(level, (measured.get(level) ?? 0) + Math.max(0, endMs - beganMs - settleNs / 1e6))
  }
  return [...measured].map(([level, measuredMs]) => {
    const tags = { step: String(level) }
    const total = (suffix: string): number => workloads.reduce((sum, workload) => sum + sumOf(series, `${workload}_${suffix}`, tags), 0)
    const figures = iterationFigures(series, tags)
    return {
      level: level * perUnit, of, measuredMs, ...figures,
      iterationsPerSecond: perSecond(figures.count, measuredMs), operationsPerSecond: perSecond(total('reqs'), measuredMs),
      bytesPerSecond: perSecond(total('bytes'), measuredMs),
      response: of === 'rate' ? timesOf(selectFrom(series, { name: 'iteration_response', tags })) : undefined,
    }
  })
}

/** Of a scenario whose iterations are due at moments: iterations first, then each operation by name; none where VUs loop. */
export function responseResults(
  scenario: Scenario, series: readonly Series[], workloads: readonly string[],
): readonly ResponseResult[] {
  if (!isArrivals(scenario)) return []
  const pair = (of: string, service: string, response: string, tags: Series['tags']): readonly ResponseResult[] => {
    const [served, answered] = [service, response].map((name) => timesOf(selectFrom(series, { name, tags })))
    return served === undefined || answered === undefined ? [] : [{ of, service: served, response: answered }]
  }
  return [
    ...pair('iteration', 'iteration_duration', 'iteration_response', {}),
    ...workloads.flatMap((workload) => [...tagValues(series.filter(({ metric }) => metric === `${workload}_req_response`), 'op')].sort()
      .flatMap((op) => pair(`${workload}.${op}`, `${workload}_req_duration`, `${workload}_req_response`, { op }))),
  ]
}

/** By so much response time has to be above service time to be worth a line. */
const DIFFERS = 1.05

/** True when the median, the 95th or the 99th percentile from due is more than 5 % above that from begin. */
export const waited = ({ service, response }: ResponseResult): boolean =>
  (['med', 'p95', 'p99'] as const).some((figure) => response[figure] > service[figure] * DIFFERS)
