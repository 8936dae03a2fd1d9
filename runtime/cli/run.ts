// `chopsticks run`: from a command line to an exit code. Everything begun here is ended here, whatever happens between.
import type { RunParts, RunResult } from '../coordinator/run.ts'
import { TestRun } from '../coordinator/run-test.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import type { Inspection, Plan } from '../plan/plan.ts'
import type { Request } from './args.ts'
import { checkWritable, writableFolder } from './deliver.ts'
import { Failure } from './failure.ts'
import { Leftover } from './leftover.ts'
import { drawSeed, firstOptions, loadSources, look, planRun, type Preparation, type Sources } from './prepare.ts'
import { conclude } from './conclude.ts'
import { Screen } from './screen.ts'
import { Agents } from './shards.ts'
import { Stopped, Stopper } from './signals.ts'
import { Stores } from './stores.ts'
import type { World } from './world.ts'

type RunRequest = Extract<Request, { command: 'run' | 'inspect' }>

export async function run({ script, flags }: RunRequest, world: World): Promise<number> {
  const options = firstOptions(flags, world)
  if (options.shards === 0) {
    const code = await elsewhere()
    if (code !== undefined) return code
  }
  const agents = new Agents(options.shards === 0)
  let leftover: Leftover | undefined
  using stopper = new Stopper((signal) => {
    agents.kill()
    world.terminal.log.fail(new Failure(EXIT_CODES.signal, `ended at once by a second ${signal}`, { hint: leftover?.advice }))
    world.exit(EXIT_CODES.signal)
  })
  let stores: Stores | undefined
  try {
    const preparation: Preparation = { script, flags, world, agents, stopper, options }
    await agents.first()
    const sources = await loadSources(preparation)
    checkCommand(sources)
    stores = new Stores(sources.settings, sources.workloads)
    const seed = sources.options.seed ?? drawSeed()
    const inspection = await look(preparation, sources, seed)
    const plan = planRun(preparation, sources, inspection, seed)
    const names = { ...plan, config: sources.options.config, target: sources.settings.targets.default }
    leftover = stores.builtin ? undefined : new Leftover(names)
    const code = await drive({ plan, inspection, preparation, sources, stores, leftover })
    await Promise.all([agents.close(), stores.close()])
    return stoppedLate(code, stopper, world)
  } catch (error) {
    await Promise.all([agents.abandon(), stores?.close()])
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

/** What can be known to fail before anything is started. */
function checkCommand({ options, settings }: Sources): void {
  if (options.summaryExport !== undefined) checkWritable('--summary-export', options.summaryExport)
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

interface Drive {
  readonly plan: Plan
  readonly inspection: Inspection
  readonly preparation: Preparation
  readonly sources: Sources
  readonly stores: Stores
  readonly leftover: Leftover | undefined
}

async function drive(all: Drive): Promise<number> {
  const { plan, inspection, sources, stores, leftover } = all
  const { world, agents, stopper } = all.preparation
  const targets = await stopper.orStop(stores.targets())
  const targetLines = await stores.lines(plan.prefix)
  const { opLog } = sources.options
  const opLogFolder = opLog === undefined ? undefined : writableFolder('--op-log', opLog, world.cwd)
  const screen = new Screen({
    plan, targetLines, builtin: stores.builtin, quiet: sources.options.quiet, locate: sources.locate,
    terminal: world.terminal, clock: world.clock,
  })
  screen.begin()
  const parts: RunParts = {
    plan, inspection, targets, targetLines, opLogFolder, builtin: stores.builtin, clock: world.clock,
    bundle: sources.script.bundled.bundle, scriptFolder: sources.script.folder,
    open: (shard) => agents.open(shard),
    report: screen,
    summaryData: (record) => screen.summaryData(record),
  }
  let result: RunResult
  try {
    const test = new TestRun(parts)
    leftover?.follow(() => test.stores)
    stopper.handOver((signal) => {
      world.terminal.log.warn(`${signal}: stopping; a second one ends everything at once`)
      test.stop(signal)
    })
    result = await test.run()
    await screen.said()
  } finally {
    screen.end()
  }
  return conclude({ result, screen, sources, world, advice: leftover?.advice })
}
