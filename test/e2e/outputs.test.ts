// -o as a user has it: files and receivers that get the run, and one clear line why not.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { HistogramLogReader } from 'hdr-histogram-js'
import { runCli, startCli, workspace } from '../kit/cli.ts'
import { readOpLogs } from '../kit/op-logs.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { check } from 'chopsticks'
export const options = { vus: 2, iterations: 30, thresholds: { 's3_req_duration{op:put}': ['p(99)<60000'] } }
export default async function () {
  check(await s3.put('k-' + __VU, 'hello'), { put: (r) => r !== undefined })
  await s3.head('nothing', { throw: false })
}
`
interface Point { readonly type: string; readonly metric: string; readonly data: { readonly value: number } }
const pointsIn = (text: string): readonly Point[] => text.trimEnd().split('\n').map((line) => JSON.parse(line) as Point)
const sumOf = (points: readonly Point[], metric: string): number =>
  points.filter((point) => point.type === 'Point' && point.metric === metric).reduce((sum, { data: { value } }) => sum + value, 0)

describe('-o json and csv', () => {
  it('hold every second, and add up to what the summary counts', async () => {
    using space = workspace({ 's.js': SCRIPT })
    const { code, stderr } = await runCli(['s.js', '--shards', '2', '-o', 'json=a.json', '-o', 'csv=a.csv.gz'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    const points = pointsIn(readFileSync(join(space.folder, 'a.json'), 'utf8'))
    expect(sumOf(points, 's3_reqs')).to.equal(60)
    expect(sumOf(points, 'iterations')).to.equal(30)
    const csv = gunzipSync(readFileSync(join(space.folder, 'a.csv.gz'))).toString('utf8').split('\n')
    expect(csv[0]).to.match(/^metric_name,timestamp,metric_value,check,/)
    const counted = points.filter(({ metric, type }) => metric === 's3_reqs' && type === 'Point')
    expect(csv.filter((line) => line.startsWith('s3_reqs,'))).to.have.length(counted.length)
    expect(stderr).to.match(/-o json a\.json: \d+ lines \(one value a second and figure/)
  })

  it('hold every operation where there is an op log', async () => {
    using space = workspace({ 's.js': SCRIPT })
    const { code, stderr } = await runCli(['s.js', '--op-log', 'ops', '-o', 'json=a.json'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    const points = pointsIn(readFileSync(join(space.folder, 'a.json'), 'utf8'))
    expect(points.filter(({ metric, type }) => metric === 's3_req_duration' && type === 'Point')).to.have.length(60)
    const logged = readOpLogs(join(space.folder, 'ops')).flatMap(({ operations }) => operations)
      .filter(({ phase }) => phase === 'iteration').reduce((sum, { startedUs, endedUs }) => sum + (endedUs ?? 0) - (startedUs ?? 0), 0)
    expect(sumOf(points, 's3_req_duration')).to.be.closeTo(logged / 1000, 0.001)
    expect(sumOf(points, 'iterations')).to.equal(30)
    expect(points.filter(({ metric, type }) => metric === 's3_reqs' && type === 'Metric')).to.have.length(1)
  })
})

describe('-o hdr', () => {
  it('holds every time of the run, for HdrHistogram to read', async () => {
    using space = workspace({ 's.js': SCRIPT })
    const { code, stderr } = await runCli(['s.js', '--shards', '2', '-o', 'hdr=a.hlog'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    expect(stderr).to.match(/-o hdr a\.hlog: \d+ lines/)
    const reader = new HistogramLogReader(readFileSync(join(space.folder, 'a.hlog'), 'utf8'))
    const counts = new Map<string, number>()
    for (let read = reader.nextIntervalHistogram(); read !== null; read = reader.nextIntervalHistogram()) {
      counts.set(read.tag, (counts.get(read.tag) ?? 0) + read.totalCount)
    }
    for (const [name, count] of [['s3_req_duration{op:put}', 30], ['s3_req_duration{op:head}', 30], ['iteration_duration', 30]] as const) {
      expect(counts.get(name), name).to.equal(count)
    }
  })
})

describe('-o and reports', () => {
  it('are written though the run fails, and none of them hides why', async () => {
    using space = workspace({ 's.js': 'export function setup() { throw new Error("no <luck>") }\nexport default function () {}\n' })
    const args = ['s.js', '-o', 'junit=j.xml', '-o', 'markdown=m.md', '-o', 'github', '-o', 'gitlab=g.json', '-o', 'gitlab-metrics=g.txt']
    const { code, stdout, stderr } = await runCli(args, { cwd: space.folder, env: { GITHUB_STEP_SUMMARY: 'summary.md' } })
    expect(code, stderr).to.equal(107)
    const text = (name: string): string => readFileSync(join(space.folder, name), 'utf8')
    expect(text('j.xml')).to.contain('<failure message="s.js:1: setup: Error: no &lt;luck&gt;"/>')
    expect(text('m.md')).to.match(/^## ❌ s\.js failed\n\n\*\*s\.js:1: setup: Error: no \\<luck\\>\*\*/)
    expect(text('summary.md').trimEnd()).to.equal(text('m.md').trimEnd())
    expect(stdout).to.match(/^::error file=s\.js,line=1,col=\d+,title=chopsticks::setup: Error: no <luck>$/m)
    expect(JSON.parse(text('g.json'))).to.have.length(1)
    expect(text('g.txt')).to.match(/# EOF\n$/)
  })
})

describe('-o and receivers', () => {
  it('post to one that is there', async () => {
    using space = workspace({ 's.js': SCRIPT })
    const heard: { readonly url: string; readonly auth: string | undefined; readonly body: string }[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => { body += part }).on('end', () => {
        heard.push({ url: request.url ?? '', auth: request.headers.authorization, body })
        response.writeHead(204).end()
      })
    })
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const args = ['s.js', '-o', `influxdb=http://${at}/db;token=\${TOKEN}`, '-o', `opentelemetry=http://me:\${TOKEN}@${at}`]
    const { code, stdout, stderr } = await runCli(args, { cwd: space.folder, env: { TOKEN: 'topsecret' } })
    server.close()
    expect(code, stderr).to.equal(0)
    const influx = heard.filter(({ url }) => url === '/write?db=db&precision=ns')
    expect(influx[0]?.auth).to.equal('Token topsecret')
    expect(influx.map(({ body }) => body).join('')).to.match(/^iterations,run=\w+,scenario=default value=\d+ \d{19}$/m)
    const otlp = heard.filter(({ url }) => url === '/v1/metrics')
    expect(otlp[0]?.auth).to.equal(`Basic ${Buffer.from('me:topsecret').toString('base64')}`)
    expect(otlp.at(-1)?.body).to.contain('chopsticks.s3_req_duration')
    expect(stdout + stderr).not.to.contain('topsecret')
  })

  it('go on without one that is not there: the run passes, and the summary counts what was lost', async () => {
    using space = workspace({ 's.js': SCRIPT })
    const args = ['s.js', '-o', 'prometheus-rw=http://me:topsecret@127.0.0.1:9/api/v1/write', '--summary-export', 'x.json']
    const { code, stdout, stderr } = await runCli(args, { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    const lost = /output prometheus-rw http:\/\/127\.0\.0\.1:9\/api\/v1\/write: (\d+) of \1 batches were lost: the connection was refused/
    expect(stdout).to.match(lost)
    expect(stderr).to.contain('-o prometheus-rw http://127.0.0.1:9/api/v1/write: the connection was refused; the run goes on')
    expect(stdout + stderr).not.to.contain('topsecret')
  })

  it('answer scrapes while the run goes on', async () => {
    using space = workspace({ 's.js': SCRIPT.replace('iterations: 30', 'duration: "10s"') })
    using run = startCli(['s.js', '-o', 'prometheus=127.0.0.1:0'], { cwd: space.folder })
    let stderr = ''
    run.child.stderr?.on('data', (part: string) => { stderr += part })
    await run.said(/-o prometheus 127\.0\.0\.1:0: scrape http:\S+\/metrics/)
    const [, url = ''] = /scrape (http:\S+\/metrics)/.exec(stderr) ?? []
    let text = ''
    while (!text.includes('chopsticks_iterations_total')) text = await (await fetch(url)).text()
    expect(text).to.match(/^chopsticks_s3_req_duration_seconds_bucket\{.*le="\+Inf".*\} \d+$/m)
    expect((await fetch(url, { method: 'DELETE' })).status).to.equal(405)
    run.child.kill('SIGINT')
    expect((await run.result).code).to.equal(105)
  })
})

describe('-o and what can\'t be', () => {
  const refused: readonly (readonly [args: readonly string[], said: string | RegExp])[] = [
    [['-o', 'jsn=a'], /^error: -o: there is no output 'jsn' \(did you mean 'json'\?\): there are json, csv, hdr, prometheus, /],
    [['-o', 'json'], /^error: -o: json needs a file: write json=FILE$/],
    [['-o', 'influxdb'], /^error: -o: influxdb needs an address: write influxdb=http:\/\/HOST:PORT\/$/],
    [['-o', 'json=no/such/a.json'], /^error: -o json no\/such\/a\.json: it can't be written, there is no such folder$/],
    [['-o', 'junit=.'], /^error: -o junit \.: it can't be written, it is a folder$/],
    [['-o', 'hdr=a;tags=off'], /^error: -o hdr a: there is no setting 'tags': there are by$/],
    [['-o', 'json=a', '-o', 'csv=./a'], /^error: -o: two outputs would write \S+\/a$/],
    [['-o', 'prometheus=x'], /^error: -o prometheus x: 'x' is no address: write HOST:PORT or PORT$/],
    [['-o', 'prometheus-rw=ftp://h/'], /^error: -o prometheus-rw ftp:\/\/h\/: its address must begin with http/],
    [['-o', 'prometheus-rw=http://h/;evry=5s'], /there is no setting 'evry' \(did you mean 'every'\?\): there are every, histograms, token/],
    [['-o', 'prometheus-rw=http://h/;every=5'], /every=5: it must be a duration such as 5s$/],
    [['-o', 'statsd=h:1;tags=maybe'], /tags=maybe: it must be one of on, off$/],
    [['-o', 'influxdb=http://h/;token=${NO_SUCH}'], /^error: -o influxdb: the environment variable NO_SUCH is not set; set it/],
  ]
  for (const [args, said] of refused) {
    it(`is refused before anything runs: ${args.join(' ')}`, async () => {
      using space = workspace({ 's.js': SCRIPT })
      const { code, stderr, stdout } = await runCli(['s.js', ...args], { cwd: space.folder })
      expect(code, stderr).to.equal(104)
      expect(stderr.trimEnd().split('\n').at(-1)).to.match(said instanceof RegExp ? said : new RegExp(said))
      expect(stdout).to.equal('')
    })
  }

  it('is told at the end when a disk is full: 104, and how much is missing', async function () {
    if (!existsSync('/dev/full')) return this.skip()
    using space = workspace({ 's.js': SCRIPT })
    const { code, stderr, stdout } = await runCli(['s.js', '-o', 'json=/dev/full'], { cwd: space.folder })
    expect(code, stderr).to.equal(104)
    expect(stderr).to.match(/error: -o json \/dev\/full: (\d+) of \1 lines were lost: its disk is full/)
    expect(stdout).to.match(/output json \/dev\/full: \d+ of \d+ lines were lost: its disk is full/)
  })
})
