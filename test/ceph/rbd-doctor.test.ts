// `chopsticks doctor` on a cluster: each step of the way to an image's bytes, and the one that fails by its name.
import { expect } from 'chai'
import { runCli, workspace } from '../kit/cli.ts'
import { cephConf, rbdSays } from './rbd-cluster.ts'

const doctor = async (section: string) => {
  using space = workspace({ 'chopsticks.yaml': `rbd: { conf: ${cephConf()}, ${section} }\n` })
  return await runCli(['doctor'], { cwd: space.folder, env: { PATH: process.env['PATH'] ?? '' } })
}

describe('rbd: chopsticks doctor on a cluster', function () {
  this.timeout(60_000)

  for (const [driver, checks] of [
    ['librbd', ['driver', 'conf', 'monitors', 'key', 'pool', 'create', 'open', 'write', 'flush', 'read', 'close', 'remove']],
    ['rbd-cli', ['driver', 'conf', 'monitors', 'key', 'pool', 'create', 'open', 'close', 'remove']],
  ] as const) {
    it(`finds all well with ${driver}, and leaves nothing`, async () => {
      const { code, stdout, stderr } = await doctor(`driver: ${driver}`)
      expect(code, stdout + stderr).to.equal(0)
      const own = stdout.slice(stdout.indexOf('\nrbd: '))
      expect([...own.matchAll(/^ {2}ok +(\w+) {2}/gm)].map(([, check]) => check)).to.deep.equal(checks)
      if (driver === 'librbd') expect(own).to.match(/librbd, version \d+\.\d+\.\d+/)
      expect(rbdSays('list')).not.to.contain('doctor')
    })
  }

  for (const [section, says] of [
    ['user: stranger', /failed {2}key .*client\.stranger.*\n +remedy: /],
    ['pool: nothing', /failed {2}pool .*no pool nothing.*\n +remedy: /],
    ['namespace: nowhere', /failed {2}pool .*nowhere.*\n +remedy: /],
  ] as const) {
    it(`says what is wrong with ${section}`, async () => {
      const { code, stdout } = await doctor(section)
      expect(stdout).to.match(says)
      expect(code).to.equal(111)
    })
  }
})
