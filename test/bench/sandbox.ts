// What sandboxes cost: CPU time of iterations and operations, CPU time and memory of VUs. `node dist/test/bench/sandbox.js [VUs]`
import { build } from 'esbuild'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Sandbox, type GuestHost, type GuestVu, type RunRequest } from '../../runtime/sandbox/sandbox.ts'

const SCRIPT = `
import { boot, call, callNamed, note, ask } from 'kernel'
boot({
  options: { vus: 10 },
  empty() {},
  async emptyAsync() {},
  async oneCall() { await call('bench.op', [null, 'object-17-42', {}]) },
  async oneCallWithOptions() { await call('bench.op', [null, 'object-17-42', {}], { expect: ['not_found'] }) },
  async oneNamed() { await callNamed('bench.get', 'object-17-42') },
  async tenNamed() { for (let n = 0; n < 10; n++) await callNamed('bench.get', 'object-17-42') },
  async tenCalls() { for (let n = 0; n < 10; n++) await call('bench.op', [null, 'object-17-42', {}]) },
  async tenAtOnce() {
    const all = []
    for (let n = 0; n < 10; n++) all.push(call('bench.op', [null, 'object-17-42', {}]))
    await Promise.all(all)
  },
  tenNotes() { for (let n = 0; n < 10; n++) note('bench.note', ['checks', 1, { check: 'status is 200' }]) },
  tenAsks() { for (let n = 0; n < 10; n++) ask('bench.ask', []) },
  tenRandoms() { for (let n = 0; n < 10; n++) Math.random() },
})`

const VUS_BUSY = 64
const ITERATIONS = 40_000
const REPEATS = 5
const ANSWER = { bytes: 4096, etag: '9b74c9897bac770ffc029102a200c5de' }
/** What every answer of a store says, and no more. */
const FACTS = { status: 200, bytes: 4096, etag: '"9b74c9897bac770ffc029102a200c5de"', requestId: 'tx000001' }

/** Answers every call at once, as fast as a host can: what is left is the sandbox's own cost. */
const host: GuestHost = {
  call(vu, id, operation) {
    if (id > 0) vu.settle(id, true, operation === 'bench.get' ? FACTS : ANSWER)
    return id > 0 ? undefined : 1
  },
}

async function bundle(): Promise<string> {
  const kernel = fileURLToPath(new URL(`../../bindings/sdk/guest${extname(fileURLToPath(import.meta.url))}`, import.meta.url))
  const { outputFiles } = await build({
    stdin: { contents: SCRIPT }, bundle: true, write: false, format: 'esm', target: 'es2022', minify: true,
    plugins: [{ name: 'kernel', setup: (plugins) => { plugins.onResolve({ filter: /^kernel$/ }, () => ({ path: kernel })) } }],
  })
  return outputFiles[0]?.text ?? ''
}

const open = (code: string): Promise<Sandbox> =>
  Sandbox.open({ bundle: { code, name: 'script.js' }, memoryLimitBytes: 64 * 2 ** 20, sliceLimitMs: 1000 })

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function loop(vu: GuestVu, fn: string, count: number): Promise<void> {
  for (let iteration = 0; iteration < count; iteration++) {
    const request: RunRequest = { fn, argText: undefined, phase: 'iteration', iteration, scenario: undefined, info: undefined }
    const result = await vu.run(request)
    if (!result.ok) throw new Error(`${fn}: ${result.error.message}`)
  }
}

/** CPU microseconds of one iteration: the best of some rounds, each with all VUs at work. */
async function iterationUs(vus: readonly GuestVu[], fn: string): Promise<number> {
  const each = Math.ceil(ITERATIONS / vus.length / (fn.startsWith('ten') ? 4 : 1))
  let best = Infinity
  for (let round = 0; round < REPEATS; round++) {
    const before = cpuUs()
    await Promise.all(vus.map((vu) => loop(vu, fn, each)))
    best = Math.min(best, (cpuUs() - before) / (each * vus.length))
  }
  return best
}

interface Opened { readonly us: number; readonly kb: number; readonly committedKb: number; readonly modules: number }

async function openMany(code: string, count: number): Promise<Opened> {
  using sandbox = await open(code)
  const before = cpuUs()
  const committed = sandbox.heapBytes()
  for (let id = 1; id <= count; id++) await sandbox.openVu({ id, seed: 1, env: {}, phase: 'init' }, host)
  return {
    us: (cpuUs() - before) / count, kb: sandbox.liveBytes() / count / 1024,
    committedKb: (sandbox.heapBytes() - committed) / count / 1024, modules: sandbox.moduleCount,
  }
}

const code = await bundle()
process.stdout.write(`bundle: ${code.length} bytes\n\nCPU per iteration, ${VUS_BUSY} VUs\n`)
{
  using sandbox = await open(code)
  const opening = Array.from({ length: VUS_BUSY }, (_, index) => sandbox.openVu({ id: index + 1, seed: 1, env: {}, phase: 'init' }, host))
  const vus = await Promise.all(opening)
  for (const fn of vus[0]?.functions ?? []) {
    process.stdout.write(`  ${fn.padEnd(20)} ${(await iterationUs(vus, fn)).toFixed(2).padStart(8)} µs\n`)
  }
}
process.stdout.write('\nOpening VUs\n')
for (const count of [1000, ...process.argv.slice(2).map(Number)]) {
  const { us, kb, committedKb, modules } = await openMany(code, count)
  const memory = `${kb.toFixed(1)} KiB live, ${committedKb.toFixed(1)} KiB committed a VU, ${modules} module(s)`
  process.stdout.write(`  ${String(count).padEnd(8)} ${us.toFixed(0).padStart(6)} µs a VU  ${memory}\n`)
}
