// Runs of the load bench: a script under chopsticks or k6, what it counted, and what CPU it took.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { binPath, projectRoot, workspace } from '../kit/cli.ts'
import { childrenCpuMs } from './children-cpu.ts'
import type { Tool } from './load-scripts.ts'
import { childrenOf } from './process-tree.ts'

const K6 = join(process.env['BENCH_CACHE'] ?? join(homedir(), '.cache', 'chopsticks-bench'), 'bin', 'k6')

/** Makes sure there is a k6 to compare with; false, with the reason printed, when there is none to be had. */
export function hasK6(): boolean {
  if (existsSync(K6)) return true
  const { status, stderr } = spawnSync(join(projectRoot, 'test/bench/peers/setup'), ['k6'], { encoding: 'utf8' })
  if (status === 0) return true
  process.stdout.write(`k6 could not be built, so nothing stands beside our own figures: ${stderr.trim()}\n`)
  return false
}

export interface RunOptions {
  readonly tool: Tool
  readonly script: string
  /** Only chopsticks is spread over processes. */
  readonly shards?: number
  readonly env?: Readonly<Record<string, string>>
  readonly flags?: readonly string[]
  /** Called as soon as the command has said this. */
  readonly said?: { readonly text: string; readonly then: (child: ChildProcess) => void }
}

export interface Ran {
  /** A figure of the summary: of a counter its count, of a trend a percentile. */
  readonly figure: (metric: string, what?: string) => number
  /** CPU of all its processes; wrong where other runs end meanwhile. */
  readonly cpuMs: number
  /** Where it left files. */
  readonly folder: string
}

type Metric = Readonly<Record<string, number>> & { readonly values?: Readonly<Record<string, number>> }

/** Runs it to its end, and hands over what came of it; its folder is gone afterwards. */
export async function run<T>({ tool, script, shards = 1, env = {}, flags = [], said }: RunOptions, read: (ran: Ran) => T): Promise<T> {
  using space = workspace({ 'script.js': script })
  const common = ['run', 'script.js', '--quiet', '--summary-export', 'out.json']
  const [program, args] = tool === 'k6'
    ? [K6, [...common, '--no-usage-report', ...flags]]
    : [process.execPath, [binPath, ...common, '--shards', String(shards), '--no-thresholds', ...flags]]
  const beforeMs = childrenCpuMs()
  const child = spawn(program, args, {
    cwd: space.folder, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  })
  let text = ''
  const hear = (part: string): void => {
    const heard = said !== undefined && text.includes(said.text)
    text += part
    if (said !== undefined && !heard && text.includes(said.text)) said.then(child)
  }
  child.stdout.setEncoding('utf8').on('data', hear)
  child.stderr.setEncoding('utf8').on('data', hear)
  const code = await new Promise((resolve) => { child.once('close', resolve) })
  if (code !== 0) throw new Error(`${tool} ended with ${String(code)}:\n${text}`)
  const { metrics } = JSON.parse(readFileSync(join(space.folder, 'out.json'), 'utf8')) as { metrics: Readonly<Record<string, Metric>> }
  return read({
    cpuMs: childrenCpuMs() - beforeMs, folder: space.folder,
    figure: (metric, what = 'count') => (metrics[metric]?.values ?? metrics[metric])?.[what] ?? 0,
  })
}

/** CPU time a running process and all below it have used, ms. */
export function treeCpuMs(pid: number): number {
  // proc(5): utime and stime are the 14th and 15th field, in ticks of 10 ms; the name before them may hold blanks.
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10 + childrenOf(pid).reduce((sum, child) => sum + treeCpuMs(child), 0)
}
