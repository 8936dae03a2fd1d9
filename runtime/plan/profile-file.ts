// A load profile from a CSV file: points in time with a rate or a number of VUs, joined by straight lines.
import { DurationError, parseGoDuration } from '../../bindings/sdk/index.ts'
import type { Fields, Given } from './fields.ts'
import { text, type Stage } from './kinds.ts'
import type { Ns } from './ns.ts'
import { OptionError } from './problem.ts'

export interface Profile {
  readonly file: string
  readonly start: Given<number>
  readonly stages: Given<readonly Stage[]>
  /** Values were multiplied by this, so that decimals are whole numbers. */
  readonly scale: number
}

interface Point { readonly atNs: Ns; readonly value: string }

const LINES_MAX = 10_000
const DECIMALS_MAX = 6
const UNIT_NS: Readonly<Record<string, number>> = { time_s: 1e9, time_ms: 1e6 }
const TIME_COLUMNS = ['time', 'time_s', 'time_ms'] as const

/** Reads the file that `profile` names; undefined, and noted, when it can't be, or when keys are given that it replaces. */
export function readProfile(
  fields: Fields, executor: string, column: 'rate' | 'vus', replaced: readonly string[],
): Profile | undefined {
  for (const key of replaced.filter((one) => fields.has(one))) {
    fields.refuse([key], `a ${executor} scenario has ${key} or a profile, not both`)
  }
  const read = fields.take<{ readonly file: string; readonly profile: ParsedProfile } | undefined>('profile', {
    fromJson(value) {
      const file = text.fromJson(value)
      return { file, profile: parseProfile(fields.readFile(file), file, column) }
    },
  }, undefined)
  if (read.value === undefined) return undefined
  const { file, profile } = read.value
  return { file, scale: profile.scale, start: { ...read, value: profile.start }, stages: { ...read, value: profile.stages } }
}

interface ParsedProfile { readonly start: number; readonly stages: readonly Stage[]; readonly scale: number }

/**
 * A header names two columns: `time_s` or `time_ms` (numbers), or `time` (durations such as 1m30s); and `rate` or `vus`. The first
 * point is at 0; times never go back, and two points at the same time are a jump. Lines that are empty or begin with # say nothing.
 * Throws OptionError naming the line.
 */
function parseProfile(content: string, file: string, column: 'rate' | 'vus'): ParsedProfile {
  const bad = (line: number, message: string): never => { throw new OptionError(`${file}:${line}: ${message}`, { kind: 'value' }) }
  const lines = content.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/).map((line, index) => ({ number: index + 1, line: line.trim() }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
  const [header, ...rows] = lines
  const expected = `the first line must name the columns: time_s,${column} (or time_ms, or time for durations such as 1m30s)`
  if (header === undefined) return bad(1, expected)
  if (rows.length > LINES_MAX) return bad(header.number, `has ${rows.length} points: ${LINES_MAX} are the most`)
  const names = header.line.split(',').map((name) => name.trim())
  const timeAt = names.findIndex((name) => TIME_COLUMNS.some((known) => known === name))
  const valueAt = names.indexOf(column)
  if (timeAt === -1 || valueAt === -1) return bad(header.number, expected)
  const unitNs = UNIT_NS[names[timeAt] ?? '']
  let beforeNs = 0
  const points = rows.map(({ number, line }, index): Point => {
    const cells = line.split(',').map((cell) => cell.trim())
    const atNs = timeOf(cells[timeAt] ?? '', unitNs, (message) => bad(number, message))
    if (index === 0 && atNs !== 0) bad(number, 'the first point must be at time 0')
    if (atNs < beforeNs) bad(number, 'times must not go back')
    beforeNs = atNs
    const value = cells[valueAt] ?? ''
    if (!/^\d+(?:\.\d+)?$/.test(value)) bad(number, `'${value}' is no ${column === 'rate' ? 'rate' : 'number of VUs'}`)
    if (column === 'vus' && !/^\d+(?:\.0+)?$/.test(value)) bad(number, `'${value}' is no whole number of VUs`)
    return { atNs, value }
  })
  if (points.length < 2) return bad(header.number, 'a profile needs two points at least')
  return toStages(points, (message) => bad(header.number, message))
}

function timeOf(cell: string, unitNs: number | undefined, bad: (message: string) => never): Ns {
  let ns: number
  if (unitNs === undefined) {
    try {
      ns = Number(parseGoDuration(cell))
    } catch (error) {
      if (!(error instanceof DurationError)) throw error
      return bad(`${error.message}; in a column time_s or time_ms numbers need no unit`)
    }
  } else {
    if (!/^\d+(?:\.\d+)?$/.test(cell)) return bad(`'${cell}' is no time`)
    ns = Math.round(Number(cell) * unitNs)
  }
  return Number.isSafeInteger(ns) && ns >= 0 ? ns : bad(`'${cell}' is out of range: 0 to 104 days`)
}

function toStages(points: readonly Point[], bad: (message: string) => never): ParsedProfile {
  const decimals = Math.max(...points.map(({ value }) => (value.split('.')[1] ?? '').replace(/0+$/, '').length))
  if (decimals > DECIMALS_MAX) return bad(`a rate has ${decimals} decimals: ${DECIMALS_MAX} are the most`)
  const scale = 10 ** decimals
  const values = points.map(({ value }) => Math.round(Number(value) * scale))
  if (values.some((value) => !Number.isSafeInteger(value))) return bad('a value is too large')
  const stages = points.slice(1).map(({ atNs }, index) =>
    ({ durationNs: atNs - (points[index]?.atNs ?? 0), target: values[index + 1] ?? 0 }))
  return { start: values[0] ?? 0, stages, scale }
}
