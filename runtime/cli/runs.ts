// Commands on kept runs: runs, show, slowest, delete, export, import.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { EXIT_CODES } from '../metrics/record.ts'
import { outageLines, runLines, slowestLines } from '../output/run-lines.ts'
import { palette } from '../output/palette.ts'
import { summaryText } from '../output/summary.ts'
import { packRun, unpackRun } from '../results/packed-run.ts'
import { keptRuns, readStoredRun } from '../results/read-run.ts'
import { RECORD_FILE } from '../results/run-keeper.ts'
import { findRun } from '../results/runs-folder.ts'
import { readScriptFile } from '../results/script-file.ts'
import { StoredRunError, type StoredRun } from '../results/stored-run.ts'
import type { Request } from './args.ts'
import { writableFolder } from './deliver.ts'
import { Failure, placeName } from './failure.ts'
import { firstOptions } from './prepare.ts'
import { resultsFolder } from './results-folder.ts'
import { locator } from './script.ts'
import { slowOperations } from './slow-operations.ts'
import type { World } from './world.ts'

type RunsRequest = Extract<Request, { command: 'runs' | 'show' | 'slowest' | 'delete' | 'export' | 'import' }>

/** How many of the slowest `show` prints; `slowest` prints all. */
const SLOWEST_SHOWN = 10
const INDENT = 4
const OUTAGES = '  OUTAGES (longest time without a success)'

/** A wide file needs no lines broken for a terminal. */
const widthOf = ({ terminal: { out } }: World): number => out.tty ? out.columns - 1 : Number.POSITIVE_INFINITY

/** Runs one of these commands; its exit code. Throws a Failure (104) for a run that is not there or can't be read. */
export async function runsCommand(request: RunsRequest, world: World): Promise<number> {
  const options = firstOptions(request.flags, world)
  const folder = resultsFolder(options, world.cwd)
  if (folder === undefined) throw new Failure(EXIT_CODES.config, '--results none: there is no run nowhere; name the folder they are in')
  try {
    return await command(request, folder, world)
  } catch (error) {
    throw error instanceof StoredRunError ? new Failure(EXIT_CODES.config, error.message) : error
  }
}

async function command(request: RunsRequest, folder: string, world: World): Promise<number> {
  const { terminal, cwd } = world
  const paint = palette(terminal.colors(terminal.out))
  const style = { columns: widthOf(world), palette: paint }
  const print = (lines: readonly string[]): void => { terminal.out.write(`${lines.join('\n')}\n`) }
  switch (request.command) {
    case 'runs': {
      const { runs, problems } = await keptRuns(folder)
      for (const problem of problems) terminal.log.warn(problem)
      const wanted = runs.filter((run) => fits(run, request.filter))
      if (wanted.length > 0) print(runLines(wanted, style))
      else print([runs.length === 0 ? `no run is kept in ${folder}` : `none of the ${runs.length} runs in ${folder} fits`])
      break
    }
    case 'show': {
      const path = findRun(folder, request.run)
      if (request.json) { terminal.out.write(`${readFileSync(join(path, RECORD_FILE), 'utf8')}\n`); break }
      await show(await readStoredRun(path), world, style)
      break
    }
    case 'slowest': {
      const run = await readStoredRun(findRun(folder, request.run))
      print(slowestLines(await slowOperations(run, request, (message) => { terminal.log.warn(message) }), style))
      break
    }
    case 'delete':
      for (const path of request.runs.map((name) => findRun(folder, name))) {
        if (!path.startsWith(folder)) throw new Failure(EXIT_CODES.config, `${path} is not in ${folder}: name its folder with --results`)
        rmSync(path, { recursive: true })
        print([`deleted ${path}`])
      }
      break
    case 'export': {
      const path = findRun(folder, request.run)
      const file = resolve(cwd, request.file)
      try {
        writeFileSync(file, packRun(path), { flag: 'wx' })
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error)
        throw new Failure(EXIT_CODES.config, `export ${request.file}: it can't be written (${code})`)
      }
      print([`wrote ${request.file}`])
      break
    }
    case 'import':
      writableFolder('--results', folder, cwd)
      print([`imported ${unpackRun(resolve(cwd, request.file), folder)}`])
      break
    default: request satisfies never
  }
  return EXIT_CODES.passed
}

type Filter = Extract<RunsRequest, { command: 'runs' }>['filter']

function fits({ record, complete }: StoredRun, { script, tag, verdict, since }: Filter): boolean {
  const { plan, ending, startedAt } = record
  const verdicts = complete ? [ending.kind, ending.kind === 'passed' ? 'passed' : 'failed'] : ['incomplete']
  const [name = '', value] = tag?.split('=') ?? []
  return (script === undefined || plan.script.name.includes(script)) && (verdict === undefined || verdicts.includes(verdict))
    && (tag === undefined || (value === undefined ? name in plan.tags : plan.tags[name] === value))
    && (since === undefined || startedAt >= since)
}

async function show(run: StoredRun, { terminal }: World, style: Parameters<typeof runLines>[1]): Promise<void> {
  const { record, environment: { versions, host }, complete, problems, slowest, outages } = run
  const script = readScriptFile(run.path)
  const find = await locator({ ...script, bundled: { ...script, inputs: [], warnings: [] } })
  const locate = (stack: string) => {
    const place = find(stack)
    return place === undefined ? {} : { location: placeName(place), ...(place.text === undefined ? {} : { lineText: place.text }) }
  }
  const { chopsticks = '?', node = '?' } = versions
  const lines = [
    `run ${record.runId} of ${record.plan.script.name}, started ${record.startedAt}, seed ${record.plan.seed}`,
    ...record.targets,
    `chopsticks ${chopsticks}, Node ${node}, ${host.system}, ${host.cpu ?? 'CPU unknown'}, ${host.cores} cores, ${host.name}`,
    complete ? `ended: ${record.ending.kind}` : 'INCOMPLETE: the process that ran it is still at it, or ended before it did',
    ...problems,
  ]
  const { columns } = style
  const narrower = { ...style, columns: columns - INDENT }
  const indented = (line: string): string => ' '.repeat(INDENT) + line
  const more = [
    ...(outages.length === 0 ? [] : [OUTAGES, '', ...outageLines(outages, narrower).map(indented), '']),
    '  SLOWEST', '', ...slowestLines(slowest.slice(0, SLOWEST_SHOWN), narrower).map(indented),
  ]
  const summary = summaryText(record, { columns, colour: terminal.colors(terminal.out), locate })
  terminal.out.write(`${lines.join('\n')}\n${summary}${more.join('\n')}\n`)
}
