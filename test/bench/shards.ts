// What a second shard adds: iterations per second of one and of two, with no store between them, turn by turn.
// Run: node dist/test/bench/shards.js [seconds per turn, default 4]
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { binPath, workspace } from '../kit/cli.ts'

const seconds = Number(process.argv[2] ?? 4)
const ROUNDS = 3
const GOAL = 1.8
/** Work that is the sandbox's alone: a thousand steps, then a turn of the event loop. */
const SCRIPT = `
import { sleep } from 'chopsticks'
export default async function () {
  let sum = 0
  for (let n = 0; n < 1000; n++) sum += n * n
  if (sum < 0) throw new Error('no')
  await sleep(0)
}
`

/** Iterations per second over all shards. */
async function rate(folder: string, shards: number): Promise<number> {
  const load = ['-u', '64', '-d', `${String(seconds)}s`, '--shards', String(shards)]
  const args = ['run', 'script.js', ...load, '--quiet', '--summary-export', 'out.json']
  const child = spawn(process.execPath, [binPath, ...args], { cwd: folder, stdio: 'ignore' })
  const code = await new Promise((resolve) => { child.once('close', resolve) })
  if (code !== 0) throw new Error(`the run ended with ${String(code)}`)
  const { metrics } = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as {
    metrics: Record<string, { values: Record<string, number> }>
  }
  return metrics['iterations']?.values['rate'] ?? 0
}

using space = workspace({ 'script.js': SCRIPT })
const best = { 1: 0, 2: 0 }
for (let round = 0; round < ROUNDS; round++) {
  for (const shards of [1, 2] as const) best[shards] = Math.max(best[shards], await rate(space.folder, shards))
}
const ratio = (best[2] / best[1]).toFixed(2)
process.stdout.write(`${String(availableParallelism())} cores: one shard ${best[1].toFixed(0)} iterations/s, two ${best[2].toFixed(0)}: `
  + `${ratio} times (goal: >= ${String(GOAL)})\n`)
