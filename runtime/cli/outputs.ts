// `-o name=arg`: outputs opened before a run, given its seconds, and asked at its end what became of them.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { RunPhase, RunReport } from '../coordinator/run.ts'
import { EXIT_CODES, type OutputReport } from '../metrics/record.ts'
import { OutputError } from '../output/outputs/output.ts'
import { outputName, Outputs, readRequest, writesFile, type OutputRequest } from '../output/outputs/outputs.ts'
import type { Plan } from '../plan/plan.ts'
import { reasonOf } from './deliver.ts'
import { Failure } from './failure.ts'
import { SettingsProblems } from './targets-problem.ts'
import { substitute } from './targets-substitution.ts'
import { version } from './version.ts'
import type { World } from './world.ts'

export interface OutputsRequest {
  /** Each `-o` as it was given. */
  readonly given: readonly string[]
  readonly plan: Plan
  readonly opLogFolder: string | undefined
  /** True for one of several runs: a file can hold only one. */
  readonly several: boolean
  readonly world: World
}

const refused = (what: string, reason: string): Failure => new Failure(EXIT_CODES.config, `-o ${what}: ${reason}`)

/** `${VAR}` and `${file:PATH}` replaced, as in the targets file. */
function filledIn(text: string, { env, cwd }: World): string {
  const problems = new SettingsProblems(() => ({ file: '-o', line: 1, column: 1 }))
  const readFile = (path: string): string => readFileSync(path, 'utf8')
  const { value } = substitute({ text }, { env, readFile, folder: cwd }, problems)
  const [problem] = problems.list
  if (problem !== undefined) throw refused(text.split('=')[0] ?? '', problem.message)
  return typeof value['text'] === 'string' ? value['text'] : ''
}

/** Opens all outputs. Throws a Failure (104) that names the first that can't be had, and why. */
export async function openOutputs({ given, plan, opLogFolder, several, world }: OutputsRequest): Promise<Outputs> {
  const outputs = new Outputs()
  const { terminal, cwd, env } = world
  const requests = given.map((text): OutputRequest => {
    try {
      return readRequest(filledIn(text, world))
    } catch (error) {
      throw error instanceof OutputError ? new Failure(EXIT_CODES.config, `-o: ${error.message}`) : error
    }
  })
  const files = requests.filter(writesFile).map(({ arg }) => resolve(cwd, arg))
  const [first] = requests.filter(writesFile)
  if (several && first !== undefined) throw refused(outputName(first), 'a file holds one run; here are several')
  const twice = files.find((file, at) => files.indexOf(file) !== at)
  if (twice !== undefined) throw new Failure(EXIT_CODES.config, `-o: two outputs would write ${twice}`)
  for (const request of requests) {
    const name = outputName(request)
    try {
      await outputs.open(request, {
        plan, version: version(), cwd, env, opLogFolder, reasonOf,
        print: (text) => { terminal.out.write(text) }, clean: (text) => terminal.clean(text),
        info: (text) => { terminal.log.info(`-o ${name}: ${text}`) },
        warn: (text) => { terminal.log.warn(`-o ${name}: ${text}`) },
      })
    } catch (error) {
      if (error instanceof OutputError) throw refused(name, error.message)
      if (error instanceof Error && 'code' in error) throw refused(name, `it can't be written, ${reasonOf(error)}`)
      throw error
    }
  }
  return outputs
}

/** The report of a run, which also tells the outputs when its load starts. */
export const timed = (report: RunReport, outputs: Outputs, epochMs: () => number): RunReport => ({
  phase(phase: RunPhase) {
    if (phase === 'running') outputs.started(epochMs())
    report.phase(phase)
  },
  frame: (frame) => { report.frame(frame) },
  log: (message, shard) => { report.log(message, shard) },
})

const counted = (count: number, unit: string): string => `${count} ${count === 1 ? unit.replace(/(ch|s)?es$|s$/, '$1') : unit}`

/** Says what became of each output; the failures that are the command's: files that are not whole. */
export function tellOutputs(reports: readonly OutputReport[], { terminal }: World): readonly Failure[] {
  return reports.flatMap(({ name, to, unit, delivered, lost, reason, remark }) => {
    const said = remark === undefined ? '' : ` (${remark})`
    if (lost === 0) {
      terminal.log.info(`-o ${name}: ${counted(delivered, unit)}${said}`)
      return []
    }
    const missing = `-o ${name}: ${lost} of ${counted(delivered + lost, unit)} were lost${reason === undefined ? '' : `: ${reason}`}`
    if (to === 'file') return [new Failure(EXIT_CODES.config, missing)]
    terminal.log.warn(missing)
    return []
  })
}
