// Real stores as a run names them, what it leaves in them, and what it never says about them.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, startCli, workspace } from '../kit/cli.ts'
import { GOOD_SCRIPT, LONG_SCRIPT } from '../kit/scripts.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'

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
