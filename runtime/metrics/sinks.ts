// What counts the values of one series, and merges with others of its kind: one sink for each type of metric.
import type { MetricType } from '../plan/plan.ts'
import { Histogram, type TrendData } from './histogram.ts'
import type { SeriesData } from './snapshot.ts'

type DataOf<T extends MetricType> = Extract<SeriesData, { type: T }>
type CounterData = DataOf<'counter'>
export type GaugeData = DataOf<'gauge'>
type RateData = DataOf<'rate'>

/** Merging is associative and commutative, and data without values changes nothing (sums of fractions: up to rounding). */
export interface Sink<D extends SeriesData = SeriesData> {
  /** How many values it holds. */
  readonly count: number
  /** True where it matters when a value was recorded. */
  readonly isDated: boolean
  /** Adds a value; `atMs` matters where `isDated`. */
  record(value: number, atMs: number): void
  merge(data: D): void
  /** A copy of what was counted. */
  data(): D
  clear(): void
}

export class CounterSink implements Sink<CounterData> {
  readonly isDated = false
  count = 0
  #sum = 0
  record(value: number): void {
    this.count++
    this.#sum += value
  }
  merge({ sum, count }: CounterData): void {
    this.#sum += sum
    this.count += count
  }
  data(): CounterData { return { type: 'counter', sum: this.#sum, count: this.count } }
  clear(): void {
    this.count = 0
    this.#sum = 0
  }
}

export class RateSink implements Sink<RateData> {
  readonly isDated = false
  count = 0
  #trues = 0
  /** Any value but 0 is true. */
  record(value: number): void {
    this.count++
    if (value !== 0) this.#trues++
  }
  merge({ trues, count }: RateData): void {
    this.#trues += trues
    this.count += count
  }
  data(): RateData { return { type: 'rate', trues: this.#trues, count: this.count } }
  clear(): void {
    this.count = 0
    this.#trues = 0
  }
}

class GaugeSink implements Sink<GaugeData> {
  readonly isDated = true
  count = 0
  #value = 0
  #atMs = 0
  #min = Infinity
  #max = -Infinity
  /** The value recorded last stands. */
  record(value: number, atMs: number): void {
    this.count++
    this.#value = value
    this.#atMs = atMs
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }
  /** The later value stands; of two at one moment the greater, so that the order of merging never matters. */
  merge({ value, atMs, min, max, count }: GaugeData): void {
    if (count === 0) return
    if (this.count === 0 || atMs > this.#atMs || (atMs === this.#atMs && value > this.#value)) {
      this.#value = value
      this.#atMs = atMs
    }
    this.count += count
    this.#min = Math.min(this.#min, min)
    this.#max = Math.max(this.#max, max)
  }
  data(): GaugeData {
    if (this.count === 0) return { type: 'gauge', value: 0, atMs: 0, min: 0, max: 0, count: 0 }
    return { type: 'gauge', value: this.#value, atMs: this.#atMs, min: this.#min, max: this.#max, count: this.count }
  }
  clear(): void {
    this.count = 0
    this.#min = Infinity
    this.#max = -Infinity
  }
}

export class TrendSink extends Histogram implements Sink<TrendData> { readonly isDated = false }

const SINKS = { counter: CounterSink, gauge: GaugeSink, rate: RateSink, trend: TrendSink } as const

/** An empty sink for a metric of this type. */
export const sinkFor = (type: MetricType): Sink => new SINKS[type]()

/** The data of several series of one metric as one; undefined when there are none. Data of other types than the first's is refused. */
export function mergedData(parts: Iterable<SeriesData>): SeriesData | undefined {
  let first: SeriesData | undefined
  let sink: Sink | undefined
  for (const part of parts) {
    if (first === undefined) {
      first = part
      continue
    }
    if (part.type !== first.type) throw new TypeError(`a ${part.type} can't be merged with a ${first.type}`)
    if (sink === undefined) {
      sink = sinkFor(first.type)
      sink.merge(first)
    }
    sink.merge(part)
  }
  return sink?.data() ?? first
}
