// Several scenarios on one shard's VUs, in virtual time.
import { expect } from 'chai'
import type { Scenario } from '../../runtime/plan/plan.ts'
import { ShardRun } from '../../runtime/schedule/shard-run.ts'
import type { Vu } from '../../runtime/schedule/vu.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'

const SECOND = 1e9
const scenario = (name: string, startS: number, durationS: number, vus = 1): Scenario => ({
  name, executor: 'constant-vus', vus, durationNs: durationS * SECOND, startTimeNs: startS * SECOND, gracefulStopNs: 0,
  exec: name, env: {}, tags: {},
})

/** A VU that needs a moment to end when it is interrupted, and can't run two iterations at once. */
class SlowToEnd implements Vu {
  readonly #clock: VirtualClock
  readonly #ran: string[]
  #end: (() => void) | undefined
  constructor(clock: VirtualClock, ran: string[]) { this.#clock = clock; this.#ran = ran }

  run({ scenario: name }: Parameters<Vu['run']>[0]): ReturnType<Vu['run']> {
    if (this.#end !== undefined) throw new Error(`it is given to ${name} while it runs`)
    this.#ran.push(`${name} from ${String(this.#clock.now())}`)
    return new Promise((resolve) => {
      this.#end = () => { this.#end = undefined; resolve('interrupted') }
    })
  }
  interrupt(): void { this.#clock.at(this.#clock.now() + 50, () => { this.#end?.() }) }
}

function shard(scenarios: readonly Scenario[]): { run: ShardRun; clock: VirtualClock; ran: string[]; dropped: string[] } {
  const clock = new VirtualClock()
  const ran: string[] = []
  const dropped: string[] = []
  const vus = new Map<number, Vu>()
  const run = new ShardRun({
    plan: { scenarios, minIterationDurationNs: 0, seed: 1 }, share: { index: 0, count: 1 }, clock, startMs: 0,
    onDropped: (name, n) => { dropped.push(`${name} ${String(n)}`) },
    vuAt(seat) {
      const vu = vus.get(seat) ?? new SlowToEnd(clock, ran)
      vus.set(seat, vu)
      return vu
    },
  })
  return { run, clock, ran, dropped }
}

describe('a shard\'s run', () => {
  it('gives a VU to the next scenario when the iteration of the one before has ended', async () => {
    const { run, clock, ran } = shard([scenario('a', 0, 1), scenario('b', 1, 1)])
    await clock.until(run.run())
    expect(ran).to.deep.equal(['a from 0', 'b from 1050'])
    expect(run.scenarios.map((one) => one.counts().interrupted)).to.deep.equal([1, 1])
  })

  it('ends at once when it is stopped while a scenario waits for its VU', async () => {
    const { run, clock, ran } = shard([scenario('a', 0, 1), scenario('b', 1, 60)])
    clock.at(1010, () => { run.stop(false) })
    await clock.until(run.run())
    expect(ran).to.deep.equal(['a from 0'])
    expect(clock.now()).to.be.at.most(1060)
  })

  it('says when what it measured began and ended', async () => {
    const { run, clock } = shard([scenario('b', 5, 2), scenario('c', 10, 1)])
    await clock.until(run.run())
    expect(run.measured()).to.deep.equal({ fromMs: 5000, toMs: 11000 })
  })

  it('leaves no timer behind when it was stopped gracefully', async () => {
    const { run, clock } = shard([{ ...scenario('a', 0, 60), gracefulStopNs: 30 * SECOND }])
    clock.at(10, () => { run.stop(true) })
    clock.at(20, () => { run.stop(false) })
    await clock.until(run.run())
    expect(clock.advance()).to.equal(false)
  })
})
