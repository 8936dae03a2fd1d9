// Block devices from the command line: what is printed, what is refused, and that nothing is left of image files.
import { expect } from 'chai'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, workspace } from '../kit/cli.ts'

const SCRIPT = `
import rbd from 'chopsticks/rbd'
import { check } from 'chopsticks'
export const options = { iterations: 1, thresholds: { 'rbd_req_submission{op:read}': ['p(95)<1000'], 'rbd_reqs{op:read}': ['count==100'] } }
export default async function () {
  await rbd.create('disk', { size: '4MiB' })
  const disk = await rbd.open('disk')
  await disk.prefill()
  check(await disk.io({ count: 100, queueDepth: 8, verify: true }), { all: (r) => r.reads === 100 && r.holes === 0 })
  await disk.snapshot.create('one')
}
`
const WRITES = `
import rbd from 'chopsticks/rbd'
export const options = { iterations: 1 }
export default async function () {
  const disk = await rbd.open()
  await disk.io({ mix: 'write', count: 10, pattern: 'sequential' })
  await disk.close()
}
`

describe('chopsticks with block devices', () => {
  it('drives image files where no storage is named, judges by their metrics, and leaves none', async () => {
    using space = workspace({ 'script.ts': SCRIPT })
    const temporary = join(space.folder, 'tmp')
    mkdirSync(temporary)
    const { code, stdout, stderr } = await runCli(['script.ts', '--op-log', 'ops'], { cwd: space.folder, env: { TMPDIR: temporary } })
    expect(code, stderr + stdout).to.equal(0)
    expect(stdout).to.match(/self-test/).and.to.match(/rbd_req_submission\{?/).and.to.match(/rbd_req_completion/)
    expect(readdirSync(temporary).filter((name) => name.startsWith('chopsticks-'))).to.deep.equal([])
    const [log = ''] = readdirSync(join(space.folder, 'ops'))
    const reads = readFileSync(join(space.folder, 'ops', log), 'utf8').split('\n').filter((line) => line.includes('"op":"read"'))
    expect(reads).to.have.length(100)
    expect(reads[0]).to.match(/"key":"chopsticks-[^"]+\.disk\+\d+"/)
  })

  it('writes to no file that was there before, unless the targets file allows it by name', async () => {
    using space = workspace({ 'script.ts': WRITES })
    const disk = join(space.folder, 'disk.img')
    writeFileSync(disk, Buffer.alloc(1024 ** 2))
    const config = (more: string): void => {
      writeFileSync(join(space.folder, 'targets.yaml'), `rbd:\n  driver: file\n  image: ${disk}\n${more}`)
    }
    config('')
    const refused = await runCli(['script.ts', '-c', 'targets.yaml'], { cwd: space.folder })
    expect(refused.code).to.equal(99)
    expect(refused.stdout + refused.stderr).to.include('allow_overwrite')
    expect(readFileSync(disk).every((byte) => byte === 0)).to.equal(true)
    config(`  allow_overwrite: [${disk}]\n`)
    const allowed = await runCli(['script.ts', '-c', 'targets.yaml'], { cwd: space.folder })
    expect(allowed.code, allowed.stderr + allowed.stdout).to.equal(0)
    expect(readFileSync(disk).subarray(0, 40_960).some((byte) => byte !== 0)).to.equal(true)
    expect(existsSync(disk)).to.equal(true)
  })

  const WRONG: Readonly<Record<string, readonly [yaml: string, says: RegExp]>> = {
    'an unknown key': ['rbd: { driver: file, imgae: x }', /targets\.yaml:1:.*rbd\.imgae.*did you mean image\?/],
    'a key that is for clusters': ['rbd: { driver: file, keyring: k }', /keyring is for a cluster/],
    'an option the driver hasn\'t': ['rbd: { driver: file, driver_config: { foldr: x } }', /the file driver has no option "foldr"/],
    'a driver there is not': ['rbd: { driver: fil }', /driver must be one of/],
  }
  for (const [what, [yaml, says]] of Object.entries(WRONG)) {
    it(`refuses ${what} with file, line and key`, async () => {
      using space = workspace({ 'script.ts': SCRIPT, 'targets.yaml': yaml })
      const { code, stderr } = await runCli(['script.ts', '-c', 'targets.yaml'], { cwd: space.folder })
      expect(code).to.equal(104)
      expect(stderr).to.match(says)
    })
  }

  it('cleans up the image files of a killed run that named no storage', async () => {
    using space = workspace({})
    const left = join(space.folder, 'chopsticks-dead')
    mkdirSync(join(left, 'rbd'), { recursive: true })
    writeFileSync(join(left, 'rbd', 'chopsticks-dead.disk'), '')
    const env = { TMPDIR: space.folder }
    const { code, stderr } = await runCli(['cleanup', 'dead'], { cwd: space.folder, env })
    expect([code, existsSync(left)], stderr).to.deep.equal([0, false])
    expect((await runCli(['cleanup', 'dead'], { cwd: space.folder, env })).code).to.equal(104)
  })

  it('cleans up what a killed run left in a folder that is named', async () => {
    using space = workspace({ 'script.ts': SCRIPT })
    const folder = join(space.folder, 'images')
    mkdirSync(folder)
    const left = ['disk', 'disk@one', 'disk@@protected@one'].map((name) => `chopsticks-dead.${name}`)
    for (const name of [...left, 'chopsticks-other.disk']) writeFileSync(join(folder, name), '')
    writeFileSync(join(space.folder, 'targets.yaml'), `rbd: { driver: file, driver_config: { folder: ${folder} } }`)
    const { code, stdout, stderr } = await runCli(['cleanup', 'dead', '-c', 'targets.yaml'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    expect(stdout).to.match(/deleted 1 below chopsticks-dead\//)
    expect(readdirSync(folder)).to.deep.equal(['chopsticks-other.disk'])
  })
})
