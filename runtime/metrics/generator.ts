// Whether the generator itself was the limit of a run, judged on what every shard said of itself once a second.
//
// A second of a shard is *busy* when it used 97 % or more of its core, or 90 % while its event loop ran 2 ms or more late on average: what
// it did waited for its own CPU, so the store could not have been asked for more. It is *late* when its loop ran 50 ms or more late
// (p95) with core to spare: the script computed for long without awaiting, or the machine gave its CPU to others. A run is limited by
// its generator when one shard was so for a tenth of the run, and for a second at least: what is shorter may be a garbage collection
// or the start. Arrivals dropped because all maxVUs were busy are none of this: that limit is the scenario's.
import { mean, percentile } from './histogram.ts'
import { TrendSink } from './sinks.ts'
import type { Series } from './snapshot.ts'

const FULL_CPU = 0.97
const BUSY_CPU = 0.9
const BUSY_LAG_MEAN_MS = 2
const LATE_LAG_P95_MS = 50
const LIMITED_SHARE = 0.1
const LIMITED_MS = 1000

/** What a shard said of itself over the whole load. */
export interface ShardLoad {
  readonly shard: number
  /** The time it reported on, and how much of it was busy and late (above), ms. */
  readonly reportedMs: number
  readonly busyMs: number
  readonly lateMs: number
  /** Share of its core it used: on average, and in its busiest second. */
  readonly cpuMean: number
  readonly cpuMax: number
  /** How late its event loop ran, ms; 99 of 100 probes were no later. */
  readonly lagP99Ms: number
}

interface LimitReason {
  readonly kind: 'busy' | 'late'
  /** What was seen. */
  readonly message: string
  /** What to change. */
  readonly change: string
}

export interface GeneratorVerdict {
  readonly limited: boolean
  readonly reasons: readonly LimitReason[]
  readonly shards: readonly ShardLoad[]
}

interface Tally { reportedMs: number; busyMs: number; lateMs: number; cpuMs: number; cpuMax: number; readonly lag: TrendSink }

/** Gathers every shard's reports, in their order. */
export class GeneratorLog {
  readonly #shards = new Map<number, Tally>()

  /** Takes the series of one report; a gauge of `generator_cpu` dates it, ms since the start of the load. */
  add(shard: number, series: readonly Series[]): void {
    const cpu = series.find(({ metric }) => metric === 'generator_cpu')?.data
    if (cpu?.type !== 'gauge') return
    const found = series.find(({ metric }) => metric === 'generator_lag')?.data
    const lag = found?.type === 'trend' ? found : undefined
    const tally = this.#shards.get(shard) ?? { reportedMs: 0, busyMs: 0, lateMs: 0, cpuMs: 0, cpuMax: 0, lag: new TrendSink() }
    this.#shards.set(shard, tally)
    const spanMs = Math.max(0, cpu.atMs - tally.reportedMs)
    tally.reportedMs += spanMs
    tally.cpuMs += cpu.value * spanMs
    tally.cpuMax = Math.max(tally.cpuMax, cpu.max)
    if (lag === undefined) return
    if (cpu.value >= FULL_CPU || (cpu.value >= BUSY_CPU && mean(lag) >= BUSY_LAG_MEAN_MS)) tally.busyMs += spanMs
    else if (percentile(lag, 95) >= LATE_LAG_P95_MS) tally.lateMs += spanMs
    tally.lag.merge(lag)
  }

  shards(): readonly ShardLoad[] {
    return [...this.#shards].sort(([a], [b]) => a - b).map(([shard, { reportedMs, busyMs, lateMs, cpuMs, cpuMax, lag }]) => ({
      shard, reportedMs, busyMs, lateMs, cpuMean: reportedMs === 0 ? 0 : cpuMs / reportedMs, cpuMax,
      lagP99Ms: lag.count === 0 ? 0 : percentile(lag.data(), 99),
    }))
  }
}

/** Judges by the rule above. */
export function judgeGenerator(shards: readonly ShardLoad[]): GeneratorVerdict {
  const reasons = [
    ...reasonOf('busy', shards, ({ busyMs }) => busyMs, 'used all of its core',
      'Give it more cores (--shards N, or a larger machine), or offer less, before trusting its figures'),
    ...reasonOf('late', shards, ({ lateMs }) => lateMs, 'ran 50 ms or more late, with core to spare,',
      'Stop what else runs on this machine, use fewer shards (--shards N), or have the script await more often, before trusting its '
      + 'figures'),
  ]
  return { limited: reasons.length > 0, reasons, shards }
}

function reasonOf(
  kind: LimitReason['kind'], shards: readonly ShardLoad[], overMs: (shard: ShardLoad) => number, what: string, change: string,
): readonly LimitReason[] {
  const over = shards.filter((shard) => overMs(shard) >= Math.max(LIMITED_MS, LIMITED_SHARE * shard.reportedMs))
  if (over.length === 0) return []
  const share = Math.max(...over.map((shard) => overMs(shard) / shard.reportedMs))
  const lagMs = Math.max(...over.map(({ lagP99Ms }) => lagP99Ms))
  const who = shards.length === 1 ? 'its one shard' : `${over.length} of its ${shards.length} shards`
  const most = over.length > 1 ? 'up to ' : ''
  return [{ kind, change, message: `${who} ${what} for ${most}${Math.floor(share * 100)} % of the run `
    + `(event loop p99: ${lagMs.toFixed(1)} ms late)` }]
}
