// A gate in a repository of its own: the scenario fails on a slowdown that a commit plants, and passes without it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'
import { serveStore } from '../kit/served-store.ts'

const SCENARIO = `
import s3 from 'chopsticks/s3'
import { payload } from 'chopsticks'
export const options = { vus: 4, duration: '16s' }
export async function setupVU() { await s3.put('object-' + __VU, payload('1KiB')) }
export default async function () { await s3.get('object-' + __VU) }
`

/** A repository with two commits: in the second the store is slower. */
function repository(): Workspace {
  const space = workspace({ 'gate.js': SCENARIO, 'store-delay': '10ms\n' })
  const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args],
    { cwd: space.folder, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', HOME: space.folder } })
  git('init', '--quiet', '--initial-branch=main')
  git('add', '.')
  git('commit', '--quiet', '--message=A store')
  space.write({ 'store-delay': '30ms\n' })
  git('commit', '--quiet', '--all', '--message=Make the store slower')
  git('checkout', '--quiet', 'HEAD~1')
  return space
}

const checkout = (space: Workspace, commit: string): void => {
  const env = { PATH: process.env['PATH'] ?? '', HOME: space.folder }
  execFileSync('git', ['checkout', '--quiet', commit], { cwd: space.folder, env })
}

/** What a pipeline would do: serve the store as the commit has it, and run its scenario against it. */
async function gate(space: Workspace, ...flags: string[]): Promise<CliResult> {
  await using store = await serveStore(['--delay', readFileSync(join(space.folder, 'store-delay'), 'utf8').trim()])
  const args = ['gate.js', '-q', '--baseline', 'main.run', '--fail-on', 'worse:50%', ...flags]
  return await runCli(args, { cwd: space.folder, env: store.env })
}

describe('a gate in a throwaway repository', () => {
  it('keeps the first run, passes on the same store and fails on a slower one', async () => {
    using space = repository()
    const refused = await gate(space, '--require-baseline')
    expect(refused.stderr).to.match(/error: there is no baseline main\.run/)
    expect(refused.code).to.equal(114)

    const first = await gate(space)
    expect(first.stderr).to.match(/kept as the baseline main\.run/)
    expect(first.code, first.stderr).to.equal(0)

    const same = await gate(space, '--require-baseline')
    expect(same.stdout).to.match(/s3 get +med .*same within noise|s3 get +med .*(better|worse)/)
    expect(same.code, same.stdout + same.stderr).to.equal(0)

    checkout(space, 'main')
    const slower = await gate(space, '--require-baseline')
    expect(slower.stdout).to.match(/s3 get +med .*worse/)
    expect(slower.stderr).to.match(/error: worse than what it was compared with \(--fail-on worse:50%\): get rate -/)
    expect(slower.code, slower.stdout + slower.stderr).to.equal(99)

    space.write({ 'gate.js': SCENARIO.replace('vus: 4', 'vus: 5').replace('16s', '1s') })
    const unlike = await gate(space)
    expect(unlike.stderr).to.match(/not comparable: the script gate\.js is not the same in both; the load differs/)
    expect(unlike.code).to.equal(114)
  }).timeout(240_000)
})

describe('a baseline on the command line', () => {
  for (const [flags, code, says] of [
    ['--require-baseline', 255, /need --baseline NAME\|FILE/],
    ['--baseline x --bisect', 114, /there is no baseline x/],
    ['--baseline x --driver native,minio', 255, /--baseline is for one run/],
    ['--baseline x --shards 0', 255, /--shards 0 is for debugging/],
    ['--baseline x --fail-on nothing', 104, /--fail-on: 'nothing'/],
  ] as const) {
    it(`${flags} ends ${code} before anything runs`, async () => {
      using space = workspace({ 'gate.js': SCENARIO })
      const ended = await runCli(['gate.js', ...flags.split(' ')], { cwd: space.folder })
      expect(ended.stderr).to.match(says)
      expect(ended.code).to.equal(code)
      expect(ended.stdout).to.equal('')
    })
  }
})
