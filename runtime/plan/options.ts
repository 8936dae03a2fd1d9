// THE option table: every option once; flags, environment variables, defaults and documentation are derived from it.
import type { JsonObject, Tags } from '../../bindings/sdk/index.ts'
import { COMPARISON, type ComparisonValues } from './comparison-options.ts'
import {
  choice, duration, integer, keyPrefix, object, size, stages, tags, text, texts, toggle, trendStats, variables, type Stage,
} from './kinds.ts'
import type { Ns } from './ns.ts'
import { ANYWHERE, COMMAND, DECLARED, option, OUTSIDE, type Option } from './option-entry.ts'
import type { DebugRequests, SummaryOptions } from './plan.ts'
import { untilKind, type Until } from './until.ts'

/** An option's value once it is read, by its name in a script's `options`. */
export interface OptionValues extends ComparisonValues {
  readonly vus: number
  readonly duration: Ns
  readonly iterations: number
  readonly stages: readonly Stage[]
  readonly scenarios: JsonObject
  readonly thresholds: JsonObject
  readonly tags: Tags
  readonly env: Readonly<Record<string, string>>
  readonly prefix: string
  readonly seed: number
  readonly verify: boolean
  readonly minIterationDuration: Ns
  readonly until: Until
  readonly setupTimeout: Ns
  readonly teardownTimeout: Ns
  readonly cleanupTimeout: Ns
  readonly handleSummaryTimeout: Ns
  readonly noSetup: boolean
  readonly noTeardown: boolean
  readonly noCleanup: boolean
  readonly noThresholds: boolean
  readonly summaryMode: SummaryOptions['mode']
  readonly summaryTrendStats: readonly string[]
  readonly summaryTimeUnit: NonNullable<SummaryOptions['timeUnit']>
  readonly summaryExport: string
  readonly report: string
  readonly opLog: string
  readonly out: readonly string[]
  readonly results: string
  readonly keepRuns: number
  readonly config: string
  readonly target: string
  readonly driver: string
  readonly shards: number
  readonly allowRead: readonly string[]
  readonly vuMemoryLimit: number
  readonly vuSliceLimit: Ns
  readonly quiet: boolean
  readonly verbose: boolean
  readonly noColor: boolean
  readonly logFormat: 'text' | 'json' | 'raw'
  readonly logOutput: string
  readonly debugRequests: DebugRequests
}
export type OptionName = keyof OptionValues

/** The load, the store and what is checked. */
const LOAD = {
  vus: option('vus', integer(), {
    places: ANYWHERE, short: '-u', argument: 'N', unset: '1',
    meaning: 'How many VUs; alone, they share N iterations.',
  }),
  duration: option('duration', duration(), {
    places: ANYWHERE, short: '-d', argument: 'DURATION',
    meaning: 'How long the VUs loop; with iterations, how long they may take.',
  }),
  iterations: option('iterations', integer(), {
    places: ANYWHERE, short: '-i', argument: 'N',
    meaning: 'How many iterations the VUs share.',
  }),
  stages: option('stages', stages, {
    places: ANYWHERE, short: '-s', flag: '--stage', argument: 'DURATION:VUS',
    meaning: 'A ramp of VUs: each stage goes on to its number in a straight line; vus is where it begins.',
  }),
  scenarios: option('scenarios', object, {
    places: DECLARED,
    meaning: 'Named parts of the run, each with an executor.',
  }),
  thresholds: option('thresholds', object, {
    places: DECLARED, default: { iterations_failed: ['rate<1'] },
    meaning: 'What must hold for the run to pass, by metric; the default stands beside your own.',
  }),
  tags: option('tags', tags, {
    places: ANYWHERE, flag: '--tag', argument: 'NAME=VALUE', default: {},
    meaning: 'Tags on everything the run emits; a layer replaces those of lower ones.',
  }),
  env: option('env', variables, {
    places: ['flag'], short: '-e', argument: 'NAME=VALUE', default: {},
    meaning: 'Variables of the script\'s __ENV, over those under env: in the config file.',
  }),
  prefix: option('prefix', keyPrefix, {
    places: DECLARED, unset: 'chopsticks-<run id>/',
    meaning: 'Everything the script names in a store is below it; your own one is never cleaned up.',
  }),
  seed: option('seed', integer({ min: 0 }), {
    places: ANYWHERE, argument: 'N', unset: 'drawn for each run',
    meaning: 'Every random choice and payload byte follows from it.',
  }),
  verify: option('verify', toggle, {
    places: ANYWHERE, unset: 'the front of what is read whole',
    meaning: 'Checks every byte that is read, and that no write was lost; false: only what the script asks for.',
  }),
  minIterationDuration: option('minIterationDuration', duration(0n), {
    places: ANYWHERE, argument: 'DURATION', default: '0s',
    meaning: 'A shorter iteration is followed by a wait for the rest.',
  }),
  until: option('until', untilKind, {
    places: ANYWHERE, argument: 'WHAT', unset: 'the load is over',
    meaning: 'Ends the load early: steady (steady=bytes, steady=latency), maxData=SIZE; with a comma, either.',
  }),
} as const

const PHASES = {
  setupTimeout: option('setupTimeout', duration(1n), {
    places: ANYWHERE, argument: 'DURATION', default: '60s',
    meaning: 'How long setup() may take.',
  }),
  teardownTimeout: option('teardownTimeout', duration(1n), {
    places: ANYWHERE, argument: 'DURATION', default: '60s',
    meaning: 'How long teardown() may take.',
  }),
  cleanupTimeout: option('cleanupTimeout', duration(1n), {
    places: ANYWHERE, argument: 'DURATION', default: '60s',
    meaning: 'How long deleting what the run made may take.',
  }),
  handleSummaryTimeout: option('handleSummaryTimeout', duration(1n), {
    places: ['env', 'file', 'script'], default: '120s',
    meaning: 'How long handleSummary() may take.',
  }),
  noSetup: option('noSetup', toggle, {
    places: ANYWHERE, default: false,
    meaning: 'Leaves out setup().',
  }),
  noTeardown: option('noTeardown', toggle, {
    places: ANYWHERE, default: false,
    meaning: 'Leaves out teardown().',
  }),
  noCleanup: option('noCleanup', toggle, {
    places: ANYWHERE, default: false,
    meaning: 'Leaves what the run made in the store.',
  }),
  noThresholds: option('noThresholds', toggle, {
    places: OUTSIDE, default: false,
    meaning: 'Judges nothing: no threshold, not even whether anything was measured.',
  }),
} as const

const SUMMARY = {
  summaryMode: option('summaryMode', choice(['compact', 'full', 'disabled']), {
    places: OUTSIDE, argument: 'MODE', default: 'compact',
    meaning: 'How much the summary shows: compact, full, disabled.',
  }),
  summaryTrendStats: option('summaryTrendStats', trendStats, {
    places: ANYWHERE, argument: 'LIST', default: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'],
    meaning: 'Figures of a trend in the summary.',
  }),
  summaryTimeUnit: option('summaryTimeUnit', choice(['s', 'ms', 'us']), {
    places: ANYWHERE, argument: 'UNIT', unset: 'the unit that fits',
    meaning: 'One unit for all times in the summary: s, ms, us.',
  }),
  summaryExport: option('summaryExport', text, {
    places: OUTSIDE, argument: 'FILE',
    meaning: 'Writes the summary\'s data to a file as JSON.',
  }),
  report: option('report', text, {
    places: OUTSIDE, argument: 'FILE',
    meaning: 'Writes the run as one HTML page: verdict, tables, charts.',
  }),
  opLog: option('opLog', text, {
    places: OUTSIDE, argument: 'DIR',
    meaning: 'Writes every operation to a file of its shard in this folder, as lines of JSON.',
  }),
  out: option('out', texts, {
    places: OUTSIDE, short: '-o', argument: 'NAME=ARG', default: [],
    meaning: 'Sends each second, or a report, elsewhere: json, csv, prometheus, junit, github, ...',
  }),
  results: option('results', text, {
    places: OUTSIDE, argument: 'DIR', unset: './.chopsticks/runs',
    meaning: 'The folder runs are kept in, a folder each; none: nothing is kept.',
  }),
  keepRuns: option('keepRuns', integer({ min: 1 }), {
    places: OUTSIDE, argument: 'N', unset: 'all of them',
    meaning: 'How many whole runs stay in the results folder: older ones are deleted when a run ends.',
  }),
} as const

const COMMAND_LINE = {
  config: option('config', text, {
    places: COMMAND, short: '-c', argument: 'FILE', unset: './chopsticks.yaml, if there is one',
    meaning: 'The file with targets, options and env.',
  }),
  target: option('target', text, {
    places: COMMAND, argument: 'NAME', unset: 'the file\'s own',
    meaning: 'Which of the file\'s targets to use; of several, with commas between, one after the other.',
  }),
  driver: option('driver', text, {
    places: COMMAND, argument: 'DRIVER', unset: 'the target\'s own',
    meaning: 'Which driver to use; of several, with commas between, one after the other.',
  }),
  shards: option('shards', integer({ min: 0, max: 1024 }), {
    places: OUTSIDE, argument: 'N', unset: 'the cores left to use',
    meaning: 'How many processes share the load; 0 = none but this one, for debugging.',
  }),
  allowRead: option('allowRead', texts, {
    places: OUTSIDE, argument: 'DIR', default: [],
    meaning: 'A folder that open() may read beside the script\'s own.',
  }),
  vuMemoryLimit: option('vuMemoryLimit', size(1024 ** 2), {
    places: OUTSIDE, argument: 'SIZE', default: '64MiB',
    meaning: 'The heap of one VU.',
  }),
  vuSliceLimit: option('vuSliceLimit', duration(1_000_000n), {
    places: OUTSIDE, argument: 'DURATION', default: '250ms',
    meaning: 'How long a VU may run without awaiting.',
  }),
  quiet: option('quiet', toggle, {
    places: COMMAND, short: '-q', default: false,
    meaning: 'No progress.',
  }),
  verbose: option('verbose', toggle, {
    places: COMMAND, short: '-v', default: false,
    meaning: 'Logs what happens in detail.',
  }),
  noColor: option('noColor', toggle, {
    places: COMMAND, default: false,
    meaning: 'No colours; NO_COLOR does the same.',
  }),
  logFormat: option('logFormat', choice(['text', 'json', 'raw']), {
    places: COMMAND, argument: 'FORMAT', default: 'text',
    meaning: 'Log lines as text, json or raw.',
  }),
  logOutput: option('logOutput', text, {
    places: COMMAND, argument: 'WHERE', default: 'stderr',
    meaning: 'Where the log goes: stderr, stdout, none, file=PATH.',
  }),
  debugRequests: option('debugRequests', choice(['heads', 'full']), {
    places: COMMAND, argument: 'full', bare: 'heads',
    meaning: 'Logs a shard\'s first 1000 requests: signed texts and heads; full: bodies too. No secrets.',
  }),
} as const

export const OPTIONS: { readonly [K in OptionName]: Option<OptionValues[K]> } = {
  ...LOAD, ...PHASES, ...SUMMARY, ...COMPARISON, ...COMMAND_LINE,
}

export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[]

export const isOptionName = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name)

/** The option's default as its reader gives it; undefined when it has none. */
export function defaultOf<K extends OptionName>(name: K): OptionValues[K] | undefined {
  const { kind, default: value } = OPTIONS[name]
  return value === null ? undefined : kind.fromJson(value)
}
