// A load's worth of samples, recorded and reported as a shard and its coordinator do, and what memory that leaves in use.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Sample } from '../../bindings/sdk/index.ts'
import { Aggregate } from '../../runtime/metrics/aggregate.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'

export const OPS = ['put', 'get', 'head', 'delete', 'list']

/** The sample of a number: five operations, durations all over a histogram, one failure in a thousand. */
export const sampleOf = (round: number): Sample => ({
  workload: 's3', op: OPS[round % OPS.length] ?? 'get', driver: 'native', target: 'default', due: round, paced: false, started: round,
  firstByte: round + 0.4 + (round % 97) / 50, ended: round + 0.5 + (round % 89) / 40,
  bytesIn: 4096, bytesOut: 0, wireIn: 4400, wireOut: 500,
  code: round % 1000 === 0 ? 'throttled' : 'ok', verified: false, expected: false,
})

/** Samples in a report: a second of a busy shard. */
const REPORT_SAMPLES = 25_000

/** Bytes in use once garbage is gone, buffers included. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** How many bytes more are in use after `count` samples than after the first few thousand, which open every series. */
export function bytesAddedBy(count: number): number {
  const samples = Array.from({ length: 4000 }, (_, round) => sampleOf(round))
  const vuTags = Array.from({ length: 500 }, () => Object.freeze({ scenario: 'mixed' }))
  const recorder = new Recorder({})
  const aggregate = new Aggregate()
  let sequence = 0
  const record = (rounds: number): void => {
    for (let round = 0; round < rounds; round++) {
      const sample = samples[round % samples.length]
      const tags = vuTags[round % vuTags.length]
      if (sample === undefined || tags === undefined) throw new Error('there are samples and tags for every round')
      recorder.operation(sample, tags)
      if (round % REPORT_SAMPLES === 0) aggregate.merge(0, { sequence: sequence++, ...recorder.take(), progress: [] })
    }
    aggregate.merge(0, { sequence: sequence++, ...recorder.take(), progress: [] })
  }
  record(100_000)
  const before = bytesInUse()
  record(count)
  const added = bytesInUse() - before
  const counted = aggregate.select({ name: 's3_reqs', tags: {} })
  if (counted?.count !== count + 100_000) throw new Error(`of ${count + 100_000} samples ${counted?.count ?? 0} were counted`)
  return added
}
