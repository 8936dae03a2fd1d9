// Runs that end when what they were for is reached: gracefully, passing, and saying why, whatever the executor.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, workspace } from '../kit/cli.ts'

const script = (scenario: string): string => `import s3 from 'chopsticks/s3'
import { payload, sleep } from 'chopsticks'
export const options = { scenarios: { load: ${scenario} }, until: { maxData: '40KiB' } }
export default async function () { await s3.put('k-' + __VU + '-' + __ITER, payload('4KiB')); await sleep(0.05) }
`
const SCENARIOS: readonly (readonly [name: string, scenario: string])[] = [
  ['constant-vus', '{ executor: "constant-vus", vus: 2, duration: "1m" }'],
  ['ramping-vus', '{ executor: "ramping-vus", startVUs: 1, stages: [{ duration: "1m", target: 3 }] }'],
  ['shared-iterations', '{ executor: "shared-iterations", vus: 2, iterations: 100000 }'],
  ['per-vu-iterations', '{ executor: "per-vu-iterations", vus: 2, iterations: 100000 }'],
  ['constant-arrival-rate', '{ executor: "constant-arrival-rate", rate: 40, duration: "1m", preAllocatedVUs: 10 }'],
  [
    'ramping-arrival-rate',
    '{ executor: "ramping-arrival-rate", startRate: 40, preAllocatedVUs: 10, stages: [{ duration: "1m", target: 50 }] }',
  ],
  ['staircase', '{ executor: "staircase", vus: [2, 3], hold: "30s" }'],
]

describe('a run with until', function () {
  this.timeout(60_000)

  for (const [name, scenario] of SCENARIOS) {
    it(`ends ${name} when enough was moved`, async () => {
      using space = workspace({ 'script.js': script(scenario) })
      const args = ['script.js', '--shards', '2', '--summary-export', 'out.json']
      const { code, stdout, stderr } = await runCli(args, { cwd: space.folder })
      expect(code, stdout + stderr).to.equal(0)
      expect(stderr).to.match(/until: 40KiB are moved/)
      expect(stdout).to.match(/maxData 40KiB reached after \d+s: \d+\.\d MB were moved/)
      const { run } = JSON.parse(readFileSync(join(space.folder, 'out.json'), 'utf8')) as { run: { until: unknown } }
      expect(run.until).to.deep.include({ reached: 'maxData' })
    })
  }

  it('is refused before it starts where its time is over before it can be steady', async () => {
    using space = workspace({ 'script.js': script(SCENARIOS[0]?.[1] ?? '') })
    const wanted = ['--until', 'steady=latency', '-d', '50s']
    const refused = await runCli(['script.js', '--until', 'steady', '-d', '49s'], { cwd: space.folder })
    expect(refused).to.include({ code: 104 })
    expect(refused.stderr).to.match(/--until: 5 rounds of 10s take 50s at least, but the run is over after 49s/)
    const planned = await runCli(['inspect', 'script.js', ...wanted], { cwd: space.folder })
    expect(JSON.parse(planned.stdout)).to.have.nested.property('until.steady.of', 'latency')
  })
})
