// `chopsticks doctor` for block devices: what it says of image files and of clusters that can't be had, and that it leaves nothing.
import { expect } from 'chai'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, workspace } from '../kit/cli.ts'

describe('chopsticks doctor for rbd', () => {
  it('tries an image\'s life, says how long each step took, and leaves none', async () => {
    using space = workspace()
    const images = join(space.folder, 'images')
    space.write({ 'chopsticks.yaml': `rbd: { driver: file, driver_config: { folder: ${images} } }\n` })
    const { code, stdout, stderr } = await runCli(['doctor'], { cwd: space.folder })
    expect(code, stdout + stderr).to.equal(0)
    for (const check of ['create', 'open', 'write', 'flush', 'read', 'close', 'remove']) {
      expect(stdout).to.match(new RegExp(`^ {2}ok {6}${check} .* in [\\d.]+ ms$`, 'm'))
    }
    expect(stdout).to.match(/left behind +nothing below chopsticks-doctor-/)
    expect(existsSync(images) ? readdirSync(images) : []).to.deep.equal([])
  })

  for (const [what, section, says] of [
    ['a folder that can\'t be made', 'driver: file, driver_config: { folder: FILE/images }', /failed {2}create .*\n +remedy: /],
    ['a program that isn\'t there', 'conf: FILE, driver: rbd-cli, driver_config: { program: /no/rbd }',
      /failed {2}configuration .*\/no\/rbd/],
    ['a configuration file that isn\'t there', 'conf: none.conf, driver: rbd-cli',
      /failed {2}conf +\S*none\.conf can't be read: ENOENT\n +remedy: /],
  ] as const) {
    it(`names ${what}, with what to do, and ends with 111`, async () => {
      using space = workspace({ 'a.conf': '[global]\n' })
      space.write({ 'chopsticks.yaml': `rbd: { ${section.replace('FILE', join(space.folder, 'a.conf'))} }\n` })
      const { code, stdout, stderr } = await runCli(['doctor'], { cwd: space.folder })
      expect(stdout, stderr).to.match(says)
      expect(stderr).to.match(/^error: the rbd store of target 'default' can't be used: /m)
      expect(code).to.equal(111)
    })
  }
})
