// `chopsticks doctor [TARGET]`: looks at this machine and at the target a run would use, and says what to do about what it finds.
import { randomBytes } from 'node:crypto'
import { StorageError, type Binding, type DiagnosisContext, type Finding, type JsonObject } from '../../bindings/sdk/index.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { checklistHeading, findingLines, type ChecklistLayout } from '../output/checklist.ts'
import { commandOptions, type CommandOptions } from '../plan/make-plan.ts'
import { problemLine } from '../plan/problem.ts'
import type { Request } from './args.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
import { machineFindings, readMachine } from './machine.ts'
import { allBindings, firstOptions, loadSettings, optionEnvironment, refuse } from './prepare.ts'
import type { Settings } from './settings.ts'
import { defaultShards } from './shards.ts'
import { onSignals } from './signals.ts'
import { Stores } from './stores.ts'
import type { Terminal } from './terminal.ts'
import type { World } from './world.ts'

type DoctorRequest = Extract<Request, { command: 'doctor' }>

/** The last column stays free: some terminals wrap when it is written. */
const MARGIN = 1

export async function doctor({ target, json, flags }: DoctorRequest, world: World): Promise<number> {
  if (target !== undefined && flags.target !== undefined) {
    throw new Failure(EXIT_USAGE, 'doctor: give the target once, as an argument or by --target')
  }
  const given = target === undefined ? flags : { ...flags, target: [target] }
  const first = firstOptions(given, world)
  const bindings = await allBindings()
  const settings = await loadSettings(first, bindings, world)
  const options = commandOptions({ file: settings.fileOptions, env: optionEnvironment(world.env), flags: given })
  if ('problems' in options) return refuse(options.problems, options.problems.map(problemLine))
  const report = json ? new JsonReport(world.terminal) : new TextReport(world.terminal)
  report.section('this machine', 'this machine')
  for (const finding of machineFindings(readMachine(), options.vus, Math.max(1, options.shards ?? defaultShards()))) report.finding(finding)
  const failed = await lookAtStores({ bindings, settings, options, report, world })
  report.end()
  if (failed.length === 0) return EXIT_CODES.passed
  const [{ workload, check }] = failed as [Failed, ...Failed[]]
  const more = failed.length === 1 ? '' : ` and ${failed.length - 1} more`
  throw new Failure(EXIT_CODES.target,
    `the ${workload} store of target '${settings.targets.default}' can't be used: ${check} failed${more}; what to do stands above`)
}

interface Failed { readonly workload: string; readonly check: string }

interface Look {
  readonly bindings: readonly Binding[]
  readonly settings: Settings
  readonly options: CommandOptions
  readonly report: Report
  readonly world: World
}

/** Looks at every store of the target; the checks that failed. Throws a Failure (105) when it was stopped. */
async function lookAtStores({ bindings, settings, options, report, world }: Look): Promise<readonly Failed[]> {
  const { targets } = settings
  const named = Object.keys(targets.targets[targets.default] ?? {})
  const workloads = bindings.filter(({ name, workload }) => workload !== undefined && (named.length === 0 || named.includes(name)))
  const stores = new Stores(settings, workloads)
  const abort = new AbortController()
  let stopped: string | undefined
  using _signals = onSignals({
    first: (signal) => { stopped = signal; abort.abort() }, again: () => world.exit(EXIT_CODES.signal),
  })
  const prefix = `chopsticks-doctor-${randomBytes(4).toString('hex')}/`
  const failed: Failed[] = []
  try {
    const all = await stores.targets()
    const lines = await stores.lines(prefix)
    for (const [index, { name, workload }] of workloads.entries()) {
      if (workload === undefined || abort.signal.aborted) continue
      report.section(name, lines[index] ?? name)
      const config = all.targets[all.default]?.[name] ?? {}
      const context = contextOf(config, { target: all.default, prefix, options, world, signal: abort.signal })
      for await (const finding of workload.diagnose?.(context) ?? onlyPrepared(workload, context)) {
        report.finding(finding)
        if (finding.status === 'failed') failed.push({ workload: name, check: finding.check })
      }
    }
  } finally {
    await stores.close()
  }
  if (stopped !== undefined) throw new Failure(EXIT_CODES.signal, `stopped by ${stopped}; what it had made is deleted`)
  return failed
}

function contextOf(
  config: JsonObject,
  { options, world, ...more }: Pick<DiagnosisContext, 'target' | 'prefix' | 'signal'> & Pick<Look, 'options' | 'world'>,
): DiagnosisContext {
  const { debugRequests } = options
  const driver = typeof config['driver'] === 'string' ? config['driver'] : ''
  const write = (text: string): void => { world.terminal.log.block(text) }
  return {
    ...more, config, driver, clock: world.clock, seed: 0, concurrency: 1,
    ...debugRequests === undefined ? {} : { requestLog: { bodies: debugRequests === 'full', write } },
  }
}

/** All there is to try of a workload that has no diagnosis of its own. */
async function* onlyPrepared(workload: NonNullable<Binding['workload']>, context: DiagnosisContext): AsyncGenerator<Finding> {
  try {
    const session = await workload.open(context)
    try {
      await session.prepare(context.signal)
      yield { check: 'store', status: 'ok', value: 'it can be used' }
    } finally {
      await session.cleanup(context.signal)
      await session.close()
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    yield { check: 'store', status: 'failed', value: error.message, remedy: 'correct the target, or what is wrong with the store' }
  }
}

/** Where findings go. */
interface Report {
  section(name: string, about: string): void
  finding(finding: Finding): void
  end(): void
}

/** As they are found, for people. */
class TextReport implements Report {
  readonly #terminal: Terminal
  readonly #layout: ChecklistLayout
  readonly #count = { ok: 0, warning: 0, failed: 0 }
  #sections = 0

  constructor(terminal: Terminal) {
    const { out } = terminal
    this.#terminal = terminal
    this.#layout = { columns: out.tty ? out.columns - MARGIN : Number.POSITIVE_INFINITY, colour: terminal.colors(out) }
  }

  section(_name: string, about: string): void {
    this.#write([...(this.#sections++ === 0 ? [] : ['']), ...checklistHeading(about, this.#layout)])
  }
  finding(finding: Finding): void {
    this.#count[finding.status]++
    this.#write(findingLines(finding, this.#layout))
  }
  end(): void {
    const { ok, warning, failed } = this.#count
    this.#write(['', `${ok} ok, ${warning} ${warning === 1 ? 'warning' : 'warnings'}, ${failed} failed`])
  }
  #write(lines: readonly string[]): void { this.#terminal.out.write(`${lines.join('\n')}\n`) }
}

/** All at the end, as one JSON document: `{ findings: [{ section, check, status, value, remedy? }] }`. */
class JsonReport implements Report {
  readonly #terminal: Terminal
  readonly #findings: (Finding & { readonly section: string })[] = []
  #section = ''

  constructor(terminal: Terminal) { this.#terminal = terminal }

  section(name: string): void { this.#section = name }
  finding(finding: Finding): void { this.#findings.push({ section: this.#section, ...finding }) }
  end(): void { this.#terminal.out.write(`${JSON.stringify({ findings: this.#findings }, null, 2)}\n`) }
}
