// Crash consistency over two runs, on image files: what was flushed before a SIGKILL is there, and what isn't there any more is found.
import { expect } from 'chai'
import { crashAndCheck } from '../kit/crash.ts'
import { runCli, workspace } from '../kit/cli.ts'

describe('rbd-crash-consistency', () => {
  it('finds all that a killed run was told to be flushed, and the block that is lost', async () => {
    await crashAndCheck((folder) => `rbd: { driver: file, driver_config: { folder: ${folder}/images } }\n`)
  })

  for (const [what, args, says] of [
    ['a phase there is not', ['-e', 'PHASE=read'], /PHASE is write, check or both, not read/],
    ['a check without a journal', ['-e', 'PHASE=check'], /PHASE=check needs JOURNAL/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      using space = workspace()
      const { code, stderr } = await runCli(['rbd-crash-consistency', ...args], { cwd: space.folder })
      expect(stderr).to.match(says)
      expect(code).to.equal(107)
    })
  }
})
