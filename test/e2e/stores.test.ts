// Real stores as a run names them, what it leaves in them, and what it never says about them.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { serveS3, type RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { runCli, startCli, workspace } from '../kit/cli.ts'
import { GOOD_SCRIPT, LONG_SCRIPT } from '../kit/scripts.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'
import { CERTIFICATE, KEY } from '../s3/certificate.ts'

const section = ({ endpoint, accessKey, bucket }: ServedStore, secret: string): string =>
  `{ endpoint: "${endpoint}", access_key: ${accessKey}, secret_key: "${secret}", bucket: ${bucket} }`

describe('a store that is named', () => {
  let here: ServedStore
  let west: ServedStore
  before(async () => { [here, west] = await Promise.all([serveStore(), serveStore(['--bucket', 'western'])]) })
  after(async () => { await Promise.all([here.stop(), west.stop()]) })

  const config = (): string => `
s3: ${section(here, '${HERE_SECRET}')}
targets:
  west: { s3: ${section(west, '${file:west.key}')} }
env: { GREETING: from the file }
options: { iterations: 2 }
`

  it('by a config file is used, with secrets from the environment and from files, and --target aims elsewhere', async () => {
    using space = workspace({ 's.js': GOOD_SCRIPT, 'chopsticks.yaml': config(), 'west.key': `${west.secretKey}\n` })
    const env = { HERE_SECRET: here.secretKey }
    const first = await runCli(['s.js', '--no-cleanup'], { cwd: space.folder, env })
    expect(first.code, first.stderr).to.equal(0)
    expect(first.stderr).to.include(here.endpoint).and.not.include('self-test')
    expect([(await here.keys()).length, (await west.keys()).length]).to.deep.equal([2, 0])
    const second = await runCli(['s.js', '--no-cleanup', '--target', 'west'], { cwd: space.folder, env })
    expect(second.code, second.stderr).to.equal(0)
    expect(second.stderr).to.include('western')
    expect([(await here.keys()).length, (await west.keys()).length]).to.deep.equal([2, 2])
    for (const [run, target] of [[first, []], [second, ['--target', 'west']]] as const) {
      const name = /chopsticks-([\w-]+)\//.exec(run.stderr)?.[1] ?? ''
      const cleaned = await runCli(['cleanup', name, ...target], { cwd: space.folder, env })
      expect(cleaned.code, cleaned.stderr).to.equal(0)
    }
    expect([await here.keys(), await west.keys()]).to.deep.equal([[], []])
  })

  it('gives the script the file\'s env and options', async () => {
    using space = workspace({
      's.js': 'export default function () { console.log(__ENV.GREETING, __ITER) }', 'targets.yaml': config(), 'west.key': 'unused',
    })
    const { stderr, stdout } = await runCli(['s.js', '-c', 'targets.yaml'], { cwd: space.folder, env: { HERE_SECRET: here.secretKey } })
    expect(stderr).to.include('from the file 0')
    expect(stdout).to.match(/iterations\.*: 2 /)
  })

  for (const [what, script, code] of [
    ['a run that passed', GOOD_SCRIPT, 0],
    ['thresholds that failed', `${GOOD_SCRIPT}\nexport const options = { thresholds: { s3_reqs: ['count<1'] } }`, 99],
    ['iterations that threw', GOOD_SCRIPT.replace('check(got', 'throw new Error("boom"); check(got'), 99],
    ['a teardown that threw', `${GOOD_SCRIPT}\nexport function teardown() { throw new Error("boom") }`, 107],
    ['a setup that threw', `${GOOD_SCRIPT}\nexport async function setup() { await s3.put("made", "x"); throw new Error("boom") }`, 107],
    ['an abort', `import exec from 'chopsticks/execution'${GOOD_SCRIPT.replace('check(got', 'exec.test.abort("enough"); check(got')}`, 108],
  ] as const) {
    it(`holds nothing of the run after ${what}`, async () => {
      await here.put('somebody-elses', 'x')
      using space = workspace({ 's.js': script })
      const result = await runCli(['s.js', '-u', '2', '-i', '6'], { cwd: space.folder, env: here.env })
      expect(result.code, result.stderr).to.equal(code)
      expect(await here.keys()).to.deep.equal(['somebody-elses'])
    })
  }

  it('is cleaned up by a fresh process when the first one was lost, and the run fails', async () => {
    using space = workspace({ 's.js': LONG_SCRIPT })
    using running = startCli(['s.js', '--shards', '1'], { cwd: space.folder, env: west.env })
    await running.said('iterating')
    for (const pid of running.processes('agent/main')) process.kill(pid, 'SIGKILL')
    const { code, stderr, orphans } = await running.result
    expect(code, stderr).to.equal(112)
    expect(stderr).to.match(/^error: shard 0 was lost/m)
    expect(await west.keys()).to.deep.equal([])
    expect(orphans).to.deep.equal([])
  })

  it('has its secrets shown nowhere, not even with -v', async () => {
    using space = workspace({ 's.js': `${GOOD_SCRIPT}\nexport function setup() { return { env: __ENV } }` })
    const args = ['s.js', '-v', '--summary-mode', 'full', '--summary-export', 'all.json', '--log-output', 'file=all.log']
    const { stdout, stderr } = await runCli(args, { cwd: space.folder, env: here.env })
    const [data, log] = ['all.json', 'all.log'].map((name) => readFileSync(join(space.folder, name), 'utf8'))
    expect(data).to.include('"metrics"')
    expect(log).to.include('debug')
    expect([stdout, stderr, data, log].join('\n')).not.to.include(here.secretKey).and.not.include(here.accessKey)
  })
})

describe('a store that can\'t be used', () => {
  const servers: Server[] = []
  const stores: RunningEndpoint[] = []
  after(async () => {
    for (const server of servers) server.close()
    await Promise.all(stores.map((store) => store.close()))
  })
  const serving = async (server: Server): Promise<string> => {
    servers.push(server)
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const storing = async (options: Parameters<typeof serveS3>[0]): Promise<RunningEndpoint> => {
    const store = await serveS3(options)
    stores.push(store)
    return store
  }
  const envOf = (endpoint: string, { accessKey, secretKey } = { accessKey: 'abcd', secretKey: 'efgh' }): Readonly<Record<string, string>> =>
    ({ AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, BUCKET_NAME: 'bench' })

  async function refused(env: Readonly<Record<string, string>>, line: RegExp): Promise<void> {
    using space = workspace({ 's.js': GOOD_SCRIPT })
    const { code, stderr, orphans } = await runCli(['s.js', '-i', '2'], { cwd: space.folder, env })
    expect(code, stderr).to.equal(111)
    const errors = stderr.split('\n').filter((each) => each.startsWith('error: '))
    expect(errors, stderr).to.have.length(1)
    expect(errors[0]).to.match(line).and.include(new URL(env['AWS_ENDPOINT_URL'] ?? '').host)
    expect(stderr).not.to.match(/^\s+at /m)
    expect(orphans).to.deep.equal([])
  }

  it('because its name is unknown', () => refused(envOf('http://nope.invalid:8000'), /the host name is unknown/))

  it('because its certificate is nobody\'s: the way to trust it is named', async () => {
    const host = await serving(createServer({ cert: CERTIFICATE, key: KEY }))
    await refused(envOf(`https://${host}`), /name its CA in tls\.ca/)
  })

  it('because it speaks no TLS, or nothing but TLS', async () => {
    const plain = await storing({ buckets: ['bench'] })
    await refused(envOf(plain.endpoint.replace('http:', 'https:')), /begin with http:\/\//)
    const secure = await serving(createServer({ cert: CERTIFICATE, key: KEY }))
    await refused(envOf(`http://${secure}`), /proxy or a firewall|https|scheme/)
  })

  it('because it is no store at all', async () => {
    const host = await serving(createTcp((socket) => { socket.end('220 mail.example ESMTP\r\n') }))
    await refused(envOf(`http://${host}`), /is it an S3 endpoint\?/)
  })

  it('because the clocks are too far apart', async () => {
    const store = await storing({ buckets: ['bench'], clock: { epochMs: () => Date.now() + 3_600_000 } })
    await refused(envOf(store.endpoint, store), /clock.*NTP/)
  })

  it('because it answers nothing but 503', async () => {
    const store = await storing({ buckets: ['bench'], errorRate: 1 })
    await refused(envOf(store.endpoint, store), /503 SlowDown|answered 503.*overloaded/)
  })

  it('because the bucket is missing: create_bucket is offered', async () => {
    const store = await storing({ buckets: ['other'] })
    await refused(envOf(store.endpoint, store), /no bucket bench.*create_bucket: true/)
  })

  it('for a while: a storm of 503 is counted and judged, and no error of ours', async () => {
    const store = await storing({ buckets: ['bench'], errorRate: 0.4, faultOps: ['PutObject', 'GetObject'] })
    const script = `${GOOD_SCRIPT}\nexport const options = { thresholds: { s3_req_failed: ['rate<0.01'] } }`
    using space = workspace({ 's.js': script })
    const env = envOf(store.endpoint, store)
    const { code, stdout, stderr } = await runCli(['s.js', '-i', '40', '--no-cleanup'], { cwd: space.folder, env })
    expect(code, stderr).to.equal(99)
    expect(stdout).to.include('SlowDown')
    expect(stderr).to.match(/^error: .*s3_req_failed/m).and.not.match(/^\s+at /m)
  })
})

describe('create_bucket', () => {
  let store: ServedStore
  before(async () => { store = await serveStore() })
  after(async () => { await store.stop() })
  const config = (create: boolean): string => `s3: { endpoint: "${store.endpoint}", access_key: ${store.accessKey}, `
    + `secret_key: "\${SECRET}", bucket: fresh, create_bucket: ${create} }\n`
  const run = async (create: boolean, ...more: readonly string[]): Promise<number | null> => {
    using space = workspace({ 's.js': GOOD_SCRIPT, 'chopsticks.yaml': config(create) })
    return (await runCli(['s.js', '-i', '2', ...more], { cwd: space.folder, env: { SECRET: store.secretKey } })).code
  }

  it('makes the bucket that is missing, and removes it at the end', async () => {
    expect(await run(false)).to.equal(111)
    expect(await run(true)).to.equal(0)
    expect(await run(false)).to.equal(111)
  })

  it('removes none that holds something, and none that the run did not make', async () => {
    expect(await run(true, '--no-cleanup')).to.equal(0)
    expect(await run(false)).to.equal(0)
    expect(await run(true)).to.equal(0)
    expect(await run(false)).to.equal(0)
  })
})
