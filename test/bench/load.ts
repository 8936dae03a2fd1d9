// Whether load comes when it is due, and what offering it costs: chopsticks beside k6, in turns on the same machine.
// Run: node dist/test/bench/load.js [rounds, default 3] [section …]
//
// Both run the same scripts against the same built-in S3 endpoint, which has a process of its own. k6 asks for the object by a presigned
// URL: the endpoint checks both tools' signatures, and k6 makes none. CPU is that of all processes of a tool, starting up included
// unless said otherwise, so that it holds on a shared machine; moments are wall time, so the best round counts.
import aws4 from 'aws4'
import { fork, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultShards } from '../../runtime/cli/shards.ts'
import { ACCESS_KEY, BareClient, SECRET_KEY } from './driver-bare.ts'
import { hasK6, run, treeCpuMs, type Ran, type RunOptions } from './load-runs.ts'
import { arrivalsScript, BEGUN, emptyScript, rampScript, sleepersScript, type Tool } from './load-scripts.ts'

const rounds = Number(process.argv[2] ?? 3)
const asked = process.argv.slice(3)
const SIZE_BYTES = 4096
const SECONDS = 30
const shards = defaultShards()

const print = (line: string): void => { process.stdout.write(`${line}\n`) }
const row = (cells: readonly string[]): void => { print(cells.map((cell, at) => at === 0 ? cell.padEnd(34) : cell.padStart(13)).join('')) }
const ms = (value: number): string => `${value.toFixed(2)} ms`

interface Endpoint extends Disposable { readonly url: string; readonly env: Readonly<Record<string, string>> }

/** The built-in endpoint with one object in it, and how each tool gets there. */
async function endpoint(): Promise<Endpoint> {
  const file = fileURLToPath(new URL(`./endpoint-server${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url))
  const server: ChildProcess = fork(file)
  const port = await new Promise<number>((resolve) => { server.once('message', (told) => { resolve(Number(told)) }) })
  const client = new BareClient(port, SIZE_BYTES)
  await client.run('put', 'object')
  client.close()
  const host = `127.0.0.1:${String(port)}`
  const { path = '' } = aws4.sign({
    service: 's3', region: 'us-east-1', method: 'GET', path: '/bench/object?X-Amz-Expires=86400', headers: { Host: host }, signQuery: true,
  }, { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY })
  return {
    url: `http://${host}${path}`,
    env: {
      AWS_ENDPOINT_URL: `http://${host}`, AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY, BUCKET_NAME: 'bench',
    },
    [Symbol.dispose]: () => { server.disconnect() },
  }
}

const tools: readonly Tool[] = hasK6() ? ['chopsticks', 'k6'] : ['chopsticks']

/** Runs every tool in turn, so many times; what `read` made of each run. */
async function inTurns<T>(
  times: number, optionsOf: (tool: Tool) => Omit<RunOptions, 'tool'>, read: (ran: Ran) => T,
): Promise<readonly { readonly tool: Tool; readonly of: T }[]> {
  const all: { readonly tool: Tool; readonly of: T }[] = []
  for (let round = 0; round < times; round++) {
    for (const tool of tools) all.push({ tool, of: await run({ tool, ...optionsOf(tool) }, read) })
  }
  return all
}

/** The percentiles of begun minus due over all operations of an op log, ms: the host's own moments. */
function hostErrors(folder: string): readonly number[] {
  const late = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').filter((line) => line !== ''))
    .map((line) => JSON.parse(line) as { readonly dueUs?: number; readonly startedUs?: number; readonly phase?: string })
    .flatMap(({ dueUs, startedUs, phase }) => phase === 'iteration' && dueUs !== undefined && startedUs !== undefined
      ? [(startedUs - dueUs) / 1000] : []).sort((a, b) => a - b)
  return [0.5, 0.99].map((share) => late[Math.floor(late.length * share)] ?? NaN)
}

const SECTIONS: Readonly<Record<string, () => Promise<void>>> = {
  async rate() {
    using store = await endpoint()
    print(`2,000 iterations/s for ${String(SECONDS)} s, one GET of 4 KiB each; chopsticks in ${String(shards)} shard(s)`)
    row(['goal', '60000 ± 1', '0', '', '<= 2 ms', '', `< ${(0.7 * shards).toFixed(1)} cores`])
    row(['', 'begun', 'dropped', 'error p50', 'p99', 'max', 'CPU'])
    const figures = ({ figure, cpuMs }: Ran): readonly string[] => [
      figure('iterations').toFixed(0), figure('dropped_iterations').toFixed(0), ms(figure('start_error', 'p(50)')),
      ms(figure('start_error', 'p(99)')), ms(figure('start_error', 'max')), `${(cpuMs / SECONDS / 1000).toFixed(2)} cores`,
    ]
    const options = (tool: Tool): Omit<RunOptions, 'tool'> =>
      ({ script: arrivalsScript(tool, 2000, SECONDS, store.url), shards, env: store.env })
    for (const { tool, of } of await inTurns(rounds, options, figures)) row([tool, ...of])
    const flags = ['--op-log', 'log']
    const [p50 = NaN, p99 = NaN] = await run({ tool: 'chopsticks', ...options('chopsticks'), flags },
      ({ folder }) => hostErrors(join(folder, 'log')))
    row(['chopsticks, by its own op log', '', '', ms(p50), ms(p99)])
  },

  async slow() {
    using store = await endpoint()
    print('10 iterations/s for 60 s (goal: 600 ± 1), both at once')
    await Promise.all(tools.map(async (tool) => {
      await run({ tool, script: arrivalsScript(tool, 10, 60, store.url), env: store.env }, ({ figure }) => {
        row([tool, figure('iterations').toFixed(0), ms(figure('start_error', 'p(50)')), ms(figure('start_error', 'p(99)'))])
      })
    }))
  },

  async ramp() {
    print('0 to 5,000 VUs in 20 s: how late each begins (goal: p99 <= 20 ms)')
    row(['', 'begun', 'error p50', 'p99', 'max'])
    const figures = ({ figure }: Ran): readonly string[] =>
      [figure('start_error', 'count').toFixed(0), ...['p(50)', 'p(99)', 'max'].map((what) => ms(figure('start_error', what)))]
    for (const { tool, of } of await inTurns(rounds, () => ({ script: rampScript(5000, 20), shards }), figures)) row([tool, ...of])
  },

  async empty() {
    const VUS = 50
    const [short, long] = [2, 8]
    print('empty iterations per second of CPU, from the difference of a short and a long run (goal: >= 120000)')
    const figures = ({ figure, cpuMs }: Ran): readonly [number, number] => [figure('iterations'), cpuMs]
    const rates = new Map<Tool, number>()
    for (let round = 0; round < rounds; round++) {
      const shorts = await inTurns(1, () => ({ script: emptyScript(VUS, short) }), figures)
      const longs = await inTurns(1, () => ({ script: emptyScript(VUS, long) }), figures)
      for (const [at, { tool, of: [count, cpuMs] }] of longs.entries()) {
        const [countBefore = 0, cpuMsBefore = 0] = shorts[at]?.of ?? []
        rates.set(tool, Math.max(rates.get(tool) ?? 0, (count - countBefore) / (cpuMs - cpuMsBefore) * 1000))
      }
    }
    for (const [tool, rate] of rates) row([tool, rate.toFixed(0)])
    const [ours, theirs] = [rates.get('chopsticks'), rates.get('k6')]
    if (ours !== undefined && theirs !== undefined) row(['ratio', (ours / theirs).toFixed(2)])
  },

  async sleepers() {
    const [FROM_MS, FOR_MS] = [3000, 8000]
    print('10,000 VUs asleep: share of a core (goal: < 10 %)')
    for (const tool of tools) {
      const state: { share?: Promise<number> } = {}
      const then = ({ pid = 0 }: ChildProcess): void => {
        state.share = (async () => {
          await new Promise((resolve) => { setTimeout(resolve, FROM_MS) })
          const [cpuMs, atMs] = [treeCpuMs(pid), performance.now()]
          await new Promise((resolve) => { setTimeout(resolve, FOR_MS) })
          return (treeCpuMs(pid) - cpuMs) / (performance.now() - atMs)
        })()
      }
      const script = sleepersScript(10_000, (FROM_MS + FOR_MS) / 1000 + 2)
      await run({ tool, script, shards, said: { text: BEGUN, then } }, () => { return })
      row([tool, `${((await state.share ?? NaN) * 100).toFixed(1)} %`])
    }
  },
}

const unknown = asked.filter((name) => !(name in SECTIONS))
if (unknown.length > 0) throw new Error(`no section is called ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`)
for (const [name, section] of Object.entries(SECTIONS)) if (asked.length === 0 || asked.includes(name)) await section()
