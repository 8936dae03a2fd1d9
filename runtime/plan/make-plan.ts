// From layers of options to the plan: merged, checked and frozen once. Nothing reads an option after this.
import type { Json } from '../../bindings/sdk/index.ts'
import { deriveScenarios, type Derived } from './execution.ts'
import type { ReadFile } from './fields.ts'
import {
  merge, readEnvironment, readFile, readFlags, readScript, type Environment, type FileOptions, type Merged, type RawFlags,
} from './layers.ts'
import { builtinMetrics } from './metrics-catalog.ts'
import { defaultOf, type OptionName, type OptionValues } from './options.ts'
import type { Limits, MetricDeclaration, Phase, Plan } from './plan.ts'
import { functionsOf } from './pacing-options.ts'
import { OptionError, Problems, type Origin, type PlanProblem } from './problem.ts'
import { readThresholds, type ReadThresholds } from './threshold-option.ts'
import { untilFits } from './until.ts'

/** Options as they were given; each layer wins over those before it. */
export interface Layers {
  readonly file?: FileOptions | undefined
  /** What the script exports as `options`. */
  readonly script?: Json
  readonly env?: Environment
  readonly flags?: RawFlags
}

/** What a plan is made from beside options. */
export interface PlanContext {
  readonly runId: string
  /** Used when no layer gives a seed. */
  readonly seedDefault: number
  readonly shardsDefault: number
  readonly script: { readonly name: string; readonly digest: string }
  /** Names of the functions the script exports. */
  readonly functions: readonly string[]
  /** Metrics the script declares. */
  readonly metrics: readonly MetricDeclaration[]
  /** Names of the workloads the script imports. */
  readonly workloads: readonly string[]
  /** Whether the targets file allows the script to work below a prefix of its own in a workload's store. Default: it does not. */
  mayOverwrite?(workload: string, prefix: string): boolean
  /** The text of a file a scenario names, below the script's folder. Throws OptionError when it can't be read. */
  readonly readFile?: ReadFile
}

export type PlanResult =
  | { readonly plan: Plan; readonly warnings: readonly string[] }
  | { readonly problems: readonly PlanProblem[]; readonly warnings: readonly string[] }

const noFiles: ReadFile = (path) => { throw new OptionError(`${path}: no file can be read here`, { kind: 'value' }) }

/** A prefix of this form is a run's own, whoever chose it. */
const OWN_PREFIX = 'chopsticks-'
const PREFIX_BYTES_MAX = 512

/** Makes the plan, or says everything that is wrong. */
export function makePlan(layers: Layers, context: PlanContext): PlanResult {
  const problems = new Problems()
  const nowhere: Origin = { layer: undefined, where: () => context.script.name }
  const { merged, warnings } = merge([
    ...(layers.file === undefined ? [] : [readFile(layers.file, problems)]),
    readScript(layers.script ?? null, context.script.name, problems),
    readEnvironment(layers.env ?? {}, problems),
    readFlags(layers.flags ?? {}, problems),
  ])
  // What could not be read is not there: going on would complain of its absence.
  if (problems.list.length > 0) return { problems: problems.list, warnings }
  const derived = deriveScenarios(merged, nowhere, problems, context.readFile ?? noFiles)
  checkFunctions(derived, nowhere, context, problems)
  const thresholds = gateOf(merged, context, problems)
  const prefix = prefixOf(merged, context, problems)
  if (merged.given.until !== undefined) untilFits(merged.given.until.value, derived.scenarios, merged.given.until.origin, problems)
  const all = [...warnings, ...derived.warnings]
  if (problems.list.length > 0) return { problems: problems.list, warnings: all }
  const plan = planOf(merged, context, {
    scenarios: derived.scenarios, prefix, ...thresholds, env: { ...layers.file?.env, ...merged.certain('env') },
  })
  return { plan: frozen(plan), warnings: all }
}

function planOf(
  merged: Merged, context: PlanContext, parts: Pick<Plan, 'scenarios' | 'prefix' | 'env'> & ReadThresholds,
): Plan {
  const phase = (left: 'noSetup' | 'noTeardown' | 'noCleanup', timeout: 'setupTimeout' | 'teardownTimeout' | 'cleanupTimeout'): Phase =>
    ({ run: !merged.certain(left), timeoutNs: merged.certain(timeout) })
  const cleanup = phase('noCleanup', 'cleanupTimeout')
  const debug = merged.value('debugRequests')
  const verify = merged.value('verify')
  const until = merged.value('until')
  return {
    version: 1,
    runId: context.runId,
    seed: merged.value('seed') ?? context.seedDefault,
    script: { name: context.script.name, digest: context.script.digest },
    ...parts,
    gate: !merged.certain('noThresholds'),
    tags: merged.certain('tags'),
    setup: phase('noSetup', 'setupTimeout'),
    teardown: phase('noTeardown', 'teardownTimeout'),
    // A prefix of the user's own may hold what other runs made: it is never cleaned by itself.
    cleanup: merged.given.prefix === undefined ? cleanup : { ...cleanup, run: false },
    handleSummary: { run: context.functions.includes('handleSummary'), timeoutNs: merged.certain('handleSummaryTimeout') },
    minIterationDurationNs: merged.certain('minIterationDuration'),
    summary: {
      mode: merged.certain('summaryMode'),
      trendStats: merged.certain('summaryTrendStats'),
      timeUnit: merged.value('summaryTimeUnit') ?? null,
    },
    limits: limitsOf(merged),
    target: merged.value('target') ?? null,
    shards: Math.max(1, merged.value('shards') ?? context.shardsDefault),
    workloads: [...context.workloads],
    ...debug === undefined ? {} : { debugRequests: debug },
    ...verify === undefined ? {} : { verify },
    ...until === undefined ? {} : { until },
  }
}

const limitsOf = (merged: Merged): Limits => ({ vuMemoryBytes: merged.certain('vuMemoryLimit'), vuSliceNs: merged.certain('vuSliceLimit') })

function checkFunctions({ scenarios, origin }: Derived, nowhere: Origin, { functions }: PlanContext, problems: Problems): void {
  const exported = functions.length === 0 ? 'it exports no function' : `it exports ${functions.join(', ')}`
  for (const scenario of scenarios) {
    const { name } = scenario
    for (const exec of functionsOf(scenario).filter((one) => !functions.includes(one))) {
      const what = exec === 'default' ? 'the script has no default function' : `the script exports no function '${exec}'`
      problems.add(origin ?? nowhere, origin === undefined ? [] : [name], `scenario '${name}': ${what}; ${exported}`)
    }
  }
}

/** The thresholds given, and beside them the default ones of metrics the user says nothing about. */
function gateOf(merged: Merged, context: PlanContext, problems: Problems): ReadThresholds {
  const metrics = [...builtinMetrics(context.workloads), ...context.metrics]
  const given = merged.given.thresholds
  const nowhere: Origin = { layer: undefined, where: () => 'default thresholds' }
  const own = given === undefined ? undefined : readThresholds(given.value, metrics, given.origin, problems)
  const defaults = Object.entries(defaultOf('thresholds') ?? {}).filter(([metric]) => given?.value[metric] === undefined)
  const standing = readThresholds(Object.fromEntries(defaults), metrics, nowhere, problems)
  return {
    thresholds: merged.certain('noThresholds') ? [] : [...own?.thresholds ?? [], ...standing.thresholds],
    submetrics: own?.submetrics ?? [],
  }
}

function prefixOf(merged: Merged, context: PlanContext, problems: Problems): string {
  const given = merged.given.prefix
  if (given === undefined) return `${OWN_PREFIX}${context.runId}/`
  const { value: prefix, origin } = given
  if (Buffer.byteLength(prefix) > PREFIX_BYTES_MAX) problems.add(origin, [], `is longer than ${PREFIX_BYTES_MAX} bytes`)
  if (prefix.startsWith('/') || prefix.includes('\0') || prefix.split('/').some((part) => part === '..' || part === '.')) {
    problems.add(origin, [], `'${prefix}' can't be a prefix: it must not begin with / nor hold . or .. as a part`)
  }
  if (!prefix.startsWith(OWN_PREFIX)) {
    for (const workload of context.workloads.filter((name) => context.mayOverwrite?.(name, prefix) !== true)) {
      problems.add(origin, [], `'${prefix}' may hold what the run did not make: begin it with ${OWN_PREFIX}, `
        + `or name it under allow_overwrite of ${workload} in the targets file`)
    }
  }
  return prefix
}

/** What a command must know before the script is first evaluated, and what concerns the command and not the plan. */
export type CommandOptions = Pick<OptionValues,
  'quiet' | 'verbose' | 'noColor' | 'logFormat' | 'logOutput' | 'allowRead' | 'setupTimeout' | 'out'
  | 'requireBaseline' | 'updateBaseline' | 'tolerance' | 'bisect'>
  & Partial<Pick<OptionValues, (typeof COMMAND_OPTIONS)[number]>>
  & { readonly env: Readonly<Record<string, string>>; readonly limits: Limits }

const COMMAND_OPTIONS = [
  'config', 'target', 'driver', 'seed', 'shards', 'summaryExport', 'report', 'opLog', 'results', 'keepRuns', 'debugRequests', 'vus',
  'baseline', 'failOn', 'across', 'by',
] as const satisfies readonly OptionName[]

/** The options a command needs before there is a plan: of the flags, the environment and, once it is read, the config file. */
export function commandOptions(layers: Omit<Layers, 'script'>): CommandOptions | { readonly problems: readonly PlanProblem[] } {
  const problems = new Problems()
  const { merged } = merge([
    ...(layers.file === undefined ? [] : [readFile(layers.file, problems)]),
    readEnvironment(layers.env ?? {}, problems),
    readFlags(layers.flags ?? {}, problems),
  ])
  if (problems.list.length > 0) return { problems: problems.list }
  const named = Object.fromEntries(COMMAND_OPTIONS.flatMap((name) => {
    const value = merged.value(name)
    return value === undefined ? [] : [[name, value] as const]
  })) as Partial<Pick<OptionValues, (typeof COMMAND_OPTIONS)[number]>>
  return {
    ...named,
    quiet: merged.certain('quiet'), verbose: merged.certain('verbose'), noColor: merged.certain('noColor'),
    logFormat: merged.certain('logFormat'), logOutput: merged.certain('logOutput'), allowRead: merged.certain('allowRead'),
    out: merged.certain('out'),
    setupTimeout: merged.certain('setupTimeout'), requireBaseline: merged.certain('requireBaseline'),
    updateBaseline: merged.certain('updateBaseline'), tolerance: merged.certain('tolerance'), bisect: merged.certain('bisect'),
    env: { ...layers.file?.env, ...merged.certain('env') }, limits: limitsOf(merged),
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(frozen)
  return Object.freeze(value)
}
