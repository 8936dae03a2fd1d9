// A real Prometheus is given runs, by remote write and by scraping, and asked for what it then knows; the dashboard asks it too.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { projectRoot, runCli, workspace } from '../kit/cli.ts'
import { freePort, startPrometheus, type Answered, type Prometheus } from './prometheus-server.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { check, payload } from 'chopsticks'
export const options = { scenarios: {
  loop: { executor: 'constant-vus', vus: 4, duration: '6s' },
  late: { executor: 'constant-arrival-rate', rate: 200, duration: '6s', preAllocatedVUs: 1, maxVUs: 1 },
} }
export default async function () {
  const key = 'k-' + __VU + '-' + __ITER
  await s3.put(key, payload('4KiB'))
  check(await s3.get(key), { 'all came': (r) => r.bytes === 4096 })
  if (__ITER % 20 === 5) await s3.head('nothing', { throw: false })
}
`
interface Figures { readonly count: number; readonly 'p(50)': number; readonly 'p(95)': number; readonly 'p(99)': number }
interface Exported {
  readonly run: { readonly id: string }
  readonly metrics: Readonly<Record<string, { readonly values: Figures }>>
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}
const dashboard = JSON.parse(readFileSync(join(projectRoot, 'config/grafana/chopsticks.json'), 'utf8')) as Dashboard

/** The last value of a query's one series. */
const last = (answer: readonly Answered[]): number => Number(answer[0]?.values?.at(-1)?.[1])

describe('Prometheus', function () {
  this.timeout(120_000)
  let prometheus: Prometheus
  let port: number

  before(async () => {
    port = await freePort()
    prometheus = await startPrometheus(`127.0.0.1:${port}`)
  })
  after(() => { prometheus[Symbol.dispose]() })

  async function runInto(output: string) {
    using space = workspace({ 's.js': SCRIPT })
    const fromMs = Date.now()
    const args = ['s.js', '-q', '--seed', '1', '--shards', '2', '-o', output, '--summary-export', 'x.json',
      '--summary-trend-stats', 'count,p(50),p(95),p(99)']
    const { code, stdout, stderr } = await runCli(args, { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    expect(stdout).not.to.contain('were lost')
    const { run: { id }, metrics } = JSON.parse(readFileSync(join(space.folder, 'x.json'), 'utf8')) as Exported
    const toMs = Date.now()
    // What was scraped last is stored a moment after it was answered.
    await new Promise((resolve) => { setTimeout(resolve, 500) })
    return { id, metrics, fromMs, toMs }
  }

  async function knows(run: Awaited<ReturnType<typeof runInto>>): Promise<void> {
    const { id, metrics, fromMs, toMs } = run
    const ask = async (query: string): Promise<number> => last(await prometheus.over(query, fromMs, toMs))
    expect(await ask(`sum(chopsticks_s3_reqs_total{run="${id}"})`)).to.equal(metrics['s3_reqs']?.values.count)
    expect(await ask(`sum(chopsticks_iterations_total{run="${id}"})`)).to.equal(metrics['iterations']?.values.count)
    const duration = metrics['s3_req_duration']?.values
    for (const p of [50, 95, 99] as const) {
      const seen = await ask(`histogram_quantile(0.${p}, sum(chopsticks_s3_req_duration_seconds{run="${id}"}))`)
      const truth = (duration?.[`p(${p})`] ?? NaN) / 1000
      expect(seen, `p${p} of ${truth}`).to.be.within(truth * 0.97, truth * 1.03)
    }
    expect(await ask(`histogram_count(sum(chopsticks_s3_req_duration_seconds{run="${id}"}))`)).to.equal(duration?.count)
  }

  async function draws({ id, fromMs, toMs }: Awaited<ReturnType<typeof runInto>>): Promise<void> {
    for (const { title, targets } of dashboard.panels) {
      for (const { expr } of targets) {
        const query = expr.replaceAll('${workload}', 's3').replaceAll('$run', id).replaceAll('$__rate_interval', '3s')
        const values = (await prometheus.over(query, fromMs, toMs)).flatMap((one) => [...one.values ?? [], ...one.histograms ?? []])
        expect(values, `${title}: ${query}`).not.to.be.empty
      }
    }
  }

  it('knows a run it was written, native histograms too, and the dashboard draws it', async () => {
    const run = await runInto(`prometheus-rw=${prometheus.url}/api/v1/write;every=1s`)
    await knows(run)
    await draws(run)
  })

  it('knows one with classic histograms, and the dashboard draws it', async () => {
    const run = await runInto(`prometheus-rw=${prometheus.url}/api/v1/write;every=1s;histograms=classic`)
    const { id, metrics, fromMs, toMs } = run
    const counted = await prometheus.over(`sum(chopsticks_s3_req_duration_seconds_count{run="${id}"})`, fromMs, toMs)
    expect(last(counted)).to.equal(metrics['s3_req_duration']?.values.count)
    await draws(run)
  })

  it('knows one it scraped, native histograms too', async () => {
    await knows(await runInto(`prometheus=127.0.0.1:${port};linger=10s`))
  })
})
