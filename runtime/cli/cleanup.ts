// `chopsticks cleanup RUN`: deletes what a run that was killed left in the store.
import type { Binding } from '../../bindings/sdk/index.ts'
import { StorageError } from '../../bindings/sdk/index.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { merge, readEnvironment, readFile, readFlags } from '../plan/layers.ts'
import { problemLine, Problems } from '../plan/problem.ts'
import type { Request } from './args.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
import { allBindings, firstOptions, loadSettings, optionEnvironment, refuse } from './prepare.ts'
import type { Settings } from './settings.ts'
import { onSignals } from './signals.ts'
import type { World } from './world.ts'

const OWN_PREFIX = 'chopsticks-'
/** Multi-deletes are large already: a few connections are plenty. */
const CONNECTIONS = 8

type CleanupRequest = Extract<Request, { command: 'cleanup' }>

/** Deletes everything below the run's prefix in every store of the target; never anything else. */
export async function cleanup(request: CleanupRequest, world: World): Promise<number> {
  const { terminal } = world
  const prefix = prefixOf(request)
  const options = firstOptions(request.flags, world)
  const bindings = await allBindings()
  const settings = await loadSettings(options, bindings, world)
  const stores = storesOf(bindings, settings)
  const abort = new AbortController()
  let code: number = EXIT_CODES.target
  const stop = (because: number): void => { code = because; abort.abort() }
  const timer = world.clock.at(world.clock.now() + timeoutMs(request, settings, world), () => { stop(EXIT_CODES['other-timeout']) })
  using _signals = onSignals({ first: () => { stop(EXIT_CODES.signal) }, again: () => world.exit(EXIT_CODES.signal) })
  let unfinished: string | undefined
  for (const [index, { binding, config }] of stores.entries()) {
    const line = settings.lines[index] ?? binding.name
    const { deleted, reason } = await cleanStore(binding, config, { target: settings.targets.default, prefix, world, signal: abort.signal })
    terminal.out.write(`deleted ${deleted} below ${prefix} (${line})\n`)
    unfinished ??= reason
  }
  timer.cancel()
  if (unfinished === undefined) return EXIT_CODES.passed
  throw new Failure(code, `something may be left below ${prefix}: ${unfinished}`, {
    hint: code === EXIT_CODES.target ? undefined : 'run the same command again, with a longer --cleanup-timeout',
  })
}

/** The prefix a request means. Throws a Failure (255) for one that could hold what no run made. */
export function prefixOf({ run, prefix }: Pick<CleanupRequest, 'run' | 'prefix'>): string {
  const both = run !== undefined && prefix !== undefined
  if (both) throw new Failure(EXIT_USAGE, 'cleanup: give the run\'s name or --prefix, not both')
  if (prefix !== undefined) {
    if (!/^chopsticks-[^/]/.test(prefix)) {
      throw new Failure(EXIT_USAGE, `--prefix: "${prefix}" is no prefix of a run's, it must begin with ${OWN_PREFIX} and a name`)
    }
    return prefix.endsWith('/') ? prefix : `${prefix}/`
  }
  const name = run?.replace(/^chopsticks-/, '').replace(/\/$/, '') ?? ''
  if (!/^[\w-]+$/.test(name)) {
    throw new Failure(EXIT_USAGE, 'cleanup: give the run\'s name, as the run printed it', { hint: 'chopsticks cleanup 3f9a1c7b' })
  }
  return `${OWN_PREFIX}${name}/`
}

interface NamedStore { readonly binding: Binding; readonly config: Settings['targets']['targets'][string][string] }

function storesOf(bindings: readonly Binding[], { targets }: Settings): readonly NamedStore[] {
  const sections = targets.targets[targets.default] ?? {}
  const stores = bindings.flatMap((binding) => {
    const config = sections[binding.name]
    return config === undefined || binding.workload === undefined ? [] : [{ binding, config }]
  })
  if (stores.length > 0) return stores
  throw new Failure(EXIT_CODES.config, 'cleanup: no store is named, and the built-in one keeps nothing after a run', {
    hint: 'name it as the run did: -c FILE, --target NAME, or AWS_ENDPOINT_URL and its keys',
  })
}

function timeoutMs({ flags }: CleanupRequest, { fileOptions }: Settings, { env }: World): number {
  const problems = new Problems()
  const { merged } = merge([
    ...(fileOptions === undefined ? [] : [readFile(fileOptions, problems)]),
    readEnvironment(optionEnvironment(env), problems), readFlags(flags, problems),
  ])
  if (problems.list.length > 0) return refuse(problems.list, problems.list.map(problemLine))
  return merged.certain('cleanupTimeout') / 1e6
}

interface Cleaning { readonly target: string; readonly prefix: string; readonly world: World; readonly signal: AbortSignal }

async function cleanStore(
  { workload }: Binding, config: NamedStore['config'], { target, prefix, world, signal }: Cleaning,
): Promise<{ readonly deleted: number; readonly reason: string | undefined }> {
  if (workload === undefined) throw new Error('a store without a workload')
  const driver = typeof config['driver'] === 'string' ? config['driver'] : workload.defaultDriver
  try {
    const session = await workload.open({ target, driver, config, prefix, clock: world.clock, seed: 0, concurrency: CONNECTIONS })
    try {
      const { deleted, remaining, reason } = await session.cleanup(signal)
      return { deleted, reason: remaining === 0 ? undefined : reason ?? 'not all of it could be deleted' }
    } finally {
      await session.close()
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    throw new Failure(EXIT_CODES.target, error.message)
  }
}
