// Every ready scenario for S3, short, against a real RADOS gateway: it passes, and leaves nothing behind.
import { expect } from 'chai'
import { readyNames } from '../../runtime/cli/ready.ts'
import { runCli, workspace } from '../kit/cli.ts'
import { awsEnv, east } from './gateway.ts'

/** As much as says that it works; what parts there may be is S3's to say. */
const SMALL = ['-u', '2', '-i', '20', '-e', 'OBJECTS=20', '--no-thresholds']
const MORE: Readonly<Record<string, readonly string[]>> = {
  's3-smoke': ['-i', '1'],
  's3-multipart-upload': ['-u', '2', '-i', '4', '-e', 'SIZE=11MiB', '-e', 'PART=5MiB'],
}

describe('on a RADOS gateway the ready scenario', function () {
  this.timeout(120_000)

  for (const name of readyNames().filter((one) => one.startsWith('s3-') && one !== 's3-and-rbd')) {
    it(`${name} passes and leaves nothing behind`, async () => {
      using space = workspace()
      const gateway = east()
      const command = ['run', name, ...MORE[name] ?? [...SMALL, '-e', 'SIZE=16KiB']]
      const { code, stdout, stderr } = await runCli(command, { cwd: space.folder, env: awsEnv(gateway) })
      expect(code, stderr + stdout).to.equal(0)
      expect(stdout).not.to.match(/✗/)
      expect(await gateway.everything('chopsticks-')).to.deep.equal([])
    })
  }
})
