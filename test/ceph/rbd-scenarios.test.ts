// The ready scenarios for block devices, short, on a real cluster: each passes, and leaves no image behind.
import { expect } from 'chai'
import { readyNames } from '../../runtime/cli/ready.ts'
import { runCli, workspace } from '../kit/cli.ts'
import { runNameIn } from '../kit/moments.ts'
import { awsEnv, east } from './gateway.ts'
import { cephConf, rbdSays } from './rbd-cluster.ts'

const SMALL = ['-u', '2', '-i', '2', '-e', 'SIZE=8MiB']
const MORE: Readonly<Record<string, readonly string[]>> = {
  's3-and-rbd': ['-e', 'SIZE=8MiB', '-e', 'OBJECT=64KiB'], 'rbd-crash-consistency': ['-u', '2', '-i', '2'],
  'rbd-resize-under-load': ['-e', 'SIZE=8MiB'],
}

describe('rbd: on a cluster the ready scenario', function () {
  this.timeout(120_000)

  for (const name of readyNames().filter((one) => one.includes('rbd'))) {
    it(`${name} passes and leaves nothing behind`, async () => {
      using space = workspace()
      const env = { ...awsEnv(east()), CEPH_CONF: cephConf() }
      const { code, stdout, stderr } = await runCli(['run', name, '--no-thresholds', ...MORE[name] ?? SMALL], { cwd: space.folder, env })
      expect(code, stderr + stdout).to.equal(0)
      expect(stdout).not.to.match(/✗/)
      expect(stderr).to.contain('driver librbd')
      expect(rbdSays('list')).not.to.contain(runNameIn(stderr) ?? '')
    })
  }
})
