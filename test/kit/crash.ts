// A client of block devices that is killed while it writes, and a second run that looks for all it was told to be flushed.
import { expect } from 'chai'
import { join } from 'node:path'
import { runCli, startCli, workspace } from './cli.ts'

const PREFIX = 'chopsticks-crash/'
const JOURNAL = 'journal'
/** What a disk that forgets would do: one block of an image is empty again. */
const FORGETS = `
import rbd from 'chopsticks/rbd'
export const options = { iterations: 1, prefix: '${PREFIX}' }
export default async function () {
  const image = await rbd.open('crash-1')
  await image.writeZeroes(0, 4096)
  await image.flush()
  await image.close()
}
`

/**
 * Kills a run that writes, checks in a second that nothing flushed is lost, then loses a block and checks that this is found; removes
 * the images. `targets`: the targets file for a folder.
 */
export async function crashAndCheck(targets: (folder: string) => string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  using space = workspace({ 'forgets.js': FORGETS })
  const cwd = space.folder
  space.write({ 'chopsticks.yaml': targets(cwd) })
  {
    using writing = startCli(['rbd-crash-consistency', '-e', 'PHASE=write'], { cwd, env })
    // Over the first lap, so that what is there was written again and again.
    await Promise.all([1, 2, 3, 4].map((vu) => writing.said(new RegExp(`flushed crash-${vu} 9`))))
    writing.child.kill('SIGKILL')
    const { signal, stderr, orphans } = await writing.result
    expect([signal, orphans]).to.deep.equal(['SIGKILL', []])
    // The journal is what came out of the process before it died: this one's memory, not its.
    space.write({ [JOURNAL]: stderr })
  }
  const check = () => runCli(
    ['rbd-crash-consistency', '-e', 'PHASE=check', '-e', `JOURNAL=${join(cwd, JOURNAL)}`, '--allow-read', cwd], { cwd, env })
  const kept = await check()
  expect(kept.code, kept.stderr + kept.stdout).to.equal(0)
  expect(kept.stdout).to.match(/checks_succeeded\.*: 100\.00% 4 out of 4/)

  const forgot = await runCli(['forgets.js'], { cwd, env })
  expect(forgot.code, forgot.stderr + forgot.stdout).to.equal(0)
  const lost = await check()
  expect(lost.code, lost.stderr + lost.stdout).to.equal(99)
  expect(lost.stderr).to.match(/lost: crash-1 at 0: round 0 is there, though round \d+ was flushed/)
  expect(lost.stderr.match(/lost: /g), lost.stderr).to.have.length(1)

  const cleaned = await runCli(['cleanup', '--prefix', PREFIX], { cwd, env })
  expect(cleaned.code, cleaned.stderr).to.equal(0)
  expect(cleaned.stdout).to.match(/deleted 4/)
}
