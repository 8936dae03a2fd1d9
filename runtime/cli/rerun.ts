// `chopsticks rerun RUN|FILE`: the same bundle, plan, seed and arrivals once more, here or on another target.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { EXIT_CODES } from '../metrics/record.ts'
import type { Plan } from '../plan/plan.ts'
import { unpackRun } from '../results/packed-run.ts'
import { readStoredRun } from '../results/read-run.ts'
import { findRun, RUNS_FOLDER } from '../results/runs-folder.ts'
import { readScriptFile } from '../results/script-file.ts'
import { StoredRunError } from '../results/stored-run.ts'
import type { Request } from './args.ts'
import { Builtins } from './builtin.ts'
import { drive } from './drive.ts'
import { Failure } from './failure.ts'
import { Leftover } from './leftover.ts'
import { allBindings, firstOptions, loadSettings, type Preparation, type Sources } from './prepare.ts'
import { resultsFolder } from './results-folder.ts'
import { locator } from './script.ts'
import { Agents } from './shards.ts'
import { Stopped, Stopper } from './signals.ts'
import { Stores } from './stores.ts'
import type { World } from './world.ts'

/** Runs a kept run again, under a name and a prefix of its own; the exit code. */
export async function rerun({ run, flags }: Extract<Request, { command: 'rerun' }>, world: World): Promise<number> {
  const options = firstOptions(flags, world)
  const { plan: before, script, name } = await kept(run, resultsFolder(options, world.cwd) ?? RUNS_FOLDER, world.cwd)
  const { inspection } = script
  if (inspection === undefined) throw new Failure(EXIT_CODES.config, `run ${name}: the files its script opens were too large to be kept`)
  const agents = new Agents(false)
  const builtins = new Builtins()
  let leftover: Leftover | undefined
  using stopper = new Stopper((signal) => {
    agents.kill()
    world.terminal.log.fail(new Failure(EXIT_CODES.signal, `ended at once by a second ${signal}`, { hint: leftover?.advice }))
    world.exit(EXIT_CODES.signal)
  })
  try {
    const preparation: Preparation = { script: script.name, flags, world, agents, stopper, options, builtins }
    await agents.first()
    const bindings = await allBindings()
    const settings = await loadSettings(options, bindings, world)
    const workloads = bindings.filter(({ name: workload }) => before.workloads.includes(workload))
    const missing = workloads.find(({ name: workload }) => settings.missing.includes(workload))
    if (missing !== undefined) {
      throw new Failure(EXIT_CODES.config, `target '${settings.targets.default}' names no ${missing.name} store, which the run used`)
    }
    const bundled = { bundle: script.bundle, map: script.map, imports: script.imports, inputs: [], warnings: [] }
    const own = { name: script.name, bundled, folder: script.folder }
    const sources: Sources = { script: own, settings, options, workloads, locate: () => locator(own) }
    const runId = randomBytes(4).toString('hex')
    const prefix = before.prefix === `chopsticks-${before.runId}/` ? `chopsticks-${runId}/` : before.prefix
    const shared = workloads.find(({ name: workload }) => !prefix.startsWith('chopsticks-') && !settings.mayOverwrite(workload, prefix))
    if (shared !== undefined) {
      const message = `'${prefix}' may hold what the run did not make: name it under allow_overwrite of ${shared.name}`
      throw new Failure(EXIT_CODES.config, message)
    }
    const { shards = before.shards, target = null } = options
    const plan: Plan = { ...before, runId, prefix, target, shards }
    const stores = new Stores(settings, workloads, builtins, options.driver)
    leftover = stores.builtin ? undefined : new Leftover({ ...plan, config: options.config, target: settings.targets.default })
    world.terminal.err.write(`rerun of ${name}\n`)
    const code = await drive({ plan, inspection, preparation, sources, stores, leftover })
    await Promise.all([agents.close(), builtins.close()])
    return code
  } catch (error) {
    await Promise.all([agents.abandon(), builtins.close()])
    throw error instanceof Stopped ? new Failure(EXIT_CODES.signal, error.message) : error
  }
}

/** A run among those kept, or the file export wrote it to. */
async function kept(run: string, folder: string, cwd: string) {
  const file = resolve(cwd, run)
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return read(() => findRun(folder, run))
  const scratch = mkdtempSync(join(tmpdir(), 'chopsticks-rerun-'))
  try {
    return await read(() => unpackRun(file, scratch))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function read(find: () => string) {
  try {
    const path = find()
    const { record } = await readStoredRun(path)
    const script = readScriptFile(path)
    return { plan: record.plan, script, name: record.runId }
  } catch (error) {
    throw error instanceof StoredRunError ? new Failure(EXIT_CODES.config, error.message) : error
  }
}
