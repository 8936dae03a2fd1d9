// One turn of the librbd driver for the bench beside fio: a process of its own, so that its CPU is that of the turn alone.
import { openDriver } from '../../bindings/rbd/drivers/librbd/index.ts'
import type { CachePolicy, Io, OpenImage } from '../../bindings/rbd/driver.ts'
import { settingsOf } from '../../bindings/rbd/settings.ts'
import { systemClock, type Call } from '../../bindings/sdk/index.ts'

/** What is measured in one turn. */
export interface RbdWork {
  readonly kind: 'read' | 'write'
  readonly pattern: 'random' | 'sequential'
  readonly blockBytes: number
  readonly queueDepth: number
}
export interface RbdTurn extends RbdWork {
  readonly conf: string
  readonly image: string
  readonly cache: CachePolicy
  readonly seconds: number
}
/** What a turn came to: CPU of all threads, latency from submission to being told. */
export interface RbdFigures {
  readonly iops: number
  readonly cpuMicros: number
  readonly latencyMicros: { readonly p50: number; readonly p95: number; readonly p99: number }
}

/** Before anything is measured: what it costs to compile code is no I/O's. Of fio its start is left out. */
const WARM_UP_SECONDS = 2

/** The moment the batch being told was taken. */
let nowMs = 0

/** Keeps so many I/Os in flight until the time is over; the latency of each, ms. */
function load(image: OpenImage, { kind, pattern, blockBytes, queueDepth, seconds }: RbdTurn): Promise<number[]> {
  const blocks = Math.floor(image.sizeBytes / blockBytes)
  const endsMs = performance.now() + seconds * 1000
  const latencies: number[] = []
  let inFlight = 0
  let next = 0
  return new Promise((resolve, reject) => {
    const startedMs = new Float64Array(queueDepth)
    const submit = (io: Io, slot: number): void => {
      io.offset = (pattern === 'random' ? Math.floor(Math.random() * blocks) : next++ % blocks) * blockBytes
      inFlight += 1
      startedMs[slot] = performance.now()
      image.submit(io)
    }
    for (let slot = 0; slot < queueDepth; slot += 1) {
      submit({
        kind, offset: 0, length: blockBytes, buffer: image.buffer(blockBytes), compare: undefined, patternLength: 0, bytes: 0,
        error: undefined,
        done(io) {
          inFlight -= 1
          latencies.push(nowMs - (startedMs[slot] ?? 0))
          if (io.error !== undefined) reject(io.error)
          else if (nowMs < endsMs) submit(io, slot)
          else if (inFlight === 0) resolve(latencies)
        },
      }, slot)
    }
  })
}

const percentile = (sorted: Float64Array, share: number): number => (sorted[Math.floor(sorted.length * share)] ?? 0) * 1000

async function run(turn: RbdTurn): Promise<RbdFigures> {
  const call: Call = { signal: new AbortController().signal, timeoutMs: 60_000, mark: () => { /* nobody asks */ } }
  const driver = openDriver({
    settings: settingsOf({ conf: turn.conf }), clock: systemClock, concurrency: 1, draining: () => { nowMs = performance.now() },
  })
  const image = await driver.open({ name: turn.image, readOnly: false, exclusive: false, cache: turn.cache }, call)
  await load(image, { ...turn, seconds: WARM_UP_SECONDS })
  const cpuBefore = process.cpuUsage()
  const startMs = performance.now()
  const latencies = await load(image, turn)
  const elapsedMs = performance.now() - startMs
  const { user, system } = process.cpuUsage(cpuBefore)
  await image.close(call)
  await driver.close()
  const sorted = Float64Array.from(latencies).sort()
  return {
    iops: latencies.length / elapsedMs * 1000, cpuMicros: (user + system) / latencies.length,
    latencyMicros: { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) },
  }
}

const [turn] = process.argv.slice(2)
if (turn !== undefined) process.stdout.write(JSON.stringify(await run(JSON.parse(turn) as RbdTurn)))
