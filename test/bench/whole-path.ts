// What an operation costs from script to histogram: the whole command, all its processes, beside bare sockets on the same null server.
// Run: node dist/test/bench/whole-path.js [VUs, default 64]
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { binPath, workspace } from '../kit/cli.ts'
import { childrenCpuMs } from './children-cpu.ts'
import { BareClient } from './driver-bare.ts'
import { startNullServer } from './null-server.ts'

const vus = Number(process.argv[2] ?? 64)
/** The cost of an operation is the difference of a long and a short run: starting up is in both. */
const SHORT_S = 2
const LONG_S = 7
const BARE_S = 3
/** Turns of each, one after the other; the machine may be shared, so the best of each counts. */
const ROUNDS = 2
/** Goals as ratios to bare sockets, by operation and size. */
const GOALS: Readonly<Record<string, number>> = { 'get 4096': 2.3, 'put 4096': 2.4, 'get 1048576': 1.2, 'put 10485760': 1.1 }

const script = (op: 'get' | 'put', sizeBytes: number): string => `
import s3 from 'chopsticks/s3'
import { payload } from 'chopsticks'
const body = payload(${String(sizeBytes)})
export default async function () {
  await ${op === 'get' ? 's3.get(`obj${10000000 + __ITER % 100000}`)' : 's3.put(`obj${10000000 + __ITER % 100000}`, body)'}
}
`

const print = (line: string): void => { process.stdout.write(`${line}\n`) }

/** One run of the command: CPU of all its processes and how many operations it counted. */
async function run(folder: string, port: number, durationS: number): Promise<{ readonly cpuMs: number; readonly operations: number }> {
  const beforeMs = childrenCpuMs()
  const child = spawn(process.execPath, [
    binPath, 'run', 'script.js', '--vus', String(vus), '--duration', `${String(durationS)}s`, '--shards', '1',
    '--no-cleanup', '--quiet', '--summary-export', 'out.json',
  ], {
    cwd: folder, stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env, AWS_ENDPOINT_URL: `http://127.0.0.1:${String(port)}`,
      AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'secret-of-the-bench', BUCKET_NAME: 'bench',
    },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
  const code = await new Promise((resolve) => { child.once('close', resolve) })
  if (code !== 0) throw new Error(`the run ended with ${String(code)}: ${said}`)
  const { metrics } = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as {
    metrics: Record<string, { values: Record<string, number> }>
  }
  return { cpuMs: childrenCpuMs() - beforeMs, operations: metrics['s3_reqs']?.values['count'] ?? 0 }
}

/** µs of CPU per operation of a bare-socket client in this process. */
async function bareCost(op: 'get' | 'put', port: number, sizeBytes: number): Promise<number> {
  const bare = new BareClient(port, sizeBytes)
  let count = 0
  const endMs = performance.now() + BARE_S * 1000
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: vus }, async () => {
    while (performance.now() < endMs) await bare.run(op, `obj${String(10_000_000 + count++ % 100_000)}`)
  }))
  const { user, system } = process.cpuUsage(before)
  bare.close()
  return (user + system) / count
}

print(`CPU µs per operation, ${String(vus)} VUs in one shard, all processes of the command`)
print(['operation     ', 'bare', 'chopsticks', 'ratio', 'goal'].map((cell, i) => i === 0 ? cell : cell.padStart(12)).join(''))
for (const [op, sizeBytes] of [['get', 4096], ['put', 4096], ['get', 1048576], ['put', 1048576], ['put', 10485760]] as const) {
  const { server, port } = await startNullServer(sizeBytes)
  using space = workspace({ 'script.js': script(op, sizeBytes) })
  let bare = Infinity
  let whole = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    bare = Math.min(bare, await bareCost(op, port, sizeBytes))
    const short = await run(space.folder, port, SHORT_S)
    const long = await run(space.folder, port, LONG_S)
    whole = Math.min(whole, (long.cpuMs - short.cpuMs) * 1000 / (long.operations - short.operations))
  }
  const goal = GOALS[`${op} ${String(sizeBytes)}`]
  const figures = [bare.toFixed(1), whole.toFixed(1), (whole / bare).toFixed(2), goal === undefined ? '-' : `<= ${String(goal)}`]
  const row = [`${op} ${String(sizeBytes / 1024)} KiB`, ...figures]
  print(row.map((cell, i) => i === 0 ? cell.padEnd(14) : cell.padStart(12)).join(''))
  server.disconnect()
}
