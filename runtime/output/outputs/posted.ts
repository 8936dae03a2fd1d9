// Outputs that post to a receiver by HTTP: `prometheus-rw`, `opentelemetry`, `influxdb`.
import type { OutputReport } from '../../metrics/record.ts'
import { PostQueue } from '../delivery/post-queue.ts'
import { influxLines } from '../formats/influx.ts'
import { otlpRequest } from '../formats/otlp.ts'
import { families } from '../formats/prometheus.ts'
import { writeRequest } from '../formats/remote-write.ts'
import type { Output, OutputParts, Second } from './output.ts'
import { checkSettings, choiceOf, durationMs, RECEIVER_SETTINGS, receiverOf, type Receiver } from './settings.ts'

/** How long a receiver has to take the rest at the end. */
const CLOSE_MS = 5000

interface Posted {
  readonly receiver: Receiver
  readonly headers: Readonly<Record<string, string>>
  /** A body is made after so long, of seconds or of totals. */
  readonly everyMs: number
  /** Keeps a second for the next body. */
  readonly take?: (second: Second) => void
  /** The next body; undefined when there is nothing to tell. */
  readonly body: (last: Second) => string | Uint8Array | undefined
}

class PostedOutput implements Output {
  readonly #parts: OutputParts
  readonly #p: Posted
  readonly #queue: PostQueue
  #last: Second | undefined
  #postedEpochMs = -Infinity

  constructor(parts: OutputParts, posted: Posted) {
    this.#parts = parts
    this.#p = posted
    const { receiver: { url, headers } } = posted
    this.#queue = new PostQueue({ url, headers: { ...posted.headers, ...headers }, warn: parts.warn })
  }

  second(second: Second): void {
    this.#p.take?.(second)
    // What comes late of an earlier second is told with the newest.
    if (this.#last === undefined || second.endEpochMs >= this.#last.endEpochMs) this.#last = second
    if (second.endEpochMs - this.#postedEpochMs >= this.#p.everyMs) this.#post()
  }

  async end(): Promise<OutputReport> {
    this.#post()
    await this.#queue.close(CLOSE_MS)
    const { delivered, lost, reason } = this.#queue
    return { name: this.#parts.name, to: 'receiver', unit: 'batches', delivered, lost, ...(reason === undefined ? {} : { reason }) }
  }

  #post(): void {
    if (this.#last === undefined || this.#last.endEpochMs <= this.#postedEpochMs) return
    const body = this.#p.body(this.#last)
    this.#postedEpochMs = this.#last.endEpochMs
    if (body !== undefined) this.#queue.push(body)
  }
}

/** Prometheus' remote write, every 5 s. */
export function remoteWriteOutput(parts: OutputParts): Output {
  checkSettings(parts.settings, ['every', 'histograms', ...RECEIVER_SETTINGS])
  const totals = parts.totals()
  const histograms = choiceOf(parts.settings, 'histograms', ['native', 'classic'])
  return new PostedOutput(parts, {
    receiver: receiverOf(parts, 'http://localhost:9090/api/v1/write'), everyMs: durationMs(parts.settings, 'every', '5s'),
    headers: {
      'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0',
      'user-agent': `chopsticks/${parts.version}`,
    },
    body: ({ endEpochMs }) => writeRequest(families(totals.series(), parts.plan.runId), { epochMs: endEpochMs, histograms }),
  })
}

/** OpenTelemetry's metrics by OTLP over HTTP, as JSON, every 5 s. */
export function otlpOutput(parts: OutputParts): Output {
  checkSettings(parts.settings, ['every', ...RECEIVER_SETTINGS])
  const totals = parts.totals()
  const receiver = receiverOf(parts, 'http://localhost:4318')
  if (receiver.url.pathname === '/') receiver.url.pathname = '/v1/metrics'
  const { runId, script } = parts.plan
  let beganEpochMs: number | undefined
  return new PostedOutput(parts, {
    receiver, headers: { 'content-type': 'application/json' }, everyMs: durationMs(parts.settings, 'every', '5s'),
    take: ({ startEpochMs }) => { beganEpochMs ??= startEpochMs },
    body: ({ endEpochMs }) => otlpRequest(totals.series(), { startEpochMs: beganEpochMs ?? endEpochMs, epochMs: endEpochMs },
      { 'service.name': 'chopsticks', 'chopsticks.run': runId, 'chopsticks.script': script.name }, parts.version),
  })
}

/** InfluxDB's line protocol: seconds, posted each second. A path other than `/write` and `/api/v2/write` is a database's name. */
export function influxOutput(parts: OutputParts): Output {
  checkSettings(parts.settings, RECEIVER_SETTINGS)
  const receiver = receiverOf(parts, 'http://localhost:8086/chopsticks', 'Token')
  const { url } = receiver
  if (!/\/write$/.test(url.pathname)) {
    url.searchParams.set('db', url.pathname === '/' ? 'chopsticks' : decodeURIComponent(url.pathname.slice(1)))
    url.pathname = '/write'
  }
  url.searchParams.set('precision', 'ns')
  let waiting = ''
  return new PostedOutput(parts, {
    receiver, headers: { 'content-type': 'text/plain; charset=utf-8' }, everyMs: 1000,
    take: ({ window: { series }, endEpochMs }) => { waiting += influxLines(series, endEpochMs, parts.plan.runId) },
    body: () => {
      const body = waiting
      waiting = ''
      return body === '' ? undefined : body
    },
  })
}
