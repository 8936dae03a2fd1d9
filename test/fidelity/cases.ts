// Whole runs in virtual time against stores whose truth is known: what was true beside what the run's record says.
import { percentile, type TrendData } from '../../runtime/metrics/histogram.ts'
import type { RunRecord } from '../../runtime/metrics/record.ts'
import { selectFrom } from '../../runtime/metrics/series.ts'
import type { Plan, Scenario } from '../../runtime/plan/plan.ts'
import { samplePlan } from '../output/sample-record.ts'
import { simulate, type Fate, type Seen } from '../simulation/world.ts'
import { fateOf, type Shape } from './shapes.ts'

export const PERCENTILES = [50, 75, 90, 95, 99, 99.9] as const
export const SHARDS = [1, 4, 40] as const
export const MODELS = ['closed', 'open', 'open, stalled'] as const
export type Model = (typeof MODELS)[number]

/** VUs in all: a multiple of every number of shards. */
const VUS = 120
const RATE = 400
const OPEN_MS = 8000
const CLOSED_MS = 1000
/** While it lasts nothing is answered; what would have ended in it ends with it. */
export const STALL = { fromMs: 3000, toMs: 4000 }

const common = { name: 'load', exec: 'default', startTimeNs: 0, gracefulStopNs: 120e9, env: {}, tags: {} } as const
export const closedLoop = (vus: number, durationMs: number): Scenario =>
  ({ ...common, executor: 'constant-vus', vus, durationNs: durationMs * 1e6 })
export const openLoop = (rate: number, durationMs: number, vus: number): Scenario => ({
  ...common, executor: 'constant-arrival-rate', rate, timeUnitNs: 1e9, durationNs: durationMs * 1e6, preAllocatedVUs: vus, maxVUs: vus,
  late: 'queue', poisson: false,
})

interface Told { readonly count: number; readonly percentiles: readonly number[] }
export interface Case {
  readonly shape: Shape
  readonly model: Model
  readonly shards: number
  readonly what: 'service' | 'response'
  readonly truth: Told
  readonly report: Told
}

/** At rank p/100 · (count - 1), between two ranks by interpolation: on the values themselves. */
export function exactPercentile(sorted: readonly number[], p: number): number {
  const rank = p / 100 * (sorted.length - 1)
  const [low = 0, high = 0] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]]
  return low + (high - low) * (rank - Math.floor(rank))
}

function truthOf(values: readonly number[]): Told {
  const sorted = [...values].sort((a, b) => a - b)
  return { count: sorted.length, percentiles: PERCENTILES.map((p) => exactPercentile(sorted, p)) }
}

export function trendIn({ series }: Pick<RunRecord, 'series'>, metric: string): TrendData {
  const data = selectFrom(series, { name: metric, tags: {} })
  if (data?.type !== 'trend') throw new Error(`the record has no trend ${metric}`)
  return data
}

const reportOf = (record: RunRecord, metric: string): Told => {
  const data = trendIn(record, metric)
  return { count: data.count, percentiles: PERCENTILES.map((p) => percentile(data, p)) }
}

export interface Run { readonly record: RunRecord; readonly seen: readonly Seen[] }

/** Plays one scenario; `fate` says how long each iteration takes and whether it fails. */
export async function play(scenario: Scenario, shards: number, fate: (number: number) => Fate, stall?: typeof STALL): Promise<Run> {
  const plan: Plan = samplePlan({ scenarios: [scenario], shards, workloads: [] })
  const { result, seen } = await simulate(plan, stall === undefined ? {} : { stall }, {}, (_, { number }) => fate(number))
  return { record: result.record, seen }
}

/**
 * Response times as the arithmetic of queues says, in the order of arrival: one queue a shard, its arrivals dealt in turn and served in
 * their order by its own share of VUs, each free again when what it began has ended. Made from nothing the run said.
 */
function queueResponses(shards: number, vus: number, rate: number, durationMs: number, fate: (number: number) => Fate,
  stall?: typeof STALL): readonly number[] {
  const gapMs = Math.floor(1e9 / rate) / 1e6
  const free = Array.from({ length: shards }, () => Array.from({ length: vus / shards }, () => 0))
  const responses: number[] = []
  for (let number = 0; number * gapMs < durationMs; number++) {
    const servers = free[number % shards] ?? []
    const dueMs = number * gapMs
    const first = servers.indexOf(Math.min(...servers))
    const beginMs = Math.max(dueMs, servers[first] ?? 0)
    // What could not begin before the end is dropped.
    if (beginMs >= durationMs) continue
    const endMs = beginMs + fate(number).ms
    const ended = stall !== undefined && endMs >= stall.fromMs && endMs < stall.toMs ? stall.toMs : endMs
    servers[first] = ended
    responses.push(ended - dueMs)
  }
  return responses
}

/** Plays a model with a shape over so many shards. */
export async function casesOf(shape: Shape, model: Model, shards: number): Promise<readonly Case[]> {
  const fate = (number: number): Fate => fateOf(shape, number)
  const stall = model === 'open, stalled' ? STALL : undefined
  const isOpen = model !== 'closed'
  const run = await play(isOpen ? openLoop(RATE, OPEN_MS, VUS) : closedLoop(VUS, CLOSED_MS), shards, fate, stall)
  const service = truthOf(run.seen.map(({ beganMs, endedMs }) => endedMs - beganMs))
  const about = { shape, model, shards }
  const cases: Case[] = [{ ...about, what: 'service', truth: service, report: reportOf(run.record, 'iteration_duration') }]
  if (isOpen) {
    const truth = truthOf(queueResponses(shards, VUS, RATE, OPEN_MS, fate, stall))
    cases.push({ ...about, what: 'response', truth, report: reportOf(run.record, 'iteration_response') })
  }
  return cases
}

/** How far a report may be from the truth: 2 %, or 0.2 ms. */
export const isFaithful = ({ truth, report }: Case): boolean => truth.count === report.count
  && truth.percentiles.every((value, at) => Math.abs((report.percentiles[at] ?? NaN) - value) <= Math.max(0.02 * value, 0.2))

/** The furthest any percentile of a report is from the truth, as a share of it. */
export const worstError = ({ truth, report }: Case): number =>
  Math.max(...truth.percentiles.map((value, at) => Math.abs((report.percentiles[at] ?? NaN) - value) / Math.max(value, 0.2)))
