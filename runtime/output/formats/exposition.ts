// What a Prometheus scrapes: its text format, and its Protocol Buffers, the only one that has native histograms.
import { classicBuckets } from './classic.ts'
import { deltas, exponential, SCALE, spans, type ExponentialBuckets } from './exponential.ts'
import type { Family, Labels, Sample, TrendData } from './prometheus.ts'
import { Message } from './protobuf.ts'

export const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
export const PROTOBUF_TYPE = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')

const line = (name: string, labels: Labels, value: number): string =>
  `${name}{${labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',')}} ${value}\n`

const sampleLines = (name: string, sample: Sample): string => sample.kind === 'number' ? line(name, sample.labels, sample.value)
  : classicBuckets(sample).map(({ suffix, more, value }) => line(name + suffix, [...sample.labels, ...more], value)).join('')

/** The text format, version 0.0.4: histograms as classic ones. */
export const textExposition = (all: readonly Family[]): string => all.map(({ name, type, help, samples }) =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map((sample) => sampleLines(name, sample)).join('')}`).join('')

const TYPES = { counter: 0, gauge: 1, histogram: 4 } as const

function side(message: Message, buckets: ExponentialBuckets, spanField: number, deltaField: number): void {
  const runs = spans(buckets)
  for (const { offset, counts } of runs) message.message(spanField, new Message().sint(1, offset).uint(2, counts.length))
  for (const delta of deltas(runs.flatMap(({ counts }) => counts))) message.sint(deltaField, delta)
}

function histogram({ count, sum, histogram: counts }: TrendData, factor: number): Message {
  const { positive, negative } = exponential(counts, factor)
  const message = new Message().uint(1, count).double(2, sum * factor).sint(5, SCALE).double(6, Number.MIN_VALUE).uint(7, counts.zero)
  side(message, negative, 9, 10)
  side(message, positive, 12, 13)
  return message
}

function metric(type: Family['type'], sample: Sample): Message {
  const message = new Message()
  for (const [name, value] of sample.labels) message.message(1, new Message().text(1, name).text(2, value))
  if (sample.kind === 'histogram') return message.message(7, histogram(sample.data, sample.factor))
  return message.message(type === 'counter' ? 3 : 2, new Message().double(1, sample.value))
}

/** The families as delimited messages of Prometheus' client model: histograms as native ones. */
export const protobufExposition = (all: readonly Family[]): Uint8Array => Buffer.concat(all.map(({ name, type, help, samples }) => {
  const family = new Message().text(1, name).text(2, help).uint(3, TYPES[type])
  for (const sample of samples) family.message(4, metric(type, sample))
  return family.delimited()
}))
