// What a recorder finds by a sample's tags and operation: the sinks its figures go to.
import type { Sample, Tags } from '../../bindings/sdk/index.ts'
import type { MetricDeclaration } from '../plan/plan.ts'
import type { AvailabilityWatch } from './outage.ts'
import type { CounterSink, RateSink, Sink, TrendSink } from './sinks.ts'

/** The series of one combination of tags. */
export interface TagSet {
  readonly tags: Tags
  /** By metric. */
  readonly sinks: Map<string, Sink>
  /** By the operation's name. */
  readonly operations: Map<string, OperationSinks[]>
}

export interface OpenSeries { readonly metric: MetricDeclaration; readonly tags: Tags; readonly sink: Sink }

/** Where the figures of one operation with one outcome go. */
export interface OperationSinks {
  readonly workload: string
  readonly driver: string
  readonly target: string
  readonly code: Sample['code']
  readonly endpoint: string | undefined
  readonly tags: TagSet
  readonly availability: AvailabilityWatch
  readonly reqs: CounterSink
  readonly duration: TrendSink
  readonly failed: RateSink
  readonly sent: CounterSink
  readonly received: CounterSink
  /** Opened with the first value: not every operation has a body. */
  waiting: TrendSink | undefined
  /** From the due moment on; only in open models. */
  response: TrendSink | undefined
  /** Only of operations a connection was made for. */
  connecting: TrendSink | undefined
  staging: TrendSink | undefined
  /** Only of operations that are handed over and end later. */
  submission: TrendSink | undefined
  completion: TrendSink | undefined
  tls: TrendSink | undefined
  /** Only of operations that were tried again. */
  retries: CounterSink | undefined
  /** Only of operations whose data was checked. */
  verifyFailed: RateSink | undefined
  bytesIn: CounterSink | undefined
  bytesOut: CounterSink | undefined
}
