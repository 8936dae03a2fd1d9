// Runs that never were: windows with noise of known size and memory, and a slowdown planted in them, for the comparison to find or not.
import { randomFrom, type Random } from '../../bindings/sdk/index.ts'
import { Histogram } from '../../runtime/metrics/histogram.ts'
import type { Window } from '../../runtime/metrics/timeline.ts'
import type { Series } from '../../runtime/metrics/snapshot.ts'
import { compareRuns, COMPARE_DEFAULTS, type Comparison } from '../../runtime/results/compare/compare.ts'
import type { ComparableRun } from '../../runtime/results/compare/unlike.ts'
import { autoregressive, normals } from './noise.ts'

export interface Simulated {
  /** Windows of a second. */
  readonly windows: number
  /** The noise of a window's durations as a share, and how much of it the next window has. */
  readonly noise: number
  readonly phi: number
  /** How much a whole run differs from another, as a share. */
  readonly runNoise?: number
  /** Operations a window at the usual pace. */
  readonly count: number
}

export const USUAL: Simulated = { windows: 300, noise: 0.1, phi: 0.5, count: 200 }
const OPS = ['get', 'put'] as const

function seriesOf(op: string, factor: number, count: number, random: Random): readonly Series[] {
  const tags = { op }
  const durations = new Histogram()
  for (const normal of normals(count, random)) durations.record(5 * factor * Math.exp(0.4 * normal))
  return [
    { metric: 's3_reqs', contains: 'default', tags, data: { type: 'counter', sum: count, count } },
    { metric: 's3_req_failed', contains: 'default', tags, data: { type: 'rate', trues: 0, count } },
    { metric: 's3_req_duration', contains: 'time', tags, data: durations.data() },
  ]
}

/** A closed loop's windows: when the store is slower, fewer operations fit in. */
export function simulatedWindows(
  { windows, noise, phi, runNoise = 0, count }: Simulated, slower: number, random: Random,
): readonly Window[] {
  const [run = 0] = normals(1, random)
  const noises = OPS.map((op) => [op, autoregressive(windows, phi, random)] as const)
  return Array.from({ length: windows }, (_, at) => ({
    startMs: at * 1000, lengthMs: 1000,
    series: noises.flatMap(([op, own]) => {
      const factor = (1 + slower) * Math.exp(noise * (own[at] ?? 0) + runNoise * run)
      return seriesOf(op, factor, Math.max(1, Math.round(count / factor)), random)
    }),
  }))
}

/** A run around windows: as much of a record as a comparison reads. */
export function runOf(
  windows: readonly Window[], more: { readonly path?: string; readonly plan?: object; readonly record?: object } = {},
): ComparableRun {
  const record = {
    plan: {
      runId: '0815', prefix: 'chopsticks-0815/', script: { name: 's.ts', digest: 'd' }, scenarios: [], workloads: ['s3'], ...more.plan,
    },
    targets: ['s3 native http://store chopsticks-0815/'], builtin: false, series: windows[0]?.series ?? [],
    ending: { kind: 'passed' }, ...more.record,
  } as unknown as ComparableRun['record']
  const environment = { versions: {}, host: { name: 'h', system: 'linux', cores: 2, memoryBytes: 1, nics: [] } }
  return { path: more.path ?? 'run', record, environment, windows, complete: true }
}

export interface Alarms { readonly worse: number; readonly better: number }

/** How many of so many comparisons found anything to be worse, or better. */
export function alarms(shape: Simulated, { comparisons, slower, pairs = 1, seed }:
{ readonly comparisons: number; readonly slower: number; readonly pairs?: number; readonly seed: number }): Alarms {
  const found = (comparison: Comparison, verdict: string): boolean => comparison.rows.some((row) => row.verdict === verdict)
  let [worse, better] = [0, 0]
  for (let at = 0; at < comparisons; at++) {
    const random = randomFrom(seed, at)
    const side = (by: number) => Array.from({ length: pairs }, () => runOf(simulatedWindows(shape, by, random)))
    const comparison = compareRuns(side(0), side(slower), { ...COMPARE_DEFAULTS, draws: 0 })
    if (found(comparison, 'worse')) worse++
    if (found(comparison, 'better')) better++
  }
  return { worse, better }
}
