// `chopsticks cleanup RUN`: deletes what a run that was killed left in the store.
import type { Binding, CleanupReport, Session } from '../../bindings/sdk/index.ts'
import { Deadline } from '../agent/deadline.ts'
import { cleanStore } from '../agent/store-care.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { merge, readEnvironment, readFile, readFlags } from '../plan/layers.ts'
import { problemLine, Problems } from '../plan/problem.ts'
import type { Request } from './args.ts'
import { CleanupProgress } from './cleanup-progress.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
import { cleanupCommand } from './leftover.ts'
import { allBindings, firstOptions, loadSettings, optionEnvironment, refuse } from './prepare.ts'
import type { Settings } from './settings.ts'
import { onSignals } from './signals.ts'
import type { World } from './world.ts'

const OWN_PREFIX = 'chopsticks-'
/** Requests in flight at once, for the session's pool. */
const CONNECTIONS = 16

type CleanupRequest = Extract<Request, { command: 'cleanup' }>

/** Deletes everything below the run's prefix in every store of the target; never anything else. */
export async function cleanup(request: CleanupRequest, world: World): Promise<number> {
  const { terminal } = world
  const prefix = prefixOf(request)
  const options = firstOptions(request.flags, world)
  const bindings = await allBindings()
  const settings = await loadSettings(options, bindings, world)
  const forgot = await forget(prefix, bindings, world)
  const stores = storesOf(bindings, settings)
  // Image files of a run that named no storage are gone with its temporary files.
  if (stores.length === 0 && forgot) return EXIT_CODES.passed
  if (stores.length === 0) throw nothingNamed()
  const target = settings.targets.default
  const runId = prefix.slice(OWN_PREFIX.length, -1)
  const command = cleanupCommand({ runId, prefix, config: options.config, target })
  const hint = command === undefined ? undefined : `to delete the rest: ${command}`
  const limitMs = timeoutMs(request, settings, world)
  using deadline = new Deadline(world.clock, limitMs)
  let stopped: string | undefined
  using _signals = onSignals({
    first: (signal) => { stopped = signal; deadline.end() },
    again: (signal) => {
      terminal.log.fail(new Failure(EXIT_CODES.signal, `ended at once by a second ${signal}`, { hint }))
      world.exit(EXIT_CODES.signal)
    },
  })
  const reports: CleanupReport[] = []
  for (const [index, store] of stores.entries()) {
    const report = await cleanNamed(store, { target, prefix, world, deadline, quiet: options.quiet })
    terminal.out.write(`deleted ${String(report.deleted)} below ${prefix} (${settings.lines[index] ?? store.binding.name})\n`)
    reports.push(report)
  }
  const unfinished = reports.find(({ remaining }) => remaining !== 0)
  if (unfinished === undefined) return EXIT_CODES.passed
  const { remaining, reason = 'not all of it could be deleted' } = unfinished
  const left = remaining === undefined ? `something may be left below ${prefix}` : `${String(remaining)} are left below ${prefix}`
  if (stopped !== undefined) throw new Failure(EXIT_CODES.signal, `stopped by ${stopped}; ${left}`, { hint })
  if (!deadline.passed) throw new Failure(EXIT_CODES.target, `${left}: ${reason}`, { hint })
  const within = `the cleanup did not end within ${String(limitMs / 1000)} s; allow more with --cleanup-timeout`
  throw new Failure(EXIT_CODES['other-timeout'], `${left}: ${within}`, { hint })
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

/** Removes what the run left on this machine: files its drivers' programs were given, image files. True when there was something. */
async function forget(prefix: string, bindings: readonly Binding[], { terminal }: World): Promise<boolean> {
  let forgot = false
  const runId = prefix.slice(OWN_PREFIX.length, -1)
  for (const { name, workload } of bindings) {
    if (await workload?.forget?.(runId) !== true) continue
    forgot = true
    terminal.out.write(`deleted the temporary files of ${name} drivers\n`)
  }
  return forgot
}

interface NamedStore { readonly binding: Binding; readonly config: Settings['targets']['targets'][string][string] }

function storesOf(bindings: readonly Binding[], { targets }: Settings): readonly NamedStore[] {
  const sections = targets.targets[targets.default] ?? {}
  return bindings.flatMap((binding) => {
    const config = sections[binding.name]
    return config === undefined || binding.workload === undefined ? [] : [{ binding, config }]
  })
}

const nothingNamed = (): Failure =>
  new Failure(EXIT_CODES.config, 'cleanup: no store is named, and the built-in one keeps nothing after a run', {
    hint: 'name it as the run did: -c FILE, --target NAME, or AWS_ENDPOINT_URL and its keys',
  })

function timeoutMs({ flags }: CleanupRequest, { fileOptions }: Settings, { env }: World): number {
  const problems = new Problems()
  const { merged } = merge([
    ...(fileOptions === undefined ? [] : [readFile(fileOptions, problems)]),
    readEnvironment(optionEnvironment(env), problems), readFlags(flags, problems),
  ])
  if (problems.list.length > 0) return refuse(problems.list, problems.list.map(problemLine))
  return merged.certain('cleanupTimeout') / 1e6
}

interface Cleaning {
  readonly target: string
  readonly prefix: string
  readonly world: World
  readonly deadline: Deadline
  readonly quiet: boolean
}

async function cleanNamed({ binding, config }: NamedStore, { target, prefix, world, deadline, quiet }: Cleaning): Promise<CleanupReport> {
  const { workload, name } = binding
  if (workload === undefined) throw new Error('a store without a workload')
  const driver = typeof config['driver'] === 'string' ? config['driver'] : workload.defaultDriver
  let session: Session | undefined
  const open = async (): Promise<Session> =>
    (session = await workload.open({ target, driver, config, prefix, clock: world.clock, seed: 0, concurrency: CONNECTIONS }))
  using progress = new CleanupProgress(world, prefix, quiet)
  try {
    // Whoever was killed may have left requests behind that the store is still at.
    return await cleanStore({
      workload: name, target, open, deadline, options: { unsettled: true, onDeleted: (deleted) => { progress.deleted = deleted } },
    })
  } finally {
    await session?.close()
  }
}
