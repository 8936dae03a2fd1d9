// How much memory a run has, all its processes together, while 64 VUs upload 100 MiB each; to a server that keeps nothing.
// Run: node dist/test/bench/uploads-memory.js [MiB, default 100] [VUs, default 64]
import { spawn } from 'node:child_process'
import { binPath, workspace } from '../kit/cli.ts'
import { startNullServer } from './null-server.ts'
import { treeMemoryBytes } from './process-tree.ts'

const mib = Number(process.argv[2] ?? 100)
const vus = Number(process.argv[3] ?? 64)
/** The goal. */
const MAX_MB = 400
const LOOK_MS = 50

const { server, port } = await startNullServer(0)
using space = workspace({
  's.js': `import s3 from 'chopsticks/s3'\nimport { payload } from 'chopsticks'\n` +
    `export default () => s3.put('obj-' + __VU, payload('${mib}MiB'))`,
})
const child = spawn(process.execPath, [binPath, 'run', 's.js', '-u', String(vus), '-i', String(vus), '--no-cleanup'], {
  cwd: space.folder, stdio: ['ignore', 'pipe', 'pipe'],
  env: {
    PATH: process.env['PATH'], AWS_ENDPOINT_URL: `http://127.0.0.1:${String(port)}`, AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'secret-of-the-bench', BUCKET_NAME: 'bench',
  },
})
let text = ''
for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part: string) => { text += part })
let mostBytes = 0
const looking = setInterval(() => {
  if (child.pid !== undefined) mostBytes = Math.max(mostBytes, treeMemoryBytes(child.pid))
}, LOOK_MS)
const code = await new Promise((resolve) => { child.once('close', resolve) })
clearInterval(looking)
server.disconnect()
if (code !== 0) throw new Error(`the run ended with ${String(code)}:\n${text}`)
const mb = mostBytes / 1e6
process.stdout.write(`${vus} VUs, a put of ${mib} MiB each: at most ${mb.toFixed(0)} MB in all processes (goal: less than ${MAX_MB})\n`)
if (mb >= MAX_MB) process.exitCode = 1
