// `chopsticks calibrate`, and what later runs say of it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { hostFacts } from '../../runtime/results/host-facts.ts'
import type { Calibration } from '../../runtime/results/calibration.ts'
import { runCli, workspace } from '../kit/cli.ts'
import { GOOD_SCRIPT } from '../kit/scripts.ts'

const REMARK = /of the measured time was the CPU time of chopsticks\s+itself/

const calibrationOf = (name: string): Calibration => ({
  format: 'chopsticks-calibration', version: 1, measuredAt: '2026-12-01T00:00:00.000Z', host: { name, cpu: hostFacts().cpu ?? '' },
  lagP99Ms: 0.5, costs: [{ workload: 's3', driver: 'native', baseMs: 0.001, byteMs: 0 }],
})

describe('chopsticks calibrate', function () {
  this.timeout(300_000)

  it('measures each driver, keeps it where runs are kept, and the next run there says what was its own', async () => {
    using space = workspace({ 's.js': GOOD_SCRIPT })
    const { code, stdout, stderr } = await runCli(['calibrate', '--results', 'kept'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    for (const what of ['iteration', 's3 native', 's3 aws-sdk', 's3 minio']) expect(stdout).to.match(new RegExp(`^${what} .*\\d`, 'm'))
    const kept = JSON.parse(readFileSync(join(space.folder, 'kept', 'calibration.json'), 'utf8')) as Calibration
    expect(kept.costs.map(({ driver }) => driver)).to.deep.equal(['native', 'aws-sdk', 'minio'])
    for (const { baseMs, byteMs } of kept.costs) expect(Math.min(baseMs, byteMs), JSON.stringify(kept)).to.be.at.least(0)
    const run = await runCli(['s.js', '-q', '-i', '3', '--results', 'kept'], { cwd: space.folder })
    expect(run.code, run.stderr).to.equal(0)
    expect(run.stdout).to.match(REMARK)
  })

  const cases: readonly (readonly [name: string, text: string, remark: boolean, warning: RegExp | undefined])[] = [
    ['this machine', JSON.stringify(calibrationOf(hostFacts().name)), true, undefined],
    ['another machine', JSON.stringify(calibrationOf('another')), false, undefined],
    ['a file that is none', '{}', false, /calibration\.json is no calibration of this version: delete it/],
  ]
  for (const [name, text, remark, warning] of cases) {
    it(`of ${name} is used by runs: ${String(remark)}`, async () => {
      using space = workspace({ 's.js': GOOD_SCRIPT, 'kept/calibration.json': text })
      const { code, stdout, stderr } = await runCli(['s.js', '-q', '-i', '3', '--results', 'kept'], { cwd: space.folder })
      expect(code, stderr).to.equal(0)
      expect(REMARK.test(stdout), stdout).to.equal(remark)
      if (warning !== undefined) expect(stderr).to.match(warning)
    })
  }

  it('says why it can\'t keep anything before it measures', async () => {
    using space = workspace()
    writeFileSync(join(space.folder, 'file'), '')
    const { code, stderr } = await runCli(['calibrate', '--results', 'file'], { cwd: space.folder })
    expect([code, stderr]).to.satisfy(([at, said]: readonly [number, string]) => at === 104 && said.startsWith('error: '), stderr)
    expect(existsSync(join(space.folder, '.chopsticks'))).to.equal(false)
  })
})
