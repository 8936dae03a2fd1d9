// The HTML report as a user has it: beside a run, of a kept run, and where it can't be written.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { payload } from 'chopsticks'
export const options = { vus: 2, duration: '2500ms', thresholds: { s3_req_failed: ['rate<1'] } }
export default async function () {
  await s3.put('o', payload('1KiB'))
  await s3.get('not-there')
}
`
const env = { CHOPSTICKS_RESULTS: 'runs' }
const run = (space: Workspace, ...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd: space.folder, env })

describe('the HTML report', () => {
  it('is written beside a run, and the same of the kept run', async () => {
    using space = workspace({ 's.js': SCRIPT })
    const result = await run(space, 's.js', '--report', 'r.html', '--tag', 'note=</script>')
    expect(result.code, result.stderr).to.equal(99)
    const page = readFileSync(join(space.folder, 'r.html'), 'utf8')
    const texts = ['<!doctype html>', 's.js', 's3.get', 'not-there', 's.js:7:', 'Heat map', 'self-test']
    for (const text of texts) expect(page, text).to.include(text)
    expect(page.match(/<script/g)).to.have.length(2)
    const kept = await run(space, 'report', 'last', 'kept.html')
    expect(kept.code, kept.stderr).to.equal(0)
    expect(kept.stdout).to.equal('wrote kept.html\n')
    expect(readFileSync(join(space.folder, 'kept.html'), 'utf8')).to.equal(page)
    const named = await run(space, 'report', 'last')
    expect(named.stdout).to.match(/^wrote report-[0-9a-f]+\.html\n$/)
  })

  it('is refused before the run where it can\'t be written, and missed loudly where its disk is full', async () => {
    using space = workspace({ 's.js': SCRIPT.replace('2500ms', '1s').replace("await s3.get('not-there')", '') })
    const nowhere = await run(space, 's.js', '--report', 'no/r.html')
    expect(nowhere.code).to.equal(104)
    expect(nowhere.stderr).to.include('--report no/r.html: it can\'t be written, there is no such folder').and.not.include('running')
    const full = await run(space, 's.js', '--report', '/dev/full')
    expect(full.code).to.equal(104)
    expect(full.stderr).to.include('--report /dev/full: it could not be written, its disk is full')
    expect((await run(space, 'report', 'last', '/dev/full')).code).to.equal(104)
  })

  it('names what is wrong with the run that is asked for', async () => {
    using space = workspace({})
    const none = await run(space, 'report', 'nope')
    expect(none.code).to.equal(104)
    expect(none.stderr).to.include('there is no run \'nope\'')
    expect((await run(space, 'report')).code).to.equal(255)
  })
})
