// What a shard counts while it runs: every operation and every value, into series, with what happened since the last report.
//
// Counting is on the path of every operation, so finding the right series must cost next to nothing. A VU carries the same frozen
// tags object for as long as its tags do not change; it leads, by identity, to a tag set, which holds the series opened for
// these tags so far and, per operation, a bundle of the sinks an operation feeds.
import { VERIFY_CODES, type Sample, type Tags } from '../../bindings/sdk/index.ts'
import { builtinMetrics } from '../plan/metrics-catalog.ts'
import type { MetricDeclaration } from '../plan/plan.ts'
import { ErrorLog, type RecordedError } from './error-log.ts'
import { AvailabilityWatch, type Availability } from './outage.ts'
import { tagsKey } from './series.ts'
import type { OpenSeries, OperationSinks, TagSet } from './recorder-sinks.ts'
import { CounterSink, RateSink, sinkFor, TrendSink, type Sink } from './sinks.ts'
import type { ErrorCount, Series } from './snapshot.ts'

/** Series a shard keeps; values of further combinations of tags are counted in their metric's series without tags. */
export const SERIES_MAX = 10_000

export class Recorder {
  readonly #nowMs: () => number
  readonly #metrics = new Map<string, MetricDeclaration>()
  readonly #series: OpenSeries[] = []
  /** Frozen objects only: what can change can't be known by identity. */
  readonly #byIdentity = new WeakMap<Tags, TagSet>()
  readonly #byContent = new Map<string, TagSet>()
  readonly #untagged: TagSet
  /** Stands for every combination of tags beyond the limit; its series are the untagged ones. */
  readonly #overflow: TagSet
  /** Operations beyond the limit, by workload. */
  readonly #folded = new Map<string, OperationSinks>()
  readonly #foldedMetrics = new Set<string>()
  readonly #availability = new Map<string, AvailabilityWatch>()
  readonly #errors = new ErrorLog()
  readonly #baseTags: Tags

  /**
   * `baseTags` are on everything: the run's. `nowMs` dates the values of gauges, in ms since the start of the load, so that of
   * several shards the later value stands; without it the later report does.
   */
  constructor(baseTags: Tags, nowMs: () => number = () => 0) {
    this.#baseTags = Object.freeze({ ...baseTags })
    this.#nowMs = nowMs
    this.#untagged = { tags: this.#baseTags, sinks: new Map(), operations: new Map() }
    this.#overflow = { tags: this.#baseTags, sinks: new Map(), operations: new Map() }
    this.#byContent.set(tagsKey(this.#baseTags), this.#untagged)
    for (const metric of builtinMetrics([])) this.#metrics.set(metric.name, metric)
  }

  /** Makes a metric known. Again the same is nothing new; with another type or contents it throws an Error the script sees. */
  declare(declaration: MetricDeclaration): void {
    const { name, type, contains } = declaration
    const known = this.#metrics.get(name)
    if (known === undefined) this.#metrics.set(name, declaration)
    else if (known.type !== type || known.contains !== contains) {
      throw new Error(`metric '${name}' is a ${known.type} of ${known.contains} values already; choose another name`)
    }
  }

  /** Adds a value. Throws an Error for a metric nobody declared, a RangeError for a value that is not finite. */
  add(metric: string, value: number, tags: Tags): void {
    if (!Number.isFinite(value)) throw new RangeError(`metric '${metric}': a value must be a finite number, not ${value}`)
    const set = this.#tagSet(tags)
    const sink = set.sinks.get(metric) ?? this.#open(metric, set)
    // Only a gauge's value needs a date: asking the clock for every value would cost more than counting it.
    sink.record(value, sink.isDated ? this.#nowMs() : 0)
  }

  /** Counts one operation. `tags` are the VU's: a frozen object as long as they stay the same. */
  operation(sample: Sample, tags: Tags): void {
    if (sample.composite === true) {
      this.#composite(sample, tags)
      return
    }
    const sinks = this.#operationSinks(sample, tags)
    const { workload, due, paced, started, firstByte, ended, bytesIn, bytesOut, code, expected } = sample
    const failed = code !== 'ok' && !expected ? 1 : 0
    sinks.reqs.record(1)
    sinks.duration.record(Math.max(0, ended - started))
    sinks.failed.record(failed)
    if (failed === 0) sinks.availability.ok(started, ended)
    else sinks.availability.failed(started, ended)
    if (paced) {
      sinks.response ??= this.#sinkOf(TrendSink, `${workload}_req_response`, sinks.tags)
      sinks.response.record(Math.max(0, ended - due))
    }
    if (sample.verified || (code !== 'ok' && VERIFY_CODES.has(code))) {
      sinks.verifyFailed ??= this.#sinkOf(RateSink, 'verify_failed', sinks.tags)
      sinks.verifyFailed.record(failed)
    }
    sinks.sent.record(sample.wireOut)
    sinks.received.record(sample.wireIn)
    if (firstByte !== undefined) {
      sinks.waiting ??= this.#sinkOf(TrendSink, `${workload}_req_waiting`, sinks.tags)
      sinks.waiting.record(Math.max(0, firstByte - started))
    }
    if (sample.connectingMs !== undefined) this.#connected(sample, sinks)
    if (sample.stagingMs !== undefined) {
      sinks.staging ??= this.#sinkOf(TrendSink, `${workload}_req_staging`, sinks.tags)
      sinks.staging.record(sample.stagingMs)
    }
    if (sample.submissionMs !== undefined) this.#submitted(sample.submissionMs, ended - started, sinks)
    if (sample.retries !== undefined && sample.retries > 0) {
      sinks.retries ??= this.#sinkOf(CounterSink, `${workload}_retries`, sinks.tags)
      sinks.retries.record(sample.retries)
    }
    if (bytesIn > 0) (sinks.bytesIn ??= this.#bytesSink(sinks, 'in')).record(bytesIn)
    if (bytesOut > 0) (sinks.bytesOut ??= this.#bytesSink(sinks, 'out')).record(bytesOut)
  }

  /** What is made of steps, each counted as an operation, has a Trend of its own and nothing else. */
  #composite({ workload, op, driver, target, code, started, ended }: Sample, tags: Tags): void {
    this.#knowWorkload(workload)
    const set = this.#tagsOf({ ...this.#tagSet(tags).tags, op, driver, target, code })
    this.#sinkOf(TrendSink, `${workload}_composite_duration`, set).record(Math.max(0, ended - started))
  }

  /** Makes the metrics of a workload known. */
  #knowWorkload(workload: string): void {
    if (!this.#metrics.has(`${workload}_reqs`)) for (const metric of builtinMetrics([workload])) this.#metrics.set(metric.name, metric)
  }

  #connected({ workload, connectingMs, tlsMs }: Sample, sinks: OperationSinks): void {
    if (connectingMs !== undefined) {
      sinks.connecting ??= this.#sinkOf(TrendSink, `${workload}_req_connecting`, sinks.tags)
      sinks.connecting.record(Math.max(0, connectingMs))
    }
    if (tlsMs !== undefined) {
      sinks.tls ??= this.#sinkOf(TrendSink, `${workload}_req_tls_handshaking`, sinks.tags)
      sinks.tls.record(Math.max(0, tlsMs))
    }
  }

  /** The two parts of its duration: until the storage had it, and from then on. */
  #submitted(submissionMs: number, durationMs: number, sinks: OperationSinks): void {
    const { workload, tags } = sinks
    sinks.submission ??= this.#sinkOf(TrendSink, `${workload}_req_submission`, tags)
    sinks.completion ??= this.#sinkOf(TrendSink, `${workload}_req_completion`, tags)
    sinks.submission.record(Math.max(0, submissionMs))
    sinks.completion.record(Math.max(0, durationMs - submissionMs))
  }

  error(error: RecordedError): void { this.#errors.add(error, 1) }

  /** What was counted since the last call; moments of availability count from `originMs`. */
  take(originMs = 0): {
    readonly series: readonly Series[]; readonly errors: readonly ErrorCount[]; readonly availability: readonly Availability[]
  } {
    const series: Series[] = []
    for (const { metric, tags, sink } of this.#series) {
      if (sink.count === 0) continue
      series.push({ metric: metric.name, contains: metric.contains, tags, data: sink.data() })
      sink.clear()
    }
    const availability = [...this.#availability.values()].flatMap((watch) => watch.take(originMs) ?? [])
    return { series, errors: this.#errors.take(), availability }
  }

  #operationSinks(sample: Sample, tags: Tags): OperationSinks {
    const { workload, op, driver, target, code, endpoint } = sample
    const set = this.#tagSet(tags)
    const known = set.operations.get(op)
    if (known !== undefined) {
      for (const sinks of known) {
        if (sinks.code === code && sinks.target === target && sinks.driver === driver && sinks.workload === workload &&
          sinks.endpoint === endpoint) return sinks
      }
    }
    return this.#openOperation(sample, set)
  }

  #openOperation(sample: Sample, set: TagSet): OperationSinks {
    const { workload, op, driver, target, code, endpoint } = sample
    this.#knowWorkload(workload)
    const tags = this.#tagsOf({ ...set.tags, op, driver, target, code, ...(endpoint === undefined ? {} : { endpoint }) })
    const folded = tags === this.#overflow
    const kept = folded ? this.#folded.get(workload) : undefined
    if (kept !== undefined) return kept
    const { scenario } = set.tags
    const network = this.#tagsOf(scenario === undefined ? {} : { scenario })
    const sinks: OperationSinks = {
      workload, driver, target, code, endpoint, tags, availability: this.#availabilityOf(sample),
      reqs: this.#sinkOf(CounterSink, `${workload}_reqs`, tags),
      duration: this.#sinkOf(TrendSink, `${workload}_req_duration`, tags),
      failed: this.#sinkOf(RateSink, `${workload}_req_failed`, tags),
      sent: this.#sinkOf(CounterSink, 'data_sent', network),
      received: this.#sinkOf(CounterSink, 'data_received', network),
      verifyFailed: undefined, waiting: undefined, response: undefined, connecting: undefined, tls: undefined, staging: undefined,
      submission: undefined, completion: undefined,
      retries: undefined, bytesIn: undefined, bytesOut: undefined,
    }
    if (folded) this.#folded.set(workload, sinks)
    else {
      const known = set.operations.get(op)
      if (known === undefined) set.operations.set(op, [sinks])
      else known.push(sinks)
    }
    return sinks
  }

  #availabilityOf({ workload, op, target, endpoint }: Sample): AvailabilityWatch {
    const key = tagsKey({ workload, op, target, endpoint: endpoint ?? '' })
    let watch = this.#availability.get(key)
    if (watch === undefined) {
      watch = new AvailabilityWatch({ workload, op, target, ...(endpoint === undefined ? {} : { endpoint }) })
      this.#availability.set(key, watch)
    }
    return watch
  }

  #bytesSink({ workload, tags }: OperationSinks, direction: 'in' | 'out'): CounterSink {
    return this.#sinkOf(CounterSink, `${workload}_bytes`, this.#tagsOf({ ...tags.tags, direction }))
  }

  #sinkOf<S extends Sink>(kind: new () => S, metric: string, set: TagSet): S {
    const sink = set.sinks.get(metric) ?? this.#open(metric, set)
    if (!(sink instanceof kind)) throw new TypeError(`metric '${metric}' is not what operations count in`)
    return sink
  }

  #tagSet(tags: Tags): TagSet {
    const known = this.#byIdentity.get(tags)
    if (known !== undefined) return known
    const set = this.#tagsOf(tags)
    if (Object.isFrozen(tags)) this.#byIdentity.set(tags, set)
    return set
  }

  /** The tag set of these tags over the run's. */
  #tagsOf(tags: Tags): TagSet {
    const all = { ...this.#baseTags, ...tags }
    const key = tagsKey(all)
    let set = this.#byContent.get(key)
    if (set !== undefined) return set
    // More by one: the untagged set is there from the start.
    if (this.#byContent.size > SERIES_MAX) return this.#overflow
    set = { tags: Object.freeze(all), sinks: new Map(), operations: new Map() }
    this.#byContent.set(key, set)
    return set
  }

  /** Opens the series of a metric and tags; beyond the limit it is the metric's series without tags, which is said once. */
  #open(name: string, set: TagSet): Sink {
    const metric = this.#metrics.get(name)
    if (metric === undefined) throw new Error(`there is no metric '${name}': declare it in init code, outside all functions`)
    const folded = set !== this.#untagged && this.#series.length >= SERIES_MAX
    let sink: Sink
    if (folded || set === this.#overflow) {
      this.#sayFolded(name)
      sink = this.#untagged.sinks.get(name) ?? this.#open(name, this.#untagged)
    } else {
      sink = sinkFor(metric.type)
      this.#series.push({ metric, tags: set.tags, sink })
    }
    set.sinks.set(name, sink)
    return sink
  }

  #sayFolded(metric: string): void {
    if (this.#foldedMetrics.has(metric)) return
    this.#foldedMetrics.add(metric)
    this.#errors.note(`metric '${metric}': a shard keeps ${SERIES_MAX} series, and there are more; what its further combinations of tags `
      + 'count is in its series without tags. Use fewer different tag values')
  }
}
