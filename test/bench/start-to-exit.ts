// What a run costs beside its load: start to exit of one iteration, and memory and CPU of many idle VUs.
// Run: node dist/test/bench/start-to-exit.js
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { binPath, workspace } from '../kit/cli.ts'
import { childrenCpuMs } from './children-cpu.ts'

const ONE = 'export default function () {}\n'
const IDLE = `
import { sleep } from 'chopsticks'
export default async function () { await sleep(1000) }
`
const print = (line: string): void => { process.stdout.write(`${line}\n`) }

const childrenOf = (pid: number, task: string): readonly number[] =>
  readFileSync(`/proc/${String(pid)}/task/${task}/children`, 'utf8').split(' ').filter((text) => text !== '').map(Number)
const treeOf = (pid: number): readonly number[] =>
  [pid, ...readdirSync(`/proc/${String(pid)}/task`).flatMap((task) => childrenOf(pid, task).flatMap(treeOf))]
const rssMib = (pids: readonly number[]): number => pids.reduce((sum, pid) =>
  sum + Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0) / 1024, 0)

interface Cost { readonly wallMs: number; readonly cpuMs: number; readonly peakMib: number }

async function cost(folder: string, args: readonly string[]): Promise<Cost> {
  const cpuMs = childrenCpuMs()
  const startMs = performance.now()
  const command = [binPath, 'run', 'script.js', '--quiet', '--shards', '1', '--no-thresholds', ...args]
  const child = spawn(process.execPath, command, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  let peakMib = 0
  const watch = setInterval(() => {
    // The tree changes while it is read; the next reading sees it whole.
    try { peakMib = Math.max(peakMib, rssMib(treeOf(child.pid ?? 0))) } catch { return }
  }, 250)
  await new Promise((resolve) => { child.once('close', resolve) })
  clearInterval(watch)
  return { wallMs: performance.now() - startMs, cpuMs: childrenCpuMs() - cpuMs, peakMib }
}

{
  using space = workspace({ 'script.js': ONE })
  await cost(space.folder, ['-i', '1'])
  const runs: Cost[] = []
  for (let n = 0; n < 3; n++) runs.push(await cost(space.folder, ['-i', '1']))
  const best = runs.reduce((a, b) => a.wallMs < b.wallMs ? a : b)
  print(`chopsticks script.js -i 1: ${best.wallMs.toFixed(0)} ms from start to exit (goal: 250 ms), ${best.cpuMs.toFixed(0)} ms CPU`)
}
{
  using space = workspace({ 'script.js': IDLE })
  const base = await cost(space.folder, ['-u', '1', '-d', '3s', '-e', 'X=1'])
  for (const vus of [1000, 10_000]) {
    const many = await cost(space.folder, ['-u', String(vus), '-d', '3s'])
    const kib = (many.peakMib - base.peakMib) * 1024 / vus
    const cpuMs = (many.cpuMs - base.cpuMs) / vus
    const each = `${kib.toFixed(0)} KiB and ${cpuMs.toFixed(2)} ms CPU a VU`
    print(`${String(vus)} idle VUs: ${many.peakMib.toFixed(0)} MiB in all processes, ${each}`)
  }
}
