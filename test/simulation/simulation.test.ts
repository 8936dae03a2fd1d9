// Thousands of whole runs in virtual time: nothing lost, nothing twice, nothing late, and every planted bug is found.
import { expect } from 'chai'
import { violations } from './invariants.ts'
import { BUGS } from './planted-bugs.ts'
import { randomRun, runText } from './random-run.ts'
import { simulate, type Tamper } from './world.ts'

const SEEDS = 2000
/** Bugs show in some plans only: so many are tried. */
const BUG_SEEDS = 200

/** What is wrong with the run of a seed. A run that rejects is wrong too. */
async function wrongWith(seed: number, tamper: Tamper = {}): Promise<readonly string[]> {
  const { plan, faults } = randomRun(seed)
  try {
    return violations(await simulate(plan, faults, tamper))
  } catch (error) {
    return [error instanceof Error ? error.stack ?? error.message : String(error)]
  }
}

describe('whole runs in virtual time', function () {
  this.timeout(120_000)

  const PART = 500
  for (let from = 0; from < SEEDS; from += PART) {
    it(`keep every rule, whatever is planned and goes wrong: seeds ${String(from)} to ${String(from + PART - 1)}`, async () => {
      for (let seed = from; seed < from + PART; seed++) {
        const wrong = await wrongWith(seed)
        expect(wrong, runText(randomRun(seed))).to.deep.equal([])
      }
    })
  }

  it('last five minutes, and take no time', async () => {
    const { plan } = randomRun(1)
    const common = { exec: 'default', startTimeNs: 0, gracefulStopNs: 1e9, env: {}, tags: {} }
    const crew = { timeUnitNs: 1e9, preAllocatedVUs: 2, maxVUs: 20, late: 'drop', poisson: false } as const
    const played = await simulate({
      ...plan, shards: 3, scenarios: [
        { ...common, ...crew, name: 'rate', executor: 'constant-arrival-rate', rate: 7, durationNs: 300e9 },
        { ...common, ...crew, name: 'wave', executor: 'ramping-arrival-rate', startRate: 0, stages: [
          { durationNs: 150e9, target: 10 }, { durationNs: 150e9, target: 0 },
        ] },
        { ...common, name: 'ramp', executor: 'ramping-vus', startVUs: 0, gracefulRampDownNs: 1e9, stages: [
          { durationNs: 100e9, target: 6 }, { durationNs: 200e9, target: 1 },
        ], waitTime: { kind: 'constant', durationNs: 1e9 } },
      ],
    })
    expect(violations(played)).to.deep.equal([])
    expect(played.seen.filter(({ scenario }) => scenario === 'rate')).to.have.length(2101)
    expect(played.overMs).to.be.within(300_000, 302_000)
  })

  for (const [what, plant] of Object.entries(BUGS)) {
    it(`are found out: ${what}`, async () => {
      for (let seed = 0; seed < BUG_SEEDS; seed++) if ((await wrongWith(seed, plant())).length > 0) return
      expect.fail(`no run of ${String(BUG_SEEDS)} shows it`)
    })
  }
})
