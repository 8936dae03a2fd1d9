// A run's series, merged from every shard's snapshots, from the first to the last.
import type { Selector } from '../plan/threshold.ts'
import { kindOf, joined } from './error-kind.ts'
import { shardGauges, type ShardGauges } from './gauges.ts'
import { GeneratorLog, type ShardLoad } from './generator.ts'
import { OUTAGE_METRIC, outageSeries } from './outage-series.ts'
import { OutageLog, type Outage } from './outage.ts'
import { picks, tagsKey, tagValues } from './series.ts'
import { mergedData, sinkFor, type GaugeData, type Sink } from './sinks.ts'
import { Slowest, type SlowOperation } from './slowest.ts'
import type { ErrorCount, ScenarioProgress, Series, SeriesData, Snapshot } from './snapshot.ts'

/** One series over all shards. */
class Entry {
  readonly series: Omit<Series, 'data'>
  readonly #type: SeriesData['type']
  readonly #sum: Sink
  readonly #gauges: ShardGauges
  #cached: SeriesData | undefined

  constructor({ metric, contains, tags, data }: Series) {
    this.series = { metric, contains, tags }
    this.#type = data.type
    this.#sum = sinkFor(data.type)
    this.#gauges = shardGauges(metric)
  }

  merge(shard: number, sequence: number, data: SeriesData): void {
    if (data.type !== this.#type) {
      throw new TypeError(`shard ${shard} reports ${this.series.metric} as a ${data.type}, which was a ${this.#type} before`)
    }
    this.#cached = undefined
    if (data.type === 'gauge') this.#gauges.merge(shard, sequence, data)
    else this.#sum.merge(data)
  }

  /** Asked for several times a second, by every threshold: copied once after each change. */
  data(): SeriesData {
    return this.#cached ??= this.#type === 'gauge' ? this.#gauges.data() satisfies GaugeData : this.#sum.data()
  }
}

export class Aggregate {
  readonly #metrics = new Map<string, Map<string, Entry>>()
  readonly #sequences = new Map<number, number>()
  readonly #errors = new Map<string, ErrorCount>()
  readonly #progress = new Map<string, Map<number, ScenarioProgress>>()
  readonly #generator = new GeneratorLog()
  readonly #outages = new OutageLog()
  readonly #slowest = new Slowest()

  /**
   * Adds what a shard counted since its last report. Snapshots of a shard are numbered from 0: one that was merged before
   * changes nothing; a missing one is an error, for what it counted would be lost unseen.
   */
  merge(shard: number, { sequence, series, errors, progress, availability = [], slowest = [] }: Snapshot): void {
    const expected = this.#sequences.get(shard) ?? 0
    if (sequence < expected) return
    if (sequence > expected) {
      throw new Error(`shard ${shard} sent snapshot ${sequence} where ${expected} was due: what it counted between is lost`)
    }
    this.#sequences.set(shard, sequence + 1)
    this.#generator.add(shard, series)
    for (const one of series) this.#entry(one).merge(shard, sequence, one.data)
    this.#outages.add(shard, sequence, availability)
    for (const operation of slowest) if (operation.durationMs > this.#slowest.floorMs) this.#slowest.add(operation)
    for (const error of errors) {
      const kind = kindOf(error)
      const known = this.#errors.get(kind)
      this.#errors.set(kind, known === undefined ? error : joined(known, error))
    }
    for (const part of progress) {
      let shards = this.#progress.get(part.scenario)
      if (shards === undefined) this.#progress.set(part.scenario, shards = new Map<number, ScenarioProgress>())
      shards.set(shard, part)
    }
  }

  /** All series of a metric whose tags match, as one; undefined when there are none. */
  select(selector: Selector): SeriesData | undefined {
    if (OUTAGE_METRIC.test(selector.name)) {
      const outages = outageSeries(this.outages()).filter((one) => one.metric === selector.name && picks(selector, one.tags))
      return mergedData(outages.map(({ data }) => data))
    }
    const entries = this.#metrics.get(selector.name)
    if (entries === undefined) return undefined
    const parts: SeriesData[] = []
    for (const entry of entries.values()) if (picks(selector, entry.series.tags)) parts.push(entry.data())
    return mergedData(parts)
  }

  series(): readonly Series[] {
    const counted = [...this.#metrics.values()].flatMap((entries) => [...entries.values()])
    return [...counted.map((entry) => ({ ...entry.series, data: entry.data() })), ...outageSeries(this.outages())]
  }

  /** The most frequent first. */
  errors(): readonly ErrorCount[] { return [...this.#errors.values()].sort((a, b) => b.count - a.count) }

  /** Each scenario over all shards, in the order of the plan. */
  progress(): readonly ScenarioProgress[] { return [...this.#progress.values()].map((shards) => together([...shards.values()])) }

  /** The longest time without a success, by operation, target and endpoint; the longest first. */
  outages(): readonly Outage[] { return this.#outages.outages() }

  /** The slowest operations, the slowest first. */
  slowest(): readonly SlowOperation[] { return this.#slowest.all() }

  /** How busy and how late each shard was. */
  generator(): readonly ShardLoad[] { return this.#generator.shards() }

  metricNames(): readonly string[] { return [...this.#metrics.keys()] }

  /** The different values a tag has within a metric. */
  tagsOf(metric: string, tag: string): readonly string[] {
    return tagValues([...this.#metrics.get(metric)?.values() ?? []].map(({ series }) => series), tag)
  }

  #entry(series: Series): Entry {
    let entries = this.#metrics.get(series.metric)
    if (entries === undefined) this.#metrics.set(series.metric, entries = new Map<string, Entry>())
    const key = tagsKey(series.tags)
    let entry = entries.get(key)
    if (entry === undefined) entries.set(key, entry = new Entry(series))
    return entry
  }
}

/** A scenario is what most of it is: running while any part runs, done when all parts are. */
const STATES = ['running', 'stopping', 'waiting', 'interrupted', 'done'] as const satisfies readonly ScenarioProgress['state'][]

function together(parts: readonly ScenarioProgress[]): ScenarioProgress {
  const sum = (pick: (part: ScenarioProgress) => number): number => parts.reduce((total, part) => total + pick(part), 0)
  const known = (pick: (part: ScenarioProgress) => number | null): number | null =>
    parts.some((part) => pick(part) === null) ? null : sum((part) => pick(part) ?? 0)
  return {
    scenario: parts[0]?.scenario ?? '',
    state: STATES.find((state) => parts.some((part) => part.state === state)) ?? 'done',
    vusActive: sum(({ vusActive }) => vusActive),
    vus: sum(({ vus }) => vus),
    // Each shard's most, added up: shares rise and fall together, so this is the most of all together, or little above it.
    vusMost: sum(({ vusMost }) => vusMost),
    ranMs: Math.max(0, ...parts.map(({ ranMs }) => ranMs)),
    iterationsDone: sum(({ iterationsDone }) => iterationsDone),
    iterationsInterrupted: sum(({ iterationsInterrupted }) => iterationsInterrupted),
    iterationsFailed: sum(({ iterationsFailed }) => iterationsFailed),
    iterationsPlanned: known(({ iterationsPlanned }) => iterationsPlanned),
    iterationsBegun: sum(({ iterationsBegun }) => iterationsBegun),
    iterationsDropped: sum(({ iterationsDropped }) => iterationsDropped),
    iterationsQueued: sum(({ iterationsQueued }) => iterationsQueued),
    iterationsOffered: known(({ iterationsOffered }) => iterationsOffered),
  }
}
