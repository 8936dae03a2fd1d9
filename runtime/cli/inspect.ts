// `chopsticks inspect`: the plan a script and flags make, as JSON.
import { startBundler } from '../bundle/bundle.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import type { Request } from './args.ts'
import { Failure } from './failure.ts'
import { drawSeed, firstOptions, loadSources, look, planRun } from './prepare.ts'
import { Agents } from './shards.ts'
import { Stopped, Stopper } from './signals.ts'
import type { World } from './world.ts'

export async function inspect({ script, flags }: Extract<Request, { command: 'run' | 'inspect' }>, world: World): Promise<number> {
  const options = firstOptions(flags, world)
  const agents = new Agents(false)
  using stopper = new Stopper(() => { agents.kill(); world.exit(EXIT_CODES.signal) })
  try {
    const preparation = { script, flags, world, agents, stopper, options }
    startBundler()
    await agents.first()
    const sources = await loadSources(preparation)
    const seed = sources.options.seed ?? drawSeed()
    const plan = planRun(preparation, sources, await look(preparation, sources, seed), seed)
    world.terminal.out.write(`${JSON.stringify(plan, null, 2)}\n`)
    return EXIT_CODES.passed
  } catch (error) {
    throw error instanceof Stopped ? new Failure(EXIT_CODES.signal, error.message) : error
  } finally {
    await agents.abandon()
  }
}
