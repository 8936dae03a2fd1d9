// `chopsticks doctor`: what it says, what it ends with, and that it leaves nothing.
import { expect } from 'chai'
import { runCli, workspace } from '../kit/cli.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'

describe('chopsticks doctor', () => {
  let store: ServedStore
  before(async () => { store = await serveStore(['--bucket', 'bench']) })
  after(async () => { await store.stop() })
  const section = (secret: string, bucket = 'bench'): string =>
    `{ endpoint: "${store.endpoint}", access_key: ${store.accessKey}, secret_key: "${secret}", bucket: ${bucket} }`

  it('looks at the store a run would use, says that all is well, ends with 0 and leaves nothing', async () => {
    using space = workspace()
    const { code, stdout, stderr, orphans } = await runCli(['doctor'], { cwd: space.folder, env: store.env })
    expect(code, stderr + stdout).to.equal(0)
    expect(stdout).to.include('this machine').and.include(store.endpoint).and.match(/^ {2}ok {6}put /m).and.match(/0 failed\n$/)
    // The machine of the test may lack something; the store lacks nothing.
    expect(stdout).not.to.match(/^ {2}failed/m).and.not.include('\u001b')
    expect(await store.keys()).to.deep.equal([])
    expect(orphans).to.deep.equal([])
  })

  it('looks at the built-in store where none is named, and says what that is', async () => {
    using space = workspace()
    const { code, stdout, orphans } = await runCli(['doctor'], { cwd: space.folder })
    expect(code).to.equal(0)
    expect(stdout).to.include('self-test, not storage')
    expect(orphans).to.deep.equal([])
  })

  it('takes the target by its name, tells a wrong key from a missing bucket, and ends with 111', async () => {
    const targets = `  keys: { s3: ${section('a-wrong-secret')} }\n  bucket: { s3: ${section('${SECRET}', 'nope')} }\n`
    using space = workspace({ 'chopsticks.yaml': `s3: ${section('${SECRET}')}\ntargets:\n${targets}` })
    const env = { SECRET: store.secretKey }
    const good = await runCli(['doctor'], { cwd: space.folder, env })
    expect(good.code, good.stderr).to.equal(0)
    const keys = await runCli(['doctor', 'keys'], { cwd: space.folder, env })
    expect(keys.code).to.equal(111)
    expect(keys.stdout).to.match(/^ {2}failed {2}keys +SignatureDoesNotMatch.*\n +remedy: check secret_key/m)
    expect(keys.stderr).to.match(/^error: the s3 store of target 'keys' can't be used: keys failed/)
    const bucket = await runCli(['doctor', '--target', 'bucket'], { cwd: space.folder, env })
    expect(bucket.code).to.equal(111)
    expect(bucket.stdout).to.match(/^ {2}failed {2}bucket +there is no nope\n +remedy: .*create_bucket: true/m)
  })

  it('prints its findings as JSON', async () => {
    using space = workspace()
    const { code, stdout } = await runCli(['doctor', '--json', '--vus', '50'], { cwd: space.folder, env: store.env })
    expect(code).to.equal(0)
    const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] }
    expect(findings.find(({ section: part, check }) => part === 's3' && check === 'list')).to.include({ status: 'ok' })
  })

  it('shows its requests with --debug-requests, without what is secret', async () => {
    using space = workspace()
    const { code, stderr } = await runCli(['doctor', '--debug-requests=full'], { cwd: space.folder, env: store.env })
    expect(code).to.equal(0)
    expect(stderr).to.include('canonical request:').and.include('Signature=***').and.match(/< +<ListBucketResult/)
    expect(stderr).not.to.include(store.secretKey).and.not.match(/Signature=[0-9a-f]/)
  })

  for (const [what, args, files, code, line] of [
    ['a config that is wrong', ['doctor'], { 'chopsticks.yaml': 's3: { endpiont: x }\n' }, 104, /^error: chopsticks\.yaml:1:/],
    ['a target that is not there', ['doctor', 'nope'], {}, 104, /^error: --target: there is no target 'nope'/],
    ['two targets', ['doctor', 'a', '--target', 'b'], {}, 255, /^error: doctor: give the target once/],
  ] as const) {
    it(`refuses ${what} with ${code}`, async () => {
      using space = workspace(files)
      const result = await runCli(args, { cwd: space.folder })
      expect(result.code).to.equal(code)
      expect(result.stderr).to.match(line)
    })
  }
})
