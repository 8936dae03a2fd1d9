// Keeping a run: what `run` and `rerun` hand to the results folder, and what they say when that fails. Loaded beside the load.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isoMoment } from '../../bindings/sdk/index.ts'
import type { Frame } from '../coordinator/run.ts'
import { EXIT_CODES, type RunRecord } from '../metrics/record.ts'
import type { Window } from '../metrics/timeline.ts'
import { hostFacts } from '../results/host-facts.ts'
import { RECORD_FILE, RunKeeper } from '../results/run-keeper.ts'
import { runFolderName, runFolders } from '../results/runs-folder.ts'
import { scriptText } from '../results/script-file.ts'
import { writableFolder } from './deliver.ts'
import type { Drive } from './drive-parts.ts'
import { Failure } from './failure.ts'
import { resultsFolder } from './results-folder.ts'
import { version } from './version.ts'

/** What a run tells whoever keeps it. */
export interface Keeping {
  /** `atMs` since 1970. */
  loadStarts(atMs: number): void
  window(window: Window): void
  frame(frame: Frame): void
  /** What is wrong, where something is and --results asked for it; else it is only said. */
  finish(record: RunRecord): Failure | undefined
}

/** Undefined when nothing is to be kept, or can't be (which is said). */
export function keepRun({ plan, inspection, sources, stores, preparation }: Drive, targetLines: readonly string[]): Keeping | undefined {
  const { world: { terminal, clock, cwd } } = preparation
  const { options, script } = sources
  const asked = options.results !== undefined
  const runs = resultsFolder(options, cwd)
  if (runs === undefined) return undefined
  const failed = (reason: string): Failure | undefined => {
    const message = `the run could not be kept in ${runs}: ${reason}`
    if (asked) return new Failure(EXIT_CODES.config, message)
    terminal.log.warn(`${message}; --results DIR keeps it elsewhere, --results none nowhere`)
    return undefined
  }
  try {
    writableFolder('--results', runs, cwd)
  } catch (error) {
    if (!(error instanceof Failure) || asked) throw error
    terminal.log.warn(`${error.message}: this run is not kept; --results DIR keeps it elsewhere`)
    return undefined
  }
  const startedAt = isoMoment(clock.epochMs())
  const { bundle, map, imports } = script.bundled
  const keeper = new RunKeeper({
    folder: join(runs, runFolderName(startedAt, plan.runId)),
    head: {
      runId: plan.runId, plan, targets: targetLines, builtin: stores.builtin, startedAt,
      environment: { versions: versions(), host: hostFacts() },
    },
    script: () => scriptText({ version: 1, name: script.name, bundle, map, imports, folder: script.folder, inspection }),
    clean: (text) => terminal.clean(text),
  })
  let said = false
  const check = (): void => {
    if (keeper.problem === undefined || said) return
    said = true
    terminal.log.warn(`the run is no longer kept in ${runs}: ${keeper.problem}`)
  }
  return {
    loadStarts: (atMs) => { keeper.loadStarts(isoMoment(atMs)) },
    window: (window) => { keeper.window(window); check() },
    frame: ({ aggregate, progress }) => {
      keeper.soFar({ errors: aggregate.errors(), slowest: aggregate.slowest(), outages: aggregate.outages(), progress })
    },
    finish: (record) => {
      keeper.finish(record)
      if (keeper.problem !== undefined) return failed(keeper.problem)
      if (options.keepRuns !== undefined) dropOldest(runs, options.keepRuns)
      terminal.log.debug(`kept in ${keeper.folder}`)
      return undefined
    },
  }
}

/** Of whole runs only the latest stay; those under way, and those cut off, are left alone. */
function dropOldest(runs: string, keep: number): void {
  const whole = runFolders(runs).filter((folder) => existsSync(join(folder, RECORD_FILE)))
  for (const folder of whole.slice(0, Math.max(0, whole.length - keep))) rmSync(folder, { recursive: true, force: true })
}

/** Packages whose version can explain a difference. */
const LIBRARIES = ['quickjs-emscripten', 'esbuild', '@aws-sdk/client-s3', 'minio', 'koffi']

export function versions(): Readonly<Record<string, string>> {
  const require = createRequire(import.meta.url)
  const libraries = LIBRARIES.flatMap((name) => {
    // What is not installed was not used.
    const found = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name, 'package.json')).find((file) => existsSync(file))
    if (found === undefined) return []
    const { version: text } = JSON.parse(readFileSync(found, 'utf8')) as { readonly version: string }
    return [[name, text] as const]
  })
  return { chopsticks: version(), node: process.versions.node, v8: process.versions.v8, ...Object.fromEntries(libraries) }
}
