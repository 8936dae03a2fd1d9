// Prometheus' remote write, version 1: a WriteRequest as Protocol Buffers, compressed with snappy's block format.
import { compress } from 'snappyjs'
import { classicBuckets } from './classic.ts'
import { deltas, exponential, SCALE, spans, type ExponentialBuckets } from './exponential.ts'
import type { Family, Labels, TrendData } from './prometheus.ts'
import { Message } from './protobuf.ts'

/** Below it (seconds, bytes, …) values count as 0: the least there is. */
const ZERO_THRESHOLD = Number.MIN_VALUE

export interface RemoteWriteOptions {
  readonly epochMs: number
  /** `classic`: for receivers that take no native histograms. */
  readonly histograms: 'native' | 'classic'
}

const compare = ([a]: readonly [string, string], [b]: readonly [string, string]): number => a < b ? -1 : a > b ? 1 : 0

/** TimeSeries.labels, in the order of their names as receivers want them. */
function timeSeries(name: string, labels: Labels): Message {
  const series = new Message()
  for (const [label, value] of [['__name__', name] as const, ...labels].sort(compare)) {
    series.message(1, new Message().text(1, label).text(2, value))
  }
  return series
}

const numberSeries = (name: string, labels: Labels, value: number, epochMs: number): Message =>
  timeSeries(name, labels).message(2, new Message().double(1, value).int(2, epochMs))

/** Spans and deltas under the field numbers of the positive or the negative side. */
function side(message: Message, buckets: ExponentialBuckets, spanField: number, deltaField: number): void {
  const runs = spans(buckets)
  for (const { offset, counts } of runs) message.message(spanField, new Message().sint(1, offset).uint(2, counts.length))
  message.packedSints(deltaField, deltas(runs.flatMap(({ counts }) => counts)))
}

/** TimeSeries.histograms: one of its points. */
function nativePoint({ count, sum, histogram }: TrendData, factor: number, epochMs: number): Message {
  const { positive, negative } = exponential(histogram, factor)
  const point = new Message().uint(1, count).double(3, sum * factor).sint(4, SCALE).double(5, ZERO_THRESHOLD).uint(6, histogram.zero)
  side(point, negative, 8, 9)
  side(point, positive, 11, 12)
  return point.int(15, epochMs)
}

/** The body of a request; it holds every family. */
export function writeRequest(all: readonly Family[], { epochMs, histograms }: RemoteWriteOptions): Uint8Array {
  const request = new Message()
  for (const { name, samples } of all) {
    for (const sample of samples) {
      if (sample.kind === 'number') request.message(1, numberSeries(name, sample.labels, sample.value, epochMs))
      else if (histograms === 'native') {
        request.message(1, timeSeries(name, sample.labels).message(4, nativePoint(sample.data, sample.factor, epochMs)))
      } else {
        for (const { suffix, more, value } of classicBuckets(sample)) {
          request.message(1, numberSeries(name + suffix, [...sample.labels, ...more], value, epochMs))
        }
      }
    }
  }
  return compress(request.bytes())
}
