// What a reader must know before believing the figures: what was measured, and whether the generator could keep up.
import { trendFigure } from '../metrics/figures.ts'
import type { RunRecord } from '../metrics/record.ts'
import { selectFrom } from '../metrics/series.ts'
import { humanizeShare, humanizeTime } from './humanize.ts'

export const SELF_TEST = 'self-test against the built-in store, not storage'

/** A shard that used more than this of its core, at its busiest second, … */
const BUSY_SHARE = 0.9
/** … while its event loop was this late on average, could not have gone faster whatever the store did. */
const LATE_MEAN_MS = 2
/** So late that no further evidence is needed. */
const LATE_P95_MS = 50

/** Sentences; empty when there is nothing to warn of. */
export function notesOf({ builtin, series }: Pick<RunRecord, 'builtin' | 'series'>): readonly string[] {
  const lag = selectFrom(series, { name: 'generator_lag', tags: {} })
  const busiest = series.filter(({ metric }) => metric === 'generator_cpu')
    .reduce((most, { data }) => data.type === 'gauge' ? Math.max(most, data.max) : most, 0)
  const notes = builtin ? [SELF_TEST] : []
  if (lag?.type !== 'trend' || lag.count === 0) return notes
  const [mean, p95] = [trendFigure(lag, 'avg'), trendFigure(lag, 'p(95)')]
  if (p95 < LATE_P95_MS && (busiest < BUSY_SHARE || mean < LATE_MEAN_MS)) return notes
  return [...notes, `the generator was the bottleneck: a shard used up to ${humanizeShare(busiest)} of its core and ran `
    + `${humanizeTime(p95, null)} late (p95). Use more shards or fewer VUs before judging the store`]
}
