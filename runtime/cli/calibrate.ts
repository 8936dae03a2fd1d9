// `chopsticks calibrate`: measures what the generator itself can do on this machine, driver by driver, against built-in stores.
//
// Each measurement is a run of its own, in one shard, in an empty folder: so it costs what a run costs, and no target, option or
// environment of the user's has a part in it. The store has a process of its own, whose CPU is not counted.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isoMoment } from '../../bindings/sdk/index.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { humanizeRate, humanizeTime } from '../output/humanize.ts'
import { palette } from '../output/palette.ts'
import { laidOut, type Column } from '../output/table.ts'
import { writeCalibration, type DriverCost } from '../results/calibration.ts'
import { hostFacts } from '../results/host-facts.ts'
import type { Request } from './args.ts'
import { CALIBRATED, PACED, scriptOf, type Measurement } from './calibrate-scripts.ts'
import { reasonOf, writableFolder } from './deliver.ts'
import { Failure } from './failure.ts'
import { firstOptions } from './prepare.ts'
import { resultsFolder } from './results-folder.ts'
import { onSignals } from './signals.ts'
import type { World } from './world.ts'

/** What a run's export tells of the generator. */
interface Exported {
  readonly metrics: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> } | undefined>>
  readonly generator: { readonly shards: readonly { readonly reported_ms: number; readonly cpu_mean: number }[] }
}

/** Operations of a run (iterations where it has none), and what the generator used for one. */
interface Cost { readonly count: number; readonly cpuMs: number; readonly lagP99Ms: number }

/** Runs one; a text where it can't be run. */
async function measure(measurement: Measurement, { env, exit }: World): Promise<Cost | string> {
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-calibrate-'))
  try {
    writeFileSync(join(folder, 'script.js'), scriptOf(measurement))
    const args = ['run', 'script.js', '-q', '--no-color', '--shards', '1', '--results', 'none', '--summary-export', 'out.json']
    const driver = measurement.driver === undefined ? [] : ['--driver', measurement.driver]
    const child = spawn(process.execPath, [process.argv[1] ?? '', ...args, ...driver], {
      cwd: folder, env: { PATH: env['PATH'], HOME: env['HOME'] }, stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
    let stopped: string | undefined
    using _signals = onSignals({
      first: (signal) => { stopped = signal; child.kill('SIGTERM') },
      again: () => { child.kill('SIGKILL'); exit(EXIT_CODES.signal) },
    })
    const code = await new Promise<number | null>((resolve, reject) => { child.once('error', reject).once('close', resolve) })
    if (stopped !== undefined) throw new Failure(EXIT_CODES.signal, `stopped by ${stopped}`)
    if (code !== EXIT_CODES.passed) return said.trim().split('\n').at(-1) ?? `it ended with ${String(code)}`
    return costIn(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as Exported, measurement.workload)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function costIn({ metrics, generator }: Exported, workload: string | undefined): Cost {
  const value = (metric: string, figure: string): number => metrics[metric]?.values[figure] ?? 0
  const count = value(workload === undefined ? 'iterations' : `${workload}_reqs`, 'count')
  const cpuMs = generator.shards.reduce((sum, shard) => sum + shard.cpu_mean * shard.reported_ms, 0)
  return { count, cpuMs: cpuMs / Math.max(1, count), lagP99Ms: value('generator_lag', 'p(99)') }
}

const COLUMNS: readonly Column[] = [
  { head: 'what', align: 'left' }, { head: 'data', align: 'right', leaves: 1 }, { head: 'a core does', align: 'right' },
  { head: 'CPU each', align: 'right' },
]

const row = ({ name, size }: Measurement, cost: Cost | string): readonly string[] =>
  typeof cost === 'string' ? [name, size ?? '', 'not here', '-']
    : [name, size ?? '', humanizeRate(1000 / cost.cpuMs), humanizeTime(cost.cpuMs, null)]

/** From what a small and a large operation cost: so much each, and so much a byte. */
function driverCosts(measured: ReadonlyMap<Measurement, Cost | string>): readonly DriverCost[] {
  const done = [...measured].flatMap(([{ workload, driver, bytes }, cost]) => workload === undefined || driver === undefined
    || typeof cost === 'string' ? [] : [{ workload, driver, bytes: bytes ?? 0, cpuMs: cost.cpuMs }])
  return done.flatMap((small) => {
    const large = done.find((one) => one.workload === small.workload && one.driver === small.driver && one.bytes > small.bytes)
    if (large === undefined) return []
    const byteMs = Math.max(0, large.cpuMs - small.cpuMs) / (large.bytes - small.bytes)
    return [{ workload: small.workload, driver: small.driver, baseMs: Math.max(0, small.cpuMs - byteMs * small.bytes), byteMs }]
  })
}

/** An event loop with little to do that is later than this shares its machine with others. */
const QUIET_LAG_MS = 5

/** Measures, prints, keeps; the exit code. Throws a Failure when nothing could be measured, or kept where --results says. */
export async function calibrate({ flags }: Extract<Request, { command: 'calibrate' }>, world: World): Promise<number> {
  const { terminal, cwd, clock } = world
  const results = resultsFolder(firstOptions(flags, world), cwd)
  const folder = results === undefined ? undefined : writableFolder('--results', results, cwd)
  const measured = new Map<Measurement, Cost | string>()
  for (const measurement of [...CALIBRATED, PACED]) {
    terminal.log.info(`measuring ${measurement.name}${measurement.size === undefined ? '' : `, ${measurement.size}`}`)
    const cost = await measure(measurement, world)
    if (typeof cost === 'string') terminal.log.warn(`${measurement.name}: ${cost}`)
    measured.set(measurement, cost)
  }
  const costs = driverCosts(measured)
  if (costs.length === 0) throw new Failure(EXIT_CODES.target, 'calibrate: no driver could be measured; why stands above')
  const paced = measured.get(PACED)
  const lagP99Ms = typeof paced === 'object' ? paced.lagP99Ms : 0
  const { name, cpu = '' } = hostFacts()
  const lines = laidOut(COLUMNS, CALIBRATED.map((one) => row(one, measured.get(one) ?? '')), terminal.out.columns - 1,
    palette(terminal.colors(terminal.out)))
  terminal.out.write(`${lines.join('\n')}\nlateness with little to do: p99 ${humanizeTime(lagP99Ms, null)}\n`)
  if (lagP99Ms > QUIET_LAG_MS) {
    terminal.log.warn('this machine was busy with other things, which makes everything dearer: calibrate again when it is quiet')
  }
  if (folder === undefined) return EXIT_CODES.passed
  const measuredAt = isoMoment(clock.epochMs())
  try {
    const path = writeCalibration(folder, {
      format: 'chopsticks-calibration', version: 1, measuredAt, host: { name, cpu }, costs: [...costs], lagP99Ms,
    })
    terminal.out.write(`kept in ${path}: summaries of runs kept there now say how much of the measured time was the tool's own\n`)
  } catch (error) {
    throw new Failure(EXIT_CODES.config, `the calibration could not be kept in ${folder}: ${reasonOf(error)}`)
  }
  return EXIT_CODES.passed
}
