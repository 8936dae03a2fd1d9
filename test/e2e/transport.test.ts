// Endpoints, retries and signing of a target, from the command line: what a run does with them and what it says.
import { expect } from 'chai'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, workspace } from '../kit/cli.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'

const PUTS = `import s3 from 'chopsticks/s3'
import { payload } from 'chopsticks'
export const options = { vus: 2, iterations: 20 }
export default async function () { await s3.put(\`k-\${__VU}-\${__ITER}\`, payload('100KiB'), { throw: false }) }`

/** A port on which nothing listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('a target', () => {
  let store: ServedStore
  before(async () => { store = await serveStore(['--error-rate', '0.2', '--fault-ops', 'PutObject']) })
  after(async () => { await store.stop() })
  const config = (endpoint: string, more = ''): string =>
    `s3:\n  endpoint: ${endpoint}\n  access_key: ${store.accessKey}\n  secret_key: "${store.secretKey}"\n  bucket: ${store.bucket}\n${more}`

  it('with retries counts them, and how often each operation was tried', async () => {
    using space = workspace({ 's.js': PUTS, 'chopsticks.yaml': config(store.endpoint,
      '  retries: { max: 10, on: [throttled], backoff: 1ms }\n  payload_signing: streaming\n') })
    const { code, stdout, stderr } = await runCli(['s.js', '--op-log', 'ops', '--seed', '3'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    expect(stdout).to.match(/put +20 .* 0\.00%/).and.match(/uploads: payload_signing: streaming, which takes [\d.]+ ms of CPU a MiB/)
    const retries = Number(/s3_retries\.*: (\d+)/.exec(stdout)?.[1])
    const attempts = readdirSync(join(space.folder, 'ops'))
      .flatMap((name) => readFileSync(join(space.folder, 'ops', name), 'utf8').trim().split('\n').slice(1))
      .map((line) => (JSON.parse(line) as { attempts: number }).attempts)
    expect(attempts).to.have.length(20)
    expect(attempts.reduce((sum, one) => sum + one)).to.equal(20 + retries).and.be.above(20)
  })

  it('of two endpoints, one of them down, is used by the other, and both are told apart', async () => {
    const dead = `http://127.0.0.1:${await deadPort()}`
    using space = workspace({ 's.js': PUTS, 'chopsticks.yaml': config(`["${dead}", "${store.endpoint}"]`, '  region: us-east-1\n') })
    const { code, stdout, stderr } = await runCli(['s.js', '--shards', '1'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    expect(stderr).to.include(`endpoints ${dead}, ${store.endpoint} (round_robin)`)
    expect(stdout).to.match(/endpoint +op +count/).and.match(new RegExp(`${store.endpoint} +put +\\d+`))
    expect(await store.keys()).to.deep.equal([])
  })

  it('that says what can\'t be is refused with the place of each mistake', async () => {
    using space = workspace({ 's.js': PUTS, 'chopsticks.yaml': config(store.endpoint,
      '  driver: aws-sdk\n  payload_signing: streaming\n  retries: { on: [never] }\n') })
    const wrong = await runCli(['s.js'], { cwd: space.folder })
    expect(wrong.code).to.equal(104)
    expect(wrong.stderr).to.match(/chopsticks\.yaml:8:\d+: .*retries\.on\.0 must be one of throttled/)
    space.write({ 'chopsticks.yaml': config(store.endpoint, '  driver: aws-sdk\n  payload_signing: streaming\n') })
    const missing = await runCli(['s.js'], { cwd: space.folder })
    expect(missing.code).to.equal(104)
    expect(missing.stderr).to.match(/chopsticks\.yaml:7:\d+: .*the aws-sdk driver has no payload_signing: streaming/)
  })

  it('with a profile uses its keys, and shows none of them', async () => {
    using space = workspace({
      's.js': PUTS, keys: `[bench]\naws_access_key_id=${store.accessKey}\naws_secret_access_key=${store.secretKey}\n`,
      'chopsticks.yaml': `s3: { endpoint: "${store.endpoint}", bucket: ${store.bucket}, profile: bench, credentials_file: keys }\n`,
    })
    const { code, stdout, stderr } = await runCli(['s.js', '-v', '--debug-requests'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    expect(stdout + stderr).to.not.contain(store.secretKey)
    const named = await runCli(['s.js'], { cwd: space.folder, env: { AWS_PROFILE: 'nobody', CHOPSTICKS_CONFIG: 'chopsticks.yaml' } })
    expect(named.code, named.stderr).to.equal(0)
  })
})
