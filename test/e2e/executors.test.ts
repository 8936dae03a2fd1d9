// Every executor through the command line: what it prints beforehand, and what it counted.
import { expect } from 'chai'
import { runCli, workspace } from '../kit/cli.ts'

const SCRIPT = `
import { sleep } from 'chopsticks'
export const options = { scenarios: {
  loop: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '1s', waitTime: { constantThroughput: 10 } },
  ramp: { executor: 'ramping-vus', startVUs: 0, stages: [{ duration: '500ms', target: 2 }, { duration: '500ms', target: 0 }] },
  rate: { executor: 'constant-arrival-rate', rate: 20, duration: '1s', preAllocatedVUs: 5 },
  file: { executor: 'ramping-arrival-rate', profile: 'load/rate.csv', preAllocatedVUs: 5, late: 'queue' },
  step: { executor: 'staircase', vus: { from: 1, to: 2, by: 1 }, hold: '1s', settle: '100ms', tasks: { default: 1 } },
  pot: { executor: 'shared-iterations', vus: 2, iterations: 7 },
  own: { executor: 'per-vu-iterations', vus: 2, iterations: 3 },
} }
export default async function () { await sleep(0.02) }
`

describe('every executor', function () {
  this.timeout(60_000)

  it('runs from the command line, and is described', async () => {
    using space = workspace({ 'script.ts': SCRIPT, 'load/rate.csv': 'time_s,rate\n0,20\n1,20\n' })
    const { code, stdout, stderr } = await runCli(['run', 'script.ts', '--shards', '2'], { cwd: space.folder })
    expect(code, stdout + stderr).to.equal(0)
    const screen = stdout + stderr
    expect(screen).to.contain('ramp: ramping-vus: up to 2 looping VUs for 1s over 2 stages (gracefulRampDown: 30s, gracefulStop: 30s)')
    expect(screen).to.contain('rate: constant-arrival-rate: 20 iterations/s for 1s (5 VUs) (gracefulStop: 30s)')
    expect(screen).to.contain('file: ramping-arrival-rate: up to 20 iterations/s for 1s as load/rate.csv says (5 VUs) (late: queue, ')
    expect(screen).to.contain('step: staircase: up to 2 looping VUs in 2 steps of 1s (settle: 100ms, tasks: default 1, gracefulStop: 30s)')
    expect(screen).to.match(/rate\s+✓ \[ 100% \] 0\/5 VUs +1s +20\.00 iters\/s/)
  })

  it('refuses a profile outside the script\'s folder, and says what is wrong in one', async () => {
    const script = (profile: string): string => `export const options = { scenarios: { a: {
      executor: 'ramping-vus', profile: '${profile}' } } }; export default function () {}`
    using space = workspace({
      'in/bad.csv': 'time_s,vus\n0,1\n9,many\n', 'in/a.js': script('bad.csv'), 'in/b.js': script('../out.csv'), 'out.csv': '',
    })
    const bad = await runCli(['run', 'in/a.js'], { cwd: space.folder })
    expect(bad.code).to.equal(104)
    expect(bad.stderr).to.match(/^error: in\/a\.js: options\.scenarios\.a\.profile: bad\.csv:3: 'many' is no number of VUs$/m)
    const out = await runCli(['run', 'in/b.js'], { cwd: space.folder })
    expect(out.code).to.equal(104)
    expect(out.stderr).to.contain('options.scenarios.a.profile: "../out.csv": it is outside the script\'s folder')
  })
})
