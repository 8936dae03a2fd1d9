// The main job against a real RADOS gateway: what the tool says it did is what the bucket holds, and nothing is left behind.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'
import { awsEnv, east, west } from './gateway.ts'

/** Puts three objects an iteration, deletes one of them, reads one back. */
const COUNTED = `
import s3 from 'chopsticks/s3'
import { check, payload } from 'chopsticks'
export const options = {
  vus: 4, iterations: 60,
  thresholds: {
    's3_reqs{op:put}': ['count==180'], 's3_reqs{op:delete}': ['count==60'], 's3_reqs{op:get}': ['count==60'],
    s3_req_failed: ['rate==0'], checks: ['rate==1'], 's3_bytes{op:put}': ['count>0'],
  },
}
export default async function () {
  const name = 'vu' + __VU + '/' + __ITER
  await s3.put(name + '/a', payload('4KiB'))
  await s3.put(name + '/b', payload('20KiB', { seed: 7 }))
  await s3.put(name + '/c', 'hello')
  const got = await s3.get(name + '/b', { verify: payload('20KiB', { seed: 7 }) })
  check(got, { whole: (reply) => reply.bytes === 20480 })
  await s3.delete(name + '/a')
}
`
const runIdOf = (text: string): string => {
  const id = /chopsticks-([0-9A-Za-z]+)\//.exec(text)?.[1]
  if (id === undefined) throw new Error(`no run id in:\n${text}`)
  return id
}
const clean = (result: CliResult): void => {
  expect(result.orphans, 'processes left').to.have.length(0)
  expect(result.stderr, 'no stack trace of Node').not.to.match(/\n\s+at .*node:/)
}
const targetsFile = (space: Workspace): string => {
  const [first, second] = [east(), west()]
  space.write({ 'targets.yaml': `
s3:
  endpoint: ${first.endpoint}
  access_key: \${KEY}
  secret_key: \${SECRET}
  bucket: ${first.bucket}
  region: ${first.region}
targets:
  west: { s3: { endpoint: "${second.endpoint}", region: ${second.region} } }
` })
  return join(space.folder, 'targets.yaml')
}
const secrets = (): Record<string, string> => ({ KEY: east().accessKey, SECRET: east().secretKey })

describe('against a RADOS gateway', function () {
  this.timeout(120_000)

  it('counts exactly what the bucket then holds, and cleanup empties it', async () => {
    using space = workspace({ 'script.js': COUNTED })
    const gateway = east()
    const command = ['run', 'script.js', '--no-cleanup', '--summary-export', 'out.json']
    const result = await runCli(command, { cwd: space.folder, env: awsEnv(gateway) })
    clean(result)
    expect(result.code, result.stdout + result.stderr).to.equal(0)
    const run = runIdOf(result.stdout + result.stderr)
    const objects = await gateway.objects(`chopsticks-${run}/`)
    expect(objects.size).to.equal(120)
    expect([...objects.values()].reduce((sum, size) => sum + size, 0)).to.equal(60 * (20480 + 5))
    const exported = JSON.parse(readFileSync(join(space.folder, 'out.json'), 'utf8')) as {
      metrics: Record<string, { values: Record<string, number> }>
    }
    expect(exported.metrics['s3_bytes{op:put}']?.values['count']).to.equal(60 * (4096 + 20480 + 5))
    expect(exported.metrics['iterations']?.values['count']).to.equal(60)
    const cleanup = await runCli(['cleanup', run], { cwd: space.folder, env: awsEnv(gateway) })
    expect(cleanup.code, cleanup.stderr).to.equal(0)
    expect(cleanup.stdout + cleanup.stderr).to.contain('120')
    expect((await gateway.objects(`chopsticks-${run}/`)).size).to.equal(0)
  })

  it('runs the same at one shard and at two, and leaves nothing by itself', async () => {
    using space = workspace({ 'script.js': COUNTED })
    for (const shards of ['1', '2']) {
      const result = await runCli(['script.js', '--shards', shards], { cwd: space.folder, env: awsEnv(east()) })
      clean(result)
      expect(result.code, result.stdout + result.stderr).to.equal(0)
      expect((await east().objects(`chopsticks-${runIdOf(result.stdout + result.stderr)}/`)).size).to.equal(0)
    }
  })

  it('aims elsewhere with --target, by a targets file whose secrets come from the environment and are never shown', async () => {
    using space = workspace({ 'script.js': COUNTED })
    const command = ['run', 'script.js', '--config', targetsFile(space), '--target', 'west', '--no-cleanup', '-v']
    const result = await runCli(command, { cwd: space.folder, env: secrets() })
    clean(result)
    expect(result.code, result.stdout + result.stderr).to.equal(0)
    expect(result.stdout + result.stderr).not.to.contain(east().secretKey)
    const run = runIdOf(result.stdout + result.stderr)
    expect((await west().objects(`chopsticks-${run}/`)).size).to.equal(120)
    expect((await east().objects(`chopsticks-${run}/`)).size).to.equal(0)
    const cleanup = await runCli(['cleanup', run, '--config', 'targets.yaml', '--target', 'west'], { cwd: space.folder, env: secrets() })
    expect(cleanup.code, cleanup.stderr).to.equal(0)
    expect((await west().objects(`chopsticks-${run}/`)).size).to.equal(0)
  })

  it('takes a Rook bucket claim from the environment', async () => {
    using space = workspace({ 'script.js': COUNTED })
    const gateway = east()
    const { hostname, port } = new URL(gateway.endpoint)
    const result = await runCli(['run', 'script.js'], {
      cwd: space.folder,
      env: {
        BUCKET_HOST: hostname, BUCKET_PORT: port, BUCKET_NAME: gateway.bucket,
        AWS_ACCESS_KEY_ID: gateway.accessKey, AWS_SECRET_ACCESS_KEY: gateway.secretKey,
      },
    })
    clean(result)
    expect(result.code, result.stdout + result.stderr).to.equal(0)
    expect(result.stdout + result.stderr).to.contain(`${hostname}:${port}`)
  })

  it('ends with 111 and one line for wrong keys, a missing bucket and an endpoint nobody serves', async () => {
    using space = workspace({ 'script.js': COUNTED })
    const gateway = east()
    const bad: readonly [string, Record<string, string>, RegExp][] = [
      ['wrong secret', { AWS_SECRET_ACCESS_KEY: 'wrong' }, /key|denied|signature/i],
      ['missing bucket', { BUCKET_NAME: 'no-such-bucket' }, /no-such-bucket/],
      ['nobody there', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, /127\.0\.0\.1:9/],
    ]
    for (const [what, change, says] of bad) {
      const result = await runCli(['run', 'script.js'], { cwd: space.folder, env: { ...awsEnv(gateway), ...change } })
      clean(result)
      expect(result.code, what + result.stderr).to.equal(111)
      expect(result.stderr).to.match(says)
    }
  })
})
