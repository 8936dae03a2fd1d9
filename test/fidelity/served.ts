// Whole runs of the command line against a server of known truth: what the server recorded beside what the run exported.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCli, workspace } from '../kit/cli.ts'
import { exactPercentile, PERCENTILES } from './cases.ts'
import type { Shape } from './shapes.ts'
import type { Answered, Truth, TruthOptions } from './truth.ts'

export const SERVED_MODELS = ['closed', 'open', 'open, stalled'] as const
type ServedModel = (typeof SERVED_MODELS)[number]

/** What is measured, and how much of it. */
export interface Served {
  readonly shape: Shape
  readonly model: ServedModel
  readonly shards: number
  /** The length of an open load. */
  readonly seconds: number
}

/**
 * Delays have this beneath them: between the server's clock and the run's lie the loopback and both event loops, a few tenths of a
 * millisecond, which 2 % of this cover.
 */
const AT_LEAST_MS = 100
/** Iterations a second: of an open load due at their moments, of a closed one as many in all as an open one has. */
const RATE = 60
const VUS = 24
const STALL = { fromMs: 1000, toMs: 1800 }

const PERCENTILE_STATS = PERCENTILES.map((p) => `p(${String(p)})`)

interface Metric { readonly values: Readonly<Record<string, number>> }
interface Exported { readonly metrics: Readonly<Record<string, Metric | undefined>> }

/** One figure: as the server has it, and as the run says. */
interface Figure { readonly name: string; readonly truth: number; readonly report: number }

export interface ServedResult extends Served {
  /** What has to be equal: operations, failures, bytes each way. */
  readonly counts: readonly Figure[]
  /** Of service times, and in open loads of response times; ms. */
  readonly percentiles: readonly Figure[]
  /** How late the event loops of the two sides were at worst, by their own measure; ms. */
  readonly lagMs: { readonly generator: number; readonly server: number }
}

const scenarioOf = ({ model, seconds }: Served): object => model === 'closed'
  ? { executor: 'shared-iterations', vus: VUS, iterations: RATE * seconds }
  : { executor: 'constant-arrival-rate', rate: RATE, duration: `${String(seconds)}s`, preAllocatedVUs: VUS, maxVUs: VUS, late: 'queue' }

/** Sub-metrics are exported once a threshold names them. */
const SUBMETRICS = ['s3_bytes{direction:in}', 's3_bytes{direction:out}']

const scriptOf = (served: Served): string => `
import s3 from 'chopsticks/s3'
import exec from 'chopsticks/execution'
import { payload } from 'chopsticks'
export const options = ${JSON.stringify({
  scenarios: { load: scenarioOf(served) }, thresholds: Object.fromEntries(SUBMETRICS.map((name) => [name, ['count>=0']])),
  summaryTrendStats: ['count', ...PERCENTILE_STATS],
})}
export default async function () {
  const number = exec.scenario.iterationInTest
  try {
    if (number % 4 === 3) await s3.put('o-' + number, payload(1 + number * 7919 % 20000))
    else await s3.get('o-' + number)
  } catch (error) { if (error.code !== 'throttled') throw error }
}
`

/** A server in a process of its own; killed when disposed of. */
async function startServer(options: TruthOptions): Promise<AsyncDisposable & { readonly endpoint: string; truth(): Promise<Truth> }> {
  const child = fork(fileURLToPath(new URL('truth-server.js', import.meta.url)), [JSON.stringify(options)])
  const [{ port }] = await once(child, 'message') as [{ readonly port: number }]
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    async truth() {
      child.send('truth')
      const [truth] = await once(child, 'message') as [Truth]
      return truth
    },
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b)

/**
 * From the moment a request was due to its answer. Due moments are arithmetic: every `1/rate` from each shard's start, which lies no later
 * than its least late request came. So these are never longer than the truth, and shorter by the least time a request was under way.
 */
function responsesOf(answered: readonly Answered[], shards: number): readonly number[] {
  const gapMs = 1000 / RATE
  return Array.from({ length: shards }, (_, shard) => answered.filter(({ number }) => number % shards === shard)).flatMap((own) => {
    const startMs = own.reduce((least, { number, receivedMs }) => Math.min(least, receivedMs - number * gapMs), Infinity)
    return own.map(({ number, answeredMs }) => answeredMs - startMs - number * gapMs)
  })
}

function percentileFigures(metric: string, exported: Exported, truth: readonly number[]): readonly Figure[] {
  const ranked = sorted(truth)
  return PERCENTILES.map((p, at) => ({
    name: `${metric} p${String(p)}`, truth: exactPercentile(ranked, p),
    report: exported.metrics[metric]?.values[PERCENTILE_STATS[at] ?? ''] ?? NaN,
  }))
}

const total = (answered: readonly Answered[], op: Answered['op']): number =>
  answered.filter((one) => one.op === op).reduce((sum, { bytes }) => sum + bytes, 0)

/** Plays one. Throws an Error with what the run said when it did not end well. */
export async function playServed(served: Served): Promise<ServedResult> {
  const { shape, model, shards } = served
  await using server = await startServer({ shape, atLeastMs: AT_LEAST_MS, ...(model === 'open, stalled' ? { stall: STALL } : {}) })
  using space = workspace({ 's.js': scriptOf(served) })
  const { code, stdout, stderr } = await runCli(['s.js', '-q', '--summary-export', 'out.json', '--shards', String(shards)], {
    cwd: space.folder,
    env: { AWS_ENDPOINT_URL: server.endpoint, AWS_ACCESS_KEY_ID: 'access', AWS_SECRET_ACCESS_KEY: 'secret', BUCKET_NAME: 'truth' },
  })
  if (code !== 0) throw new Error(`the run ended with ${String(code)}:\n${stdout}\n${stderr}`)
  const exported = JSON.parse(readFileSync(join(space.folder, 'out.json'), 'utf8')) as Exported
  const { answered, lagMaxMs } = await server.truth()
  const value = (metric: string, figure: string): number => exported.metrics[metric]?.values[figure] ?? NaN
  return {
    ...served,
    counts: [
      { name: 's3_reqs', truth: answered.length, report: value('s3_reqs', 'count') },
      { name: 's3_req_duration', truth: answered.length, report: value('s3_req_duration', 'count') },
      { name: 's3_req_failed', truth: answered.filter(({ failed }) => failed).length, report: value('s3_req_failed', 'passes') },
      { name: 'bytes in', truth: total(answered, 'get'), report: value('s3_bytes{direction:in}', 'count') },
      { name: 'bytes out', truth: total(answered, 'put'), report: value('s3_bytes{direction:out}', 'count') },
    ],
    percentiles: [
      ...percentileFigures('s3_req_duration', exported, answered.map(({ answeredMs, receivedMs }) => answeredMs - receivedMs)),
      ...model === 'closed' ? [] : percentileFigures('s3_req_response', exported, responsesOf(answered, shards)),
    ],
    lagMs: { generator: value('generator_lag', 'p(99.9)'), server: lagMaxMs },
  }
}

/** Half a bucket of a histogram. */
const HISTOGRAM_ERROR = 0.002

export const countsEqual = ({ counts }: ServedResult): boolean => counts.every(({ truth, report }) => truth === report)

/** No report can be shorter than the time the server itself took: true on any machine, however busy. */
export const neverShort = ({ percentiles }: ServedResult): boolean =>
  percentiles.every(({ truth, report }) => report >= truth * (1 - HISTOGRAM_ERROR))

/** Within 2 % or 0.2 ms of the server's own record. */
const isClose = ({ truth, report }: Figure): boolean => Math.abs(report - truth) <= Math.max(0.02 * truth, 0.2)

export const isTrue = (result: ServedResult): boolean =>
  countsEqual(result) && neverShort(result) && result.percentiles.every(isClose)
