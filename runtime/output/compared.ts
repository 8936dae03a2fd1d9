// The table of several runs of one script, with one driver or target after the other: each operation of each run is a row.
import type { RunRecord } from '../metrics/record.ts'
import type { FigureStyle } from './metric-lines.ts'
import { comparedRows, COMPARED_COLUMNS } from './operations.ts'
import { laidOut } from './table.ts'

/** One run of several; without a record where it did not come to one. */
export interface ComparedRun {
  /** What it was run with: `driver s5cmd, target west`. */
  readonly name: string
  readonly exitCode: number
  readonly record: RunRecord | undefined
}

/** The table, and below it nothing: what went wrong in a run was told when it ended; its exit code stands beside it. */
export function comparedLines(runs: readonly ComparedRun[], style: Omit<FigureStyle, 'measuredMs' | 'timeUnit'>): readonly string[] {
  const rows = runs.flatMap(({ name, exitCode, record }) => {
    const exit = exitCode === 0 ? '0' : style.palette.bad(String(exitCode))
    const { workloads = [], summary } = record?.plan ?? {}
    const figures = record === undefined ? [] : workloads.flatMap((workload) => comparedRows(record.series, workload,
      { ...style, measuredMs: record.times.measuredMs, timeUnit: summary?.timeUnit ?? null }))
    return figures.length === 0 ? [[name, exit]] : figures.map((row) => [name, exit, ...row])
  })
  const columns = [{ head: 'run', align: 'left' as const }, { head: 'exit', align: 'right' as const }, ...COMPARED_COLUMNS]
  return laidOut(columns, rows, style.columns, style.palette)
}
