// Kept runs as a user has them: listed, shown, done again, carried elsewhere, deleted; and one that was killed.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { projectRoot, runCli, startCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { payload } from 'chopsticks'
export const options = { vus: 2, iterations: 12, seed: 7, thresholds: { 's3_outage_max{op:put}': ['value<60000'] } }
export default async function () { await s3.put('o-' + Math.floor(Math.random() * 1e6), payload('1KiB')) }
`
/** Without what the kit's runs have in their environment. */
const BIN = join(projectRoot, 'runtime/cli/bin.cjs')
const env = { CHOPSTICKS_RESULTS: 'runs' }
const run = (space: Workspace, ...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd: space.folder, env })
const keysOf = (folder: string): readonly string[] => {
  const { record } = JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8')) as {
    readonly record: { readonly slowest: readonly { readonly key: string }[] }
  }
  return record.slowest.map(({ key }) => key.replace(/^[^/]+/, '')).sort()
}

describe('kept runs', () => {
  it('are listed, shown, done again with the same keys, exported, imported and deleted', async () => {
    using space = workspace({ 's.js': SCRIPT })
    expect((await run(space, 's.js', '--tag', 'night=1')).code).to.equal(0)
    const again = await run(space, 'rerun', 'last')
    expect(again.code, again.stderr).to.equal(0)
    expect(again.orphans).to.deep.equal([])
    const folders = readdirSync(join(space.folder, 'runs')).map((name) => join(space.folder, 'runs', name))
    expect(folders).to.have.length(2)
    expect(keysOf(folders[0] ?? '')).to.have.length(12).and.to.deep.equal(keysOf(folders[1] ?? ''))
    const listed = await run(space, 'runs', '--tag', 'night=1', '--verdict', 'passed', '--script', 's.js')
    expect(listed.stdout.split('\n')).to.have.length(4)
    expect((await run(space, 'runs', '--verdict', 'failed')).stdout).to.include('none of the 2 runs')
    const shown = await run(space, 'show', 'last')
    expect(shown.code, shown.stderr).to.equal(0)
    for (const text of ['seed 7', 'ended: passed', 's3_outage_max{op:put}', 'OUTAGES', 'SLOWEST']) expect(shown.stdout).to.include(text)
    expect((await run(space, 'slowest', 'last')).stdout.trim().split('\n')).to.have.length(13)
    expect((await run(space, 'export', 'last', 'x.gz')).code).to.equal(0)
    const elsewhere = await run(space, 'rerun', 'x.gz', '--results', 'third')
    expect(elsewhere.code, elsewhere.stderr).to.equal(0)
    const third = readdirSync(join(space.folder, 'third')).map((name) => join(space.folder, 'third', name))
    expect(keysOf(third[0] ?? '')).to.deep.equal(keysOf(folders[0] ?? ''))
    expect((await run(space, 'import', 'x.gz')).stderr).to.include('already')
    expect((await run(space, 'import', 'x.gz', '--results', 'other')).code).to.equal(0)
    expect((await run(space, 'delete', 'last')).code).to.equal(0)
    expect(readdirSync(join(space.folder, 'runs'))).to.have.length(1)
  })

  it('that were killed are there up to their last second, and marked', async () => {
    using space = workspace({ 's.js': SCRIPT })
    using running = startCli(['s.js', '-d', '60s', '--iterations', '1000000'], { cwd: space.folder, env })
    await running.said(/running \(.*0[3-9]\.\ds\)/)
    running.child.kill('SIGKILL')
    await running.result
    const { stdout } = await run(space, 'show', 'last')
    expect(stdout).to.include('INCOMPLETE')
    expect((await run(space, 'runs')).stdout).to.match(/incomplete +[3-9]/)
  }).timeout(60_000)

  it('that wrote an op log have more slow operations than a record holds, of one kind where asked', async () => {
    using space = workspace({ 's.js': SCRIPT })
    expect((await run(space, 's.js', '--iterations', '150', '--op-log', 'ops')).code).to.equal(0)
    const lines = async (...args: readonly string[]): Promise<readonly string[]> =>
      (await run(space, 'slowest', 'last', ...args)).stdout.trim().split('\n').slice(1).map((line) => line.replace(/ +/g, ' '))
    const all = await lines('--top', '1000')
    expect(all).to.have.length(150)
    expect(await lines()).to.deep.equal(all.slice(0, 100))
    expect(await lines('--op', 'put', '--top', '3')).to.deep.equal(all.slice(0, 3))
    expect((await run(space, 'slowest', 'last', '--top', '0')).stderr).to.equal('error: --top 0: it must be a whole number from 1\n')
    expect((await run(space, 'slowest', 'last', '--op', 'get')).stdout).to.equal('no operation was measured\n')
    for (const name of readdirSync(join(space.folder, 'ops'))) rmSync(join(space.folder, 'ops', name))
    const fallen = await run(space, 'slowest', 'last')
    expect(fallen.stderr).to.include("the run's op log can't be read (its files are gone)")
    expect(fallen.stdout.trim().split('\n')).to.have.length(101)
  })

  it('are not kept where that is not wanted, and fewer where so many are', async () => {
    using space = workspace({ 'e.js': 'export default function () {}' })
    expect((await run(space, 'e.js', '--results', 'none')).code).to.equal(0)
    expect(existsSync(join(space.folder, 'runs'))).to.equal(false)
    for (let n = 0; n < 3; n++) await run(space, 'e.js', '-q', '--keep-runs', '2')
    expect(readdirSync(join(space.folder, 'runs'))).to.have.length(2)
  })

  it('whose disk takes no more go on, and say so', async () => {
    using space = workspace({ 's.js': SCRIPT })
    // Files of 4 KiB at most: the limit's unit is 512 or 1024 bytes.
    const limited = (...args: readonly string[]) => execa('sh', [
      '-c', 'ulimit -f 4 && exec "$@"', 'sh', process.execPath, BIN, ...args,
    ], { cwd: space.folder, reject: false, env: { NO_COLOR: '1' } })
    const { exitCode, stdout, stderr } = await limited('s.js', '-q')
    expect(exitCode, stderr).to.equal(0)
    expect(stderr).to.match(/the run could not be kept in .*runs: EFBIG: file too large/).and.to.include('--results DIR keeps it elsewhere')
    expect(stdout).to.include('s3_outage_max{op:put}')
    const asked = await limited('s.js', '-q', '--results', 'other')
    expect(asked.exitCode, asked.stderr).to.equal(104)
    expect(asked.stderr, asked.stderr).to.match(/error: the run could not be kept in .*other: EFBIG/)
    expect((await run(space, 'runs', '--results', 'other')).code).to.equal(0)
  })

  it('are not kept where no folder can be, which is said', async () => {
    using space = workspace({ 'e.js': 'export default function () {}', '.chopsticks': '' })
    const { exitCode, stderr } = await execa(process.execPath, [BIN, 'e.js', '-q'], {
      cwd: space.folder, reject: false, env: { NO_COLOR: '1' },
    })
    expect(exitCode, stderr).to.equal(0)
    expect(stderr).to.include('this run is not kept; --results DIR keeps it elsewhere')
  })

  const BAD: readonly (readonly [args: readonly string[], said: string])[] = [
    [['show', 'nope'], "error: there is no run 'nope'"],
    [['rerun', 'e.js'], "e.js: it can't be read as an exported run"],
    [['query', 'select 1'], 'error: query needs DuckDB, which is not installed'],
    [['query', 'select 1', '--results', 'none'], 'name the folder they are in'],
    [['import', 'e.js'], "e.js: it can't be read as an exported run"],
    [['e.js', '--results', 'e.js'], 'error: --results e.js: it is a file, name a folder'],
    [['runs', '--results', 'none'], 'name the folder they are in'],
  ]
  for (const [args, said] of BAD) {
    it(`say in one line what is wrong with ${args.join(' ')}`, async () => {
      using space = workspace({ 'e.js': 'export default function () {}' })
      const { code, stderr } = await run(space, ...args)
      expect(stderr).to.include(said)
      expect(code).to.equal(104)
    })
  }
})
