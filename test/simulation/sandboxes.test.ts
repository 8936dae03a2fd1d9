// Real sandboxes in virtual time: a script's dates, timers and chance come from the run's clock and seed, and from nowhere else.
import { expect } from 'chai'
import { runInSandboxes, type Asked, type SandboxRun } from './sandboxes.ts'

/** Two loads side by side; an iteration says what its clocks showed, and puts an object whose name and size are by chance. */
const script = (minutes: number): string => `
import s3 from 'chopsticks/s3'
import { payload, sleep } from 'chopsticks'
import exec from 'chopsticks/execution'
export const options = { scenarios: {
  users: { executor: 'constant-vus', vus: 3, duration: '${String(minutes)}m', gracefulStop: '10s' },
  arrivals: {
    executor: 'constant-arrival-rate', rate: 1, duration: '${String(minutes)}m', preAllocatedVUs: 2, maxVUs: 6, gracefulStop: '10s',
  },
} }
export default async function () {
  const moments = [[Date.now(), performance.now()]]
  const asleep = 0.5 + Math.random()
  await sleep(asleep)
  moments.push([Date.now(), performance.now()])
  await new Promise((resolve) => { setTimeout(resolve, 250) })
  moments.push([new Date().getTime(), performance.now()])
  const name = [exec.scenario.name, __VU, __ITER, Math.floor(Math.random() * 1e9)].join('-')
  await s3.put(name, payload(1 + Math.floor(Math.random() * 9999)))
  console.log(JSON.stringify({ asleep, moments }))
}
`

type Moment = readonly [date: number, monotonic: number]
/** What an iteration saw: at its begin, after its sleep, after its timer. */
interface Told { readonly asleep: number; readonly moments: readonly [began: Moment, awake: Moment, rung: Moment] }

const told = ({ run }: SandboxRun): readonly Told[] =>
  run.logs.flatMap((line) => line.startsWith('info {') ? [JSON.parse(line.slice(5)) as Told] : [])

const durationsOf = ({ run }: SandboxRun): unknown => run.result.record.series.filter(({ metric }) => metric === 'iteration_duration')

/** What the iterations put: scenario, VU, iteration and chance are in the key, the size stands behind it. */
const putsOf = (asked: readonly Asked[]): readonly string[] =>
  asked.filter(({ op }) => op === 'put').map(({ key, sizeBytes }) => `${key} ${String(sizeBytes)}`)

describe('whole runs in virtual time, in real sandboxes', function () {
  this.timeout(60_000)
  let minute: SandboxRun
  before(async () => {
    // The first run of a process loads drivers and compiles WebAssembly, for which no virtual clock waits.
    await runInSandboxes("import s3 from 'chopsticks/s3'\nexport default async () => { await s3.put('warm', 'x') }", { seed: 1 })
    minute = await runInSandboxes(script(1), { seed: 7 })
  })

  it('last five minutes, and nothing fails or is lost', async () => {
    const { run, asked, lengthMs } = await runInSandboxes(script(5), { seed: 7 })
    expect(run.result.record.ending).to.deep.equal({ kind: 'passed' })
    expect(lengthMs).to.be.within(300_000, 315_000)
    expect(run.figure('iterations', { scenario: 'arrivals' }) + run.figure('dropped_iterations', { scenario: 'arrivals' })).to.equal(300)
    expect(run.figure('iterations_failed')).to.equal(0)
    expect(putsOf(asked)).to.have.length(run.figure('iterations'))
    expect(new Set(putsOf(asked)).size).to.equal(run.figure('iterations'))
  })

  it('show scripts the virtual date and clock, which agree', () => {
    const all = told(minute)
    expect(all).to.have.length(minute.run.figure('iterations'))
    for (const { moments } of all) {
      for (const [date, monotonic] of moments) {
        expect(date - minute.beganEpochMs).to.be.within(-1, 70_000)
        // Dates are whole milliseconds.
        expect(Math.abs(date - moments[0][0] - (monotonic - moments[0][1]))).to.be.at.most(1)
      }
    }
  })

  it('wake sleeps and timers when they are due by that clock, to the moment', () => {
    for (const { asleep, moments: [[, began], [, awake], [, rung]] } of told(minute)) {
      expect(awake - began).to.be.closeTo(asleep * 1000, 1e-6)
      expect(rung - awake).to.be.closeTo(250, 1e-6)
    }
  })

  it('do the same at the same moments from the same seed, and other things from another', async () => {
    expect((await runInSandboxes(script(1), { seed: 7 })).asked).to.deep.equal(minute.asked)
    const other = putsOf((await runInSandboxes(script(1), { seed: 8 })).asked)
    expect(other.filter((put) => putsOf(minute.asked).includes(put))).to.deep.equal([])
  })

  it('do the same work on three shards as on one', async () => {
    const ofThree = new Set(putsOf((await runInSandboxes(script(1), { seed: 7, shards: 3 })).asked))
    const ofOne = putsOf(minute.asked).filter((put) => put.includes('users-'))
    // What a VU does follows from its number and its iteration's; how many it comes to in the time may differ by the last.
    expect(ofOne.filter((put) => !ofThree.has(put)).length).to.be.at.most(3)
    expect(ofOne.length).to.be.above(60)
  })

  it('end at once, by name, when a shard is lost', async () => {
    const { run, asked, lengthMs } = await runInSandboxes(script(1), {
      seed: 7, shards: 2, arrange: (clock, startMs, cut) => { clock.at(startMs + 20_000, () => { cut(1) }) },
    })
    expect(run.result.record.ending).to.include({ kind: 'shard-lost' })
    expect(lengthMs).to.be.within(20_000, 35_000)
    expect(Math.max(...asked.filter(({ op }) => op === 'put').map(({ atMs }) => atMs))).to.be.within(19_000, 21_000)
  })

  it('lose nothing when the machine stands still, and what was due meanwhile is begun or counted', async () => {
    const { run } = await runInSandboxes(script(1), {
      seed: 7, arrange: (clock, startMs) => { clock.at(startMs + 20_000, () => { clock.standStill(15_000) }) },
    })
    expect(run.result.record.ending).to.deep.equal({ kind: 'passed' })
    expect(run.figure('iterations', { scenario: 'arrivals' }) + run.figure('dropped_iterations', { scenario: 'arrivals' })).to.equal(60)
    expect(run.figure('dropped_iterations')).to.be.above(0)
  })

  it('measure the same when somebody sets the date back, which scripts see', async () => {
    const hourMs = 3_600_000
    const changed = await runInSandboxes(script(1), {
      seed: 7, arrange: (clock, startMs) => { clock.at(startMs + 20_000.5, () => { clock.changeDate(-hourMs) }) },
    })
    expect(changed.asked).to.deep.equal(minute.asked)
    const { record } = changed.run.result
    expect(record.times.measuredMs).to.equal(minute.run.result.record.times.measuredMs)
    expect(durationsOf(changed)).to.deep.equal(durationsOf(minute))
    const dates = told(changed).flatMap(({ moments }) => moments.map(([date]) => date - changed.beganEpochMs))
    expect(Math.min(...dates)).to.be.within(20_000 - hourMs, 25_000 - hourMs)
  })
})
