// A real Prometheus in a process and a folder of its own, and what it answers to queries.
import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspace } from '../kit/cli.ts'
import { needed } from './needed.ts'

/** One series of an answer: moments (s) and values as texts. */
export interface Answered {
  readonly metric: Readonly<Record<string, string>>
  readonly values?: readonly (readonly [number, string])[]
  /** Native histograms instead of values. */
  readonly histograms?: readonly unknown[]
}

export interface Prometheus extends Disposable {
  readonly url: string
  /** A query over a span, every second back from its end; ms since the Unix epoch. */
  over(query: string, fromMs: number, toMs: number): Promise<readonly Answered[]>
}

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    server.close(() => { resolve(port) })
  })
})

const READY_MAX_MS = 30_000
const ready = async (url: string): Promise<boolean> => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true

/** Starts one that takes remote writes and scrapes `scraped` (HOST:PORT) each second; it knows native histograms. */
export async function startPrometheus(scraped: string): Promise<Prometheus> {
  const space = workspace()
  const url = `http://127.0.0.1:${await freePort()}`
  const config = join(space.folder, 'prometheus.yml')
  writeFileSync(config, JSON.stringify({
    global: { scrape_interval: '1s' }, scrape_configs: [{ job_name: 'chopsticks', static_configs: [{ targets: [scraped] }] }],
  }))
  const child = spawn(needed('PEERS_PROMETHEUS'), [
    `--config.file=${config}`, `--storage.tsdb.path=${join(space.folder, 'data')}`, `--web.listen-address=${url.slice('http://'.length)}`,
    '--web.enable-remote-write-receiver', '--enable-feature=native-histograms',
  ], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
  for (const beganMs = Date.now(); !await ready(url);) {
    if (child.exitCode !== null || Date.now() - beganMs > READY_MAX_MS) throw new Error(`Prometheus did not start:\n${said}`)
    await new Promise((resolve) => { setTimeout(resolve, 100) })
  }
  return {
    url,
    async over(query, fromMs, toMs) {
      const startMs = toMs - Math.floor((toMs - fromMs) / 1000) * 1000
      const asked = new URLSearchParams({ query, start: String(startMs / 1000), end: String(toMs / 1000), step: '1' })
      const response = await fetch(`${url}/api/v1/query_range?${asked.toString()}`)
      const text = await response.text()
      if (!response.ok) throw new Error(`${query}: ${text}`)
      return (JSON.parse(text) as { readonly data: { readonly result: readonly Answered[] } }).data.result
    },
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
      space[Symbol.dispose]()
    },
  }
}
