// What a shard's report of 200 series costs, and merging those of 64 shards: goals 2 ms, 100 kB, 50 ms a second.
// Run: node dist/test/bench/snapshots.js
import { fileURLToPath } from 'node:url'
import { Aggregate } from '../../runtime/metrics/aggregate.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'
import { encodeSeries, SeriesNames } from '../../runtime/metrics/series-codec.ts'
import type { Snapshot } from '../../runtime/metrics/snapshot.ts'
import { sampleOf } from '../kit/many-samples.ts'

const SHARDS = 64
const SECONDS = 6
const SAMPLES = 20_000

/** CPU ms of `work`. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Lines to print. */
export function benchSnapshots(): readonly string[] {
  const recorder = new Recorder({})
  const scenarios = Array.from({ length: 5 }, (_, n) => Object.freeze({ scenario: `s${String(n)}` }))
  const reports: number[] = []
  const merges: number[] = []
  const aggregate = new Aggregate()
  let last: Snapshot | undefined
  for (let second = 0; second < SECONDS; second++) {
    for (let n = 0; n < SAMPLES; n++) recorder.operation(sampleOf(n), scenarios[Math.floor(n / 5) % scenarios.length] ?? {})
    let taken: ReturnType<Recorder['take']> | undefined
    reports.push(cpuMs(() => { taken = recorder.take() }))
    if (taken === undefined) throw new Error('a report was taken')
    const snapshot: Snapshot = { sequence: second, ...taken, progress: [] }
    merges.push(cpuMs(() => { for (let shard = 0; shard < SHARDS; shard++) aggregate.merge(shard, snapshot) }))
    last = snapshot
  }
  const series = last?.series ?? []
  const bytes = encodeSeries(series, new SeriesNames()).length
  return [
    `snapshot: a report of ${String(series.length)} series`.padEnd(56) + `${Math.min(...reports).toFixed(2).padStart(6)} ms`,
    'snapshot: as it is kept, without names'.padEnd(56) + `${(bytes / 1000).toFixed(0).padStart(6)} kB`,
    `aggregate: reports of ${String(SHARDS)} shards merged`.padEnd(56) + `${Math.min(...merges).toFixed(1).padStart(6)} ms`,
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${benchSnapshots().join('\n')}\n`)
