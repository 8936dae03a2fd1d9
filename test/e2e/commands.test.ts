// The commands beside `run`.
import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot, runCli, workspace } from '../kit/cli.ts'
import { GOOD_SCRIPT } from '../kit/scripts.ts'
import { serveStore } from '../kit/served-store.ts'

/** A store that is named and that nobody answers for. */
const NOWHERE = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ACCESS_KEY_ID: 'abcd', AWS_SECRET_ACCESS_KEY: 'efgh', BUCKET_NAME: 'bench' }

describe('chopsticks inspect', () => {
  it('prints the plan as JSON, and nothing is run', async () => {
    using space = workspace({ 's.js': `${GOOD_SCRIPT}\nexport const options = { thresholds: { checks: ['rate>0.9'] } }` })
    const { code, stdout, stderr } = await runCli(['inspect', 's.js', '-u', '3', '-d', '90s'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    const plan = JSON.parse(stdout) as { scenarios: { name: string; executor: string; vus: number; durationNs: number }[] }
    expect(plan.scenarios).to.have.length(1)
    expect(plan.scenarios[0]).to.include({ name: 'default', executor: 'constant-vus', vus: 3, durationNs: 90e9 })
  })

  it('shows no secret', async () => {
    using space = workspace({ 's.js': GOOD_SCRIPT })
    const { stdout } = await runCli(['inspect', 's.js'], {
      cwd: space.folder,
      env: { ...NOWHERE, AWS_SECRET_ACCESS_KEY: 'the-secret-key' },
    })
    expect(stdout).not.to.include('the-secret-key')
  })
})

describe('chopsticks serve s3', () => {
  it('prints what is needed to use it, can be used by a run, and ends with SIGTERM', async () => {
    await using store = await serveStore(['--bucket', 'mine', '--access-key', 'my-access-key', '--secret-key', 'my-secret-key'])
    expect(store).to.include({ bucket: 'mine', accessKey: 'my-access-key', secretKey: 'my-secret-key' })
    using space = workspace({ 's.js': GOOD_SCRIPT })
    const kept = await runCli(['s.js', '-i', '2', '--no-cleanup'], { cwd: space.folder, env: store.env })
    expect(kept.code, kept.stderr).to.equal(0)
    expect(await store.keys()).to.have.length(2)
    const { code, orphans } = await store.stop()
    expect(code).to.equal(0)
    expect(orphans).to.deep.equal([])
  })

  it('does badly what its flags say, and a run\'s own store what the targets file says', async () => {
    const badly = ['--error-rate', '1', '--error-code', 'InternalError', '--fault-ops', 'GetObject', '--delay', '1ms-2ms']
    await using store = await serveStore(badly)
    using space = workspace({ 's.js': GOOD_SCRIPT, 'own.yaml': 'builtin:\n  s3: { cut_upload_rate: 1, secret_key: told-to-nobody }\n' })
    const there = await runCli(['s.js', '-i', '1'], { cwd: space.folder, env: store.env })
    expect(there.code).to.equal(99)
    expect(there.stdout).to.match(/get: unavailable 1/)
    const own = await runCli(['s.js', '-i', '1', '-c', 'own.yaml'], { cwd: space.folder, env: store.env })
    expect(own.code).to.equal(99)
    expect(own.stdout).to.match(/put: cut 1/)
    expect(own.stderr).to.include('self-test, not storage; cut_upload_rate: 1)').and.not.include('told-to-nobody')
  })

  it('says which flag is wrong', async () => {
    using space = workspace()
    for (const [flag, value, wanted] of [
      ['--error-rate', '2', 'a number from 0 to 1'], ['--delay', '5', 'a duration'], ['--port', 'x', 'a whole'],
      ['--fault-ops', 'get', 'a list of S3 operations'], ['--max-bytes', '64k', 'a size']] as const) {
      const { code, stderr } = await runCli(['serve', 's3', flag, value], { cwd: space.folder })
      expect([code, stderr.trim().split('\n').length]).to.deep.equal([255, 1])
      expect(stderr).to.include(`error: ${flag}: must be ${wanted}`)
    }
  })

  it('says so when its port is taken', async () => {
    await using store = await serveStore()
    const { port } = new URL(store.endpoint)
    using space = workspace()
    const { code, stderr } = await runCli(['serve', 's3', '--port', port], { cwd: space.folder })
    expect(code).to.equal(111)
    expect(stderr).to.match(new RegExp(`^error: .*${port}`))
  })

  it('wants a store it knows and a port that is one', async () => {
    using space = workspace()
    expect((await runCli(['serve', 'nope'], { cwd: space.folder })).code).to.equal(255)
    expect((await runCli(['serve', 's3', '--port', '70000'], { cwd: space.folder })).code).to.equal(255)
  })
})

describe('chopsticks new', () => {
  it('writes a script that runs as it is', async () => {
    using space = workspace()
    const made = await runCli(['new'], { cwd: space.folder })
    expect(made.code, made.stderr).to.equal(0)
    expect(existsSync(join(space.folder, 'chopsticks.yaml'))).to.equal(true)
    const ran = await runCli(['script.ts', '-u', '1', '-i', '1'], { cwd: space.folder })
    expect(ran.code, ran.stderr + ran.stdout).to.equal(0)
  })

  it('writes JavaScript where that is asked for, which runs too', async () => {
    using space = workspace()
    await runCli(['new', 'load.js'], { cwd: space.folder })
    const ran = await runCli(['load.js', '-u', '1', '-i', '1'], { cwd: space.folder })
    expect(ran.code, ran.stderr + ran.stdout).to.equal(0)
  })

  it('overwrites nothing', async () => {
    using space = workspace({ 'script.ts': 'mine' })
    const { code, stderr } = await runCli(['new'], { cwd: space.folder })
    expect(code).to.equal(255)
    expect(stderr).to.match(/^error: .*script\.ts/)
    expect(readFileSync(join(space.folder, 'script.ts'), 'utf8')).to.equal('mine')
  })
})

describe('chopsticks cleanup', () => {
  it('deletes what a run left, and only that', async () => {
    await using store = await serveStore()
    using space = workspace({ 's.js': GOOD_SCRIPT })
    const kept = await runCli(['s.js', '-i', '3', '--no-cleanup'], { cwd: space.folder, env: store.env })
    const run = /chopsticks-([\w-]+)\//.exec(kept.stderr + kept.stdout)?.[1] ?? ''
    await store.put(`chopsticks-${run}x/other-run`, 'x')
    const { code, stdout, stderr } = await runCli(['cleanup', run], { cwd: space.folder, env: store.env })
    expect(code, stderr).to.equal(0)
    expect(stdout).to.include('3')
    expect(await store.keys()).to.deep.equal([`chopsticks-${run}x/other-run`])
  })

  for (const [args, line] of [
    [['cleanup', ''], /run/], [['cleanup', '../x'], /run/], [['cleanup', '--prefix', 'production/'], /chopsticks-/], [['cleanup'], /run/],
  ] as const) {
    it(`refuses ${JSON.stringify(args)}`, async () => {
      using space = workspace()
      const { code, stderr } = await runCli(args, {
        cwd: space.folder, env: NOWHERE,
      })
      expect(code).to.equal(255)
      expect(stderr).to.match(/^error: /).and.match(line)
    })
  }

  it('needs a store that outlives a run', async () => {
    using space = workspace()
    const { code, stderr } = await runCli(['cleanup', 'abc'], { cwd: space.folder })
    expect(code).to.equal(104)
    expect(stderr).to.match(/^error: /)
  })
})

describe('chopsticks version and help', () => {
  it('prints the package\'s version', async () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }
    using space = workspace()
    for (const args of [['version'], ['--version']]) {
      const { code, stdout } = await runCli(args, { cwd: space.folder })
      expect(code).to.equal(0)
      expect(stdout).to.include(version)
    }
  })

  it('explains every command and flag', async () => {
    using space = workspace()
    const all = await runCli(['--help'], { cwd: space.folder })
    expect(all.code).to.equal(0)
    for (const command of ['run', 'inspect', 'serve', 'new', 'cleanup', 'version']) expect(all.stdout).to.include(command)
    const run = await runCli(['run', '--help'], { cwd: space.folder })
    for (const flag of ['--vus', '--duration', '--target', '--shards', '--summary-export', 'CHOPSTICKS_VUS']) {
      expect(run.stdout).to.include(flag)
    }
  })

  it('shows the help when nothing is asked for, and fails', async () => {
    using space = workspace()
    const { code, stderr } = await runCli([], { cwd: space.folder })
    expect(code).to.equal(255)
    expect(stderr).to.include('script')
  })
})
