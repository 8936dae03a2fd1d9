// Values of single operations out of an op log: those a second's figures would stand for otherwise.
import type { Json, JsonObject } from '../../../bindings/sdk/index.ts'
import { opLogLines } from './op-log-lines.ts'
import type { Point } from './points.ts'

/** Which metrics an op log has every value of: those of a workload that are made of nothing else. */
export const fromOpLog = (metric: string, workloads: readonly string[]): boolean =>
  workloads.some((workload) => ['reqs', 'req_duration', 'req_waiting'].some((part) => metric === `${workload}_${part}`))

const TAGS = ['op', 'driver', 'target', 'endpoint', 'code', 'scenario', 'group'] as const

/** The values of one line of an op log; none of the header, of what is not the load's, of what had not ended. */
function pointsOf(line: JsonObject, originEpochMs: number): readonly Point[] {
  const { workload, startedUs, firstByteUs, endedUs, phase, code } = line
  if (phase !== 'iteration' || code === 'cancelled' || typeof workload !== 'string') return []
  if (typeof endedUs !== 'number' || typeof startedUs !== 'number') return []
  const text = (value: Json | undefined): readonly string[] => typeof value === 'string' ? [value] : []
  const tags = Object.fromEntries(TAGS.flatMap((tag) => text(line[tag]).map((value) => [tag, value] as const)))
  const metadata = { vu: JSON.stringify(line['vu'] ?? null), iter: JSON.stringify(line['iteration'] ?? null) }
  const point = (part: string, value: number): Point =>
    ({ metric: `${workload}_${part}`, epochMs: originEpochMs + endedUs / 1000, value, tags, metadata })
  return [
    point('reqs', 1), point('req_duration', (endedUs - startedUs) / 1000),
    ...(typeof firstByteUs === 'number' ? [point('req_waiting', (firstByteUs - startedUs) / 1000)] : []),
  ]
}

/** Every value of a run's op logs, file by file, in the order in which operations ended in each. */
export async function* opLogPoints(folder: string, runId: string): AsyncGenerator<readonly Point[]> {
  for await (const { line, originEpochMs } of opLogLines(folder, runId)) yield pointsOf(line, originEpochMs)
}
