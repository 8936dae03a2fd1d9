// `chopsticks run`: from a command line to an exit code. Everything begun here is ended here, whatever happens between.
import { startBundler } from '../bundle/bundle.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import type { RawFlags } from '../plan/layers.ts'
import type { Request } from './args.ts'
import { Builtins } from './builtin.ts'
import { checkWritable } from './deliver.ts'
import type { Keeper } from './drive-parts.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
import { Leftover } from './leftover.ts'
import { drawSeed, firstOptions, loadSources, look, planRun, type Preparation, type Sources } from './prepare.ts'
import { Agents } from './shards.ts'
import { Stopped, Stopper } from './signals.ts'
import { Stores } from './stores.ts'
import type { World } from './world.ts'

type RunRequest = Extract<Request, { command: 'run' | 'inspect' }>

/** What is needed once script and plan are known; loaded while other processes make them. */
const loadDrive = () => import('./drive.ts')

/** Runs a script, or once for each driver and target where several are named. */
export async function run({ script, flags }: RunRequest, world: World): Promise<number> {
  const options = firstOptions(flags, world)
  if (options.baseline !== undefined || options.requireBaseline || options.updateBaseline || options.bisect) {
    if (isForSeveral(flags)) throw new Failure(EXIT_USAGE, '--baseline is for one run: give one driver and one target')
    const { runAgainstBaseline } = await import('./baseline.ts')
    return runAgainstBaseline(options, world, (keep) => runOnce(script, flags, world, keep))
  }
  if (!isForSeveral(flags)) return runOnce(script, flags, world, undefined, options)
  const { runSeveral, variantsOf } = await import('./several-runs.ts')
  const variants = variantsOf(flags)
  const [only, ...more] = variants
  if (only !== undefined && more.length === 0) return runOnce(script, only.flags, world)
  return runSeveral(variants, world, (own, keep) => runOnce(script, own, world, { record: keep, isOneOfSeveral: true }))
}

/** Names with a comma between them mean several runs. */
const isForSeveral = ({ driver, target }: RawFlags): boolean =>
  [driver, target].some((given) => given !== undefined && given !== true && [given].flat().join(',').includes(','))

/** One run from its script to its exit code; `keep` takes what it leaves. `options`: those of the flags, where they are known. */
export async function runOnce(
  script: string, flags: RawFlags, world: World, keep?: Keeper, options = firstOptions(flags, world),
): Promise<number> {
  if (options.shards === 0) {
    const code = await elsewhere()
    if (code !== undefined) return code
  }
  const agents = new Agents(options.shards === 0, world.headStart)
  let leftover: Leftover | undefined
  using stopper = new Stopper((signal) => {
    agents.kill()
    world.terminal.log.fail(new Failure(EXIT_CODES.signal, `ended at once by a second ${signal}`, { hint: leftover?.advice }))
    world.exit(EXIT_CODES.signal)
  })
  const builtins = new Builtins()
  try {
    const preparation: Preparation = { script, flags, world, agents, stopper, options, builtins }
    startBundler()
    await agents.first()
    const [sources, { drive }] = await Promise.all([loadSources(preparation), loadDrive()])
    checkCommand(sources)
    const stores = new Stores(sources.settings, sources.workloads, builtins, options.driver)
    const seed = sources.options.seed ?? drawSeed()
    const inspection = await look(preparation, sources, seed)
    const plan = planRun(preparation, sources, inspection, seed)
    await tellLacking(sources, world)
    const names = { ...plan, config: sources.options.config, target: sources.settings.targets.default }
    leftover = stores.builtin ? undefined : new Leftover(names)
    const code = await drive({ plan, inspection, preparation, sources, stores, leftover, keep })
    await Promise.all([agents.close(), builtins.close()])
    return stoppedLate(code, stopper, world)
  } catch (error) {
    await Promise.all([agents.abandon(), builtins.close()])
    throw error instanceof Stopped ? new Failure(EXIT_CODES.signal, error.message) : error
  }
}

/** The exit code of a process with a larger stack that ran everything, where this one's is too small. */
async function elsewhere(): Promise<number | undefined> {
  const { endWithParent, needsRespawn, respawn } = await import('./respawn.ts')
  if (needsRespawn()) return await respawn()
  endWithParent()
  return undefined
}

/** Tells of operations that drivers haven't, where others than the usual ones are named: those have all. */
async function tellLacking(sources: Sources, { terminal }: World): Promise<void> {
  const { settings, options, script } = sources
  const isNamed = options.driver !== undefined || script.bundled.bundle.code.includes('driver:') ||
    Object.values(settings.targets.targets).some((stores) => Object.values(stores).some(({ driver }) => driver !== undefined))
  if (!isNamed) return
  const { lackingLines } = await import('./lacking.ts')
  for (const line of await lackingLines(sources)) terminal.log.warn(line)
}

/** What can be known to fail before anything is started. */
function checkCommand({ options, settings }: Sources): void {
  if (options.summaryExport !== undefined) checkWritable('--summary-export', options.summaryExport)
  if (options.report !== undefined) checkWritable('--report', options.report)
  if (options.shards === 0 && settings.fileOptions?.options['shards'] === 0) {
    throw new Failure(EXIT_CODES.config, `${settings.file ?? ''}: options.shards: 0 is for debugging, give it as --shards 0`)
  }
}

/** The exit code of a command that had a signal after its run was over: what it did stands, and that it was stopped is told. */
function stoppedLate(code: number, { signal }: Stopper, { terminal }: World): number {
  if (signal === undefined || code !== EXIT_CODES.passed) return code
  terminal.log.fail(new Failure(EXIT_CODES.signal, `stopped by ${signal} when the run was over`))
  return EXIT_CODES.signal
}
