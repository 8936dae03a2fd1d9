// The ready scenarios run as they are, and everything they make is gone afterwards.
import { expect } from 'chai'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot, runCli, workspace } from '../kit/cli.ts'
import { serveStore } from '../kit/served-store.ts'

/** What makes scenarios small that are not of objects, or are as small as can be. */
const SMALL: readonly (readonly [name: string, flags: readonly string[]])[] = [
  // These have functions of their own instead of a default: -u and -i would ask for that.
  ['rbd-resize-under-load', ['-e', 'SIZE=4MiB']], ['s3-and-rbd', ['-e', 'SIZE=4MiB', '-e', 'OBJECT=64KiB']],
  ['s3-smoke', []], ['rbd-', ['-u', '2', '-i', '2', '-e', 'SIZE=4MiB']],
]

describe('the ready scenarios', () => {
  const scripts = readdirSync(join(projectRoot, 'scripts')).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))

  it('are there', () => { expect(scripts).to.include.members(['s3-mixed-workload.ts', 's3-smoke.ts']) })

  it('give way to a file of the same name, and are offered when a name is nearly one', async () => {
    using space = workspace({ 's3-smoke': 'export default function () { console.log("mine") }\n' })
    const mine = await runCli(['s3-smoke', '-i', '1'], { cwd: space.folder })
    expect(mine.stderr).to.include('mine')
    const near = await runCli(['run', 's3-smoek'], { cwd: space.folder })
    expect(near).to.include({ code: 255 })
    expect(near.stderr).to.include('did you mean chopsticks run s3-smoke?')
  })

  for (const name of scripts) {
    it(`${name} passes and leaves nothing behind`, async function () {
      // Some run for as long as their own scenarios say.
      this.timeout(60_000)
      await using store = await serveStore()
      using space = workspace()
      const own = SMALL.find(([begins]) => name.startsWith(begins))?.[1]
      const small = own ?? ['-u', '3', '-i', '30', '-e', 'SIZE=16KiB', '-e', 'OBJECTS=20']
      // A handful of operations says nothing about percentiles on a busy machine: the thresholds are the scripts' users' to judge by.
      const command = ['run', name.replace(/\.ts$/, ''), '--no-thresholds', ...small]
      const { code, stdout, stderr } = await runCli(command, { cwd: space.folder, env: store.env })
      expect(code, stderr + stdout).to.equal(0)
      expect(stdout).not.to.match(/✗/)
      expect(await store.keys()).to.deep.equal([])
    })
  }
})
