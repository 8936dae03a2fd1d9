// From a command line to a plan: options, script, settings and the first look at the script, each read once.
import { randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Binding } from '../../bindings/sdk/index.ts'
import { diskFiles } from '../agent/files.ts'
import { endingOf } from '../coordinator/endings.ts'
import { inspectScript } from '../coordinator/inspect.ts'
import type { TargetSettings } from '../link/protocol.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import type { Environment, RawFlags } from '../plan/layers.ts'
import { commandOptions, makePlan, type CommandOptions } from '../plan/make-plan.ts'
import type { Inspection, Plan } from '../plan/plan.ts'
import { OptionError, problemLine, type PlanProblem } from '../plan/problem.ts'
import type { Builtins } from './builtin.ts'
import { failureOf, type Locate } from './ending.ts'
import { Failure } from './failure.ts'
import { AgentLog } from './report.ts'
import { fileAccess, loadScript, locator, type Script } from './script.ts'
import type { Settings } from './settings.ts'
import { defaultShards, fittingShards, type Agents } from './shards.ts'
import type { Stopper } from './signals.ts'
import type { World } from './world.ts'

export interface Preparation {
  readonly script: string
  readonly flags: RawFlags
  readonly world: World
  readonly agents: Agents
  readonly stopper: Stopper
  readonly options: CommandOptions
  /** Where built-in stores are started as soon as a script is seen to import a workload no store is named for; not where nothing runs. */
  readonly builtins?: Builtins
}

/** What is known once script and settings have been read. */
export interface Sources {
  readonly script: Script
  readonly settings: Settings
  readonly options: CommandOptions
  /** The workloads the script imports. */
  readonly workloads: readonly Binding[]
  readonly locate: () => Promise<Locate>
}

/** Warnings about a script's options that are shown: it may have any number of keys. */
const WARNINGS_SHOWN = 20

/** A variable the stores' settings read, which is no option. */
const STORE_VARIABLES = ['CHOPSTICKS_BUCKET']

/** The environment as far as options are concerned. */
export const optionEnvironment = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !STORE_VARIABLES.includes(name)))

/** Ends the command when anything is wrong with its options: one line a problem, the gravest exit code. */
export function refuse(problems: readonly Pick<PlanProblem, 'exit'>[], lines: readonly string[]): never {
  const code = problems.some(({ exit }) => exit === 255) ? 255 : EXIT_CODES.config
  const [first = '', ...others] = lines
  throw new Failure(code, [first, ...others].join('\n'))
}

/** The options a command needs before anything is read; the terminal is set up by them. */
export function firstOptions(flags: RawFlags, { env, terminal }: World): CommandOptions {
  const options = commandOptions({ env: optionEnvironment(env), flags })
  if ('problems' in options) return refuse(options.problems, options.problems.map(problemLine))
  terminal.configure(options)
  return options
}

/** Reads the settings; secrets are hidden from then on. Throws a Failure (104) that names all that is wrong. */
export async function loadSettings(
  options: CommandOptions, bindings: readonly Binding[], { env, cwd, terminal }: World,
): Promise<Settings> {
  const [{ readSettings }, { settingsProblemLine }] = await Promise.all([import('./settings.ts'), import('./targets-problem.ts')])
  const result = await readSettings({
    configPath: options.config, targetName: options.target, driverName: options.driver, env, cwd, bindings,
    readFile: (path) => readFileSync(path, 'utf8'),
  })
  if ('problems' in result) {
    const [first, ...others] = result.problems
    const rest = others.map(settingsProblemLine)
    if (first?.place === undefined) return refuse([{ exit: 104 }], result.problems.map(settingsProblemLine))
    const subject = first.subject === '' ? '' : `${first.subject}: `
    throw new Failure(EXIT_CODES.config, [`${subject}${first.message}`, ...rest].join('\n'), { place: first.place })
  }
  const { settings } = result
  terminal.hide(settings.secrets)
  return settings
}

/** The registry, loaded when a command needs it. */
export const allBindings = async (): Promise<readonly Binding[]> => (await import('../../bindings/index.ts')).registry()

/** Reads script and settings at once. */
export async function loadSources({ script: name, flags, world, stopper, options: first, builtins }: Preparation): Promise<Sources> {
  const bindings = await allBindings()
  const reading = loadSettings(first, bindings, world)
  const onModule = (module: string): void => {
    const workload = bindings.find((binding) => binding.workload !== undefined && binding.module === module)?.name
    if (workload === undefined || builtins === undefined) return
    reading.then(({ builtinNeeded, builtinOptions }) => {
      if (builtinNeeded.includes(workload)) void builtins.start(workload, builtinOptions[workload])
    }, () => { return })
  }
  const [script, settings] = await stopper.orStop(Promise.all([loadScript(name, world, onModule), reading]))
  const options = commandOptions({ file: settings.fileOptions, env: optionEnvironment(world.env), flags })
  if ('problems' in options) return refuse(options.problems, options.problems.map(problemLine))
  for (const { message, ...place } of script.bundled.warnings) world.terminal.log.warn(`${place.file ?? name}: ${message}`)
  const workloads = bindings.filter((binding) => binding.workload !== undefined && script.bundled.imports.includes(binding.module))
  const missing = workloads.find((binding) => settings.missing.includes(binding.name))
  if (missing !== undefined) {
    const target = settings.targets.default
    throw new Failure(EXIT_CODES.config, `${name} uses ${missing.module}, and target '${target}' names no ${missing.name} store`)
  }
  let located: Promise<Locate> | undefined
  return { script, settings, options, workloads, locate: () => (located ??= locator(script)) }
}

/** The first look at the script, in an agent. Throws a Failure that says why it can't be evaluated. */
export async function look({ world, agents, stopper }: Preparation, sources: Sources, seed: number): Promise<Inspection> {
  const { script, options, settings, locate } = sources
  const access = fileAccess(script, options.allowRead, world.cwd, settings.filesRead)
  const agentLog = new AgentLog(() => world.terminal.log, locate)
  const result = await stopper.orStop(inspectScript({
    link: await agents.first(), clock: world.clock,
    request: {
      kind: 'inspect', bundle: script.bundled.bundle, env: options.env, access, limits: options.limits, seed,
      targets: storeNames(settings), timeoutMs: options.setupTimeout / 1e6,
    },
    log: (message) => { agentLog.say(message) },
  }))
  await agentLog.said()
  if (result.ok) return result.inspection
  const { failure } = result
  const ending = failure.kind === 'lost'
    ? { kind: 'shard-lost', message: `the process that evaluated ${script.name} was lost: ${failure.reason}` } as const
    : endingOf('init', failure)
  if (ending.kind === 'bug') world.terminal.log.debug(ending.stack)
  throw failureOf(ending, await locate()) ?? new Failure(EXIT_CODES.bug, 'the script was evaluated and was not')
}

/** Reads files that options name, as the script's open() does: below its folder, or one of --allow-read. */
function namedFiles({ script, settings }: Sources, { allowRead }: CommandOptions, { cwd }: World): (path: string) => string {
  const files = diskFiles(fileAccess(script, allowRead, cwd, settings.filesRead))
  return (path) => {
    try {
      return Buffer.from(files.read(path), 'base64').toString('utf8')
    } catch (error) {
      // The sentence is open()'s own; here nobody has called it.
      const said = error instanceof Error ? error.message : String(error)
      throw new OptionError(said.replace(/^open\((".*")\):/, '$1:'), { kind: 'value' })
    }
  }
}

/** Every store a script may name, with its driver where the settings choose one. */
function storeNames({ targets: { default: chosen, targets }, builtinNeeded }: Settings): TargetSettings {
  const named = Object.entries(targets).map(([target, stores]) => [target, {
    ...(target === chosen ? Object.fromEntries(builtinNeeded.map((workload) => [workload, {}])) : {}),
    ...Object.fromEntries(Object.entries(stores).map(([workload, { driver }]) => [workload, driver === undefined ? {} : { driver }])),
  }] as const)
  return { default: chosen, targets: Object.fromEntries(named) }
}

/** The plan, with a name of its own for the run. Throws a Failure that names all that is wrong. */
export function planRun({ flags, world }: Preparation, sources: Sources, inspection: Inspection, seed: number): Plan {
  const { script, settings, options, workloads } = sources
  const result = makePlan(
    { file: settings.fileOptions, script: inspection.options, env: optionEnvironment(world.env), flags },
    {
      runId: randomBytes(4).toString('hex'), seedDefault: seed, shardsDefault: defaultShards(),
      script: { name: script.name, digest: script.bundled.bundle.digest },
      functions: inspection.functions, metrics: inspection.metrics, workloads: workloads.map(({ name }) => name),
      readFile: namedFiles(sources, options, world),
      mayOverwrite: (workload, prefix) => settings.mayOverwrite(workload, prefix),
    },
  )
  for (const warning of result.warnings.slice(0, WARNINGS_SHOWN)) world.terminal.log.warn(warning)
  const more = result.warnings.length - WARNINGS_SHOWN
  if (more > 0) world.terminal.log.warn(`and ${String(more)} more of that kind`)
  if ('problems' in result) return refuse(result.problems, result.problems.map(problemLine))
  return fittingShards(result.plan, options.shards)
}

/** A seed for a run that was given none. */
export const drawSeed = (): number => randomInt(2 ** 31)
