// What differs between two runs beside their results, and what of it makes them unlike things that can't be compared.
import type { Json } from '../../../bindings/sdk/index.ts'
import type { RunRecord } from '../../metrics/record.ts'
import type { StoredRun } from '../stored-run.ts'

/** What may be different on purpose (`--across`): script, load (scenarios), store (the built-in one against storage). */
export const ACROSS = ['script', 'load', 'store'] as const
export type Across = (typeof ACROSS)[number]

/** Why two runs can't be compared, in a sentence. `incomplete` can't be allowed. */
export interface Unlike { readonly kind: Across | 'incomplete'; readonly message: string }

/** A part of plan or environment that differs: its path, and each side's value as JSON text; undefined where it has none. */
export interface Difference { readonly what: string; readonly a: string | undefined; readonly b: string | undefined }

/** A run as comparisons need it. */
export type ComparableRun = Pick<StoredRun, 'path' | 'record' | 'environment' | 'windows' | 'complete'>

/** Runs that came to their planned end; a crossed threshold is a result. */
const isWhole = ({ ending }: RunRecord): boolean =>
  ending.kind === 'passed' || ending.kind === 'nothing-measured' || (ending.kind === 'thresholds' && !ending.aborted)

const endingText = ({ ending }: RunRecord): string => ending.kind === 'signal' ? `was stopped by ${ending.signal}`
  : 'message' in ending ? `did not end well: ${ending.message}` : `ended as ${ending.kind}`

const incomplete = (name: string, { record, complete, windows }: ComparableRun): readonly Unlike[] => {
  const told = (message: string): readonly Unlike[] => [{ kind: 'incomplete', message: `${name} ${message}` }]
  if (!complete) return told('was not kept to its end')
  if (!isWhole(record)) return told(endingText(record))
  return windows.length === 0 ? told('has no windows: its load never began') : []
}

/** Text that is equal for equal values, whatever the order of their keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value).filter(([, one]) => one !== undefined).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join()}}`
}

/** What makes the two unlike, but for what may differ. */
export function unlikeness(a: ComparableRun, b: ComparableRun, across: readonly Across[]): readonly Unlike[] {
  const [left, right] = [a.record, b.record]
  const found: Unlike[] = [...incomplete('A', a), ...incomplete('B', b)]
  const apart = (kind: Across, differ: boolean, message: string): void => {
    if (differ && !across.includes(kind)) found.push({ kind, message })
  }
  const [script, other] = [left.plan.script, right.plan.script]
  apart('script', script.digest !== other.digest, script.name === other.name
    ? `the script ${script.name} is not the same in both` : `the scripts differ: ${script.name} and ${other.name}`)
  apart('load', canonical(left.plan.scenarios) !== canonical(right.plan.scenarios), 'the load differs: its scenarios are not the same')
  apart('store', left.builtin !== right.builtin,
    `${left.builtin ? 'A' : 'B'} used the built-in store, ${left.builtin ? 'B' : 'A'} a real one`)
  return found
}

function* leaves(value: unknown, path: string): Generator<readonly [path: string, text: string]> {
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) yield [path, JSON.stringify(value)]
    return
  }
  for (const [key, one] of Object.entries(value)) {
    yield* leaves(one, path === '' ? key : Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`)
  }
}

/** What is compared of a run beside its results: its plan without what names the run, its targets, its environment. */
function facts({ record, environment }: ComparableRun): ReadonlyMap<string, string> {
  const { runId, prefix, ...plan } = record.plan
  // The built-in store listens where a port is free.
  const named = (line: string): string => record.builtin ? line.replace(/\b127\.0\.0\.1:\d+/, '127.0.0.1:<port>') : line
  const targets = record.targets.map((line) => named(line.replaceAll(prefix, '<prefix>').replaceAll(runId, '<run>')))
  return new Map(leaves(JSON.parse(JSON.stringify({ plan, target: targets, builtin: record.builtin, environment })) as Json, ''))
}

/** Every part of plan, targets and environment that is not the same, in the order of the alphabet. */
export function differences(a: ComparableRun, b: ComparableRun): readonly Difference[] {
  const [left, right] = [facts(a), facts(b)]
  return [...new Set([...left.keys(), ...right.keys()])].sort()
    .map((what) => ({ what, a: left.get(what), b: right.get(what) })).filter((each) => each.a !== each.b)
}
