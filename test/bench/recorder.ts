// How long the recorder takes to count one operation, and one value of a script's own: ns of CPU each.
import { fileURLToPath } from 'node:url'
import type { Sample } from '../../bindings/sdk/index.ts'
import { Histogram } from '../../runtime/metrics/histogram.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'
import { OPS, sampleOf } from '../kit/many-samples.ts'

/** CPU time of `work`, ns for each of `count` rounds; the best of five, after a round that warms up. */
function cpuNs(count: number, work: (round: number) => void): number {
  let best = Infinity
  for (let attempt = 0; attempt < 6; attempt++) {
    const before = process.cpuUsage()
    for (let round = 0; round < count; round++) work(round)
    const { user, system } = process.cpuUsage(before)
    if (attempt > 0) best = Math.min(best, (user + system) * 1000 / count)
  }
  return best
}

/** Lines to print. */
export function benchRecorder(): readonly string[] {
  const rounds = 500_000
  const samples = Array.from({ length: 4000 }, (_, round) => sampleOf(round))
  const at = (round: number): Sample => samples[round % samples.length] ?? sampleOf(round)
  const vuTags = Array.from({ length: 500 }, () => Object.freeze({ scenario: 'mixed' }))
  const tagsAt = (round: number): Readonly<Record<string, string>> => vuTags[round % vuTags.length] ?? {}
  const recorder = new Recorder({})
  const histogram = new Histogram()
  const line = (what: string, ns: number): string => `${what.padEnd(56)}${ns.toFixed(0).padStart(6)} ns`
  const lines = [
    line('recorder: one operation', cpuNs(rounds, (round) => { recorder.operation(at(round), tagsAt(round)) })),
    line('recorder: one value, tags kept', cpuNs(rounds, (round) => { recorder.add('iteration_duration', round % 1000, tagsAt(round)) })),
    line('recorder: one value, tags made anew', cpuNs(rounds / 5, (round) => {
      recorder.add('checks', round % 2, { scenario: 'mixed', check: 'all bytes came' })
    })),
    line('histogram: one value', cpuNs(rounds * 4, (round) => { histogram.record(0.5 + (round % 4096) / 32) })),
  ]
  return [...lines, line('recorder: a report of 80 busy series', cpuNs(200, () => {
    for (let round = 0; round < OPS.length * 16; round++) recorder.operation(at(round), tagsAt(round))
    recorder.take()
  }))]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${benchRecorder().join('\n')}\n`)
