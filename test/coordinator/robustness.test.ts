// What goes wrong at awkward moments: two things at once, agents that live and do not answer, a coordinator that stood still.
import { expect } from 'chai'
import { Roster } from '../../runtime/coordinator/roster.ts'
import { fakeAgent, wellBehaved, type Behaviour, type FakeAgent } from '../kit/fake-agent.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'
import { but, heartbeats, kinds, play, rate, snapshot, threwAt, useful } from './play.ts'

describe('a run in which a step fails', () => {
  it('is ended by the first shard that says so, while others are still at it', async () => {
    const fails = but('open', () => ({
      kind: 'failed', step: 'open', failure: { kind: 'script', error: { name: 'Error', message: 'boom', stack: '', kind: 'throw' } },
    }))
    const waits = but('open', () => undefined, but('stop', () => ({ kind: 'ready', vus: 0 })))
    const { result, agents } = await play([waits, fails])
    expect(result.record.ending).to.include({ kind: 'script', message: 'Error: boom' })
    expect(kinds(agents[0])).to.deep.equal(['load', 'prepare', 'setup', 'open', 'stop', 'leave', 'teardown', 'cleanup'])
  })

  it('tears down what was set up, even if it was stopped while setup ended', async () => {
    const { agents } = await play([but('setup', () => undefined, but('stop', () => ({ kind: 'setUp', data: '7' })))], {
      during: (run, _, clock) => { clock.at(1000, () => { run.stop('SIGINT') }) },
    })
    expect(kinds(agents[0])).to.deep.equal(['load', 'prepare', 'setup', 'stop', 'teardown', 'cleanup'])
    expect(agents[0]?.asked.find(({ kind }) => kind === 'teardown')).to.deep.include({ data: '7' })
  })

  it('ends by a bug met beside the load, and keeps what the load says at its end', async () => {
    const { result } = await play([
      but('start', (_, send) => {
        send({ kind: 'broke', failure: { kind: 'bug', message: 'oops', stack: '' } })
        return undefined
      }, but('stop', () => ({ kind: 'done', measuredMs: 1234, stores: [] }))),
    ])
    expect(result.record.ending).to.deep.include({ kind: 'bug', message: 'oops' })
    expect(result.record.times.measuredMs).to.equal(1234)
  })
})

describe('the time a run measured', () => {
  const measures = (fromMs: number, measuredMs: number): Behaviour =>
    but('start', (message, send) => {
      useful(message, send)
      return { kind: 'done', fromMs, measuredMs, stores: [] }
    })

  it('goes from the first start in any shard to the last end in any', async () => {
    expect((await play([measures(0, 10_000), measures(5000, 10_000)])).result.record.times.measuredMs).to.equal(15_000)
    expect((await play([measures(0, 0), measures(5000, 10_000)])).result.record.times.measuredMs).to.equal(10_000)
  })
})

describe('a cleanup', () => {
  const store = (target: string) => ({ workload: 's3', target, driver: 'native' })

  it('concerns the run\'s own stores and every other that any agent used, also one that is lost', async () => {
    const uses = but('setup', (message, send) => {
      send({ kind: 'uses', store: store('west') })
      return useful(message, send)
    }, but('start', () => undefined))
    const { agents } = await play([uses], { during: (_, all, clock) => { clock.at(1000, () => { all[0]?.die() }) } })
    expect(kinds(agents[1])).to.deep.equal(['load', 'teardown', 'cleanup'])
    const asked = agents[1]?.asked.find(({ kind }) => kind === 'cleanup')
    expect(asked).to.have.deep.property('stores', [{ ...store('west'), made: false }, { ...store('default'), made: false }])
  })

  it('is reported as not done when nobody could do it', async () => {
    const { result } = await play([but('start', () => undefined)], {
      fresh: but('load', () => ({ kind: 'failed', step: 'load', failure: { kind: 'bug', message: 'no memory', stack: '' } })),
    })
    expect(result.record.ending.kind).to.equal('shard-lost')
    expect(result.record.cleanup).to.include({ ran: true, remaining: undefined, reason: 'no agent could be started to clean up' })
  })
})

describe('a cleanup whose agent is lost', () => {
  it('is done by a fresh one in the time that is left, which looks at what the first was still at', async () => {
    const { result, agents } = await play([but('cleanup', () => undefined)], {
      during: (_, all, clock) => {
        heartbeats(all, clock, 8000)
        clock.at(10_000, () => { all[0]?.die() })
      },
    })
    expect(result.record.ending.kind).to.equal('shard-lost')
    expect(kinds(agents[1])).to.deep.equal(['load', 'cleanup'])
    const [first, second] = agents.map(({ asked }) => asked.find((message) => message.kind === 'cleanup'))
    expect([first?.unsettled, second?.unsettled]).to.deep.equal([false, true])
    expect(first?.timeoutMs).to.equal(60_000)
    expect(second?.timeoutMs).to.be.within(50_000, 50_100)
    expect(result.record.cleanup).to.deep.equal({ ran: true, deleted: 3, remaining: 0 })
  })

  it('is given up when the fresh one is lost as well', async () => {
    const dies = but('cleanup', () => undefined)
    const { result, agents } = await play([dies], { fresh: dies })
    expect(agents.map((agent) => kinds(agent).filter((kind) => kind === 'cleanup').length)).to.deep.equal([1, 1])
    expect(result.record.cleanup).to.deep.equal({
      ran: true, deleted: 0, remaining: undefined, reason: 'the agent that cleaned up did not finish',
    })
  })
})

describe('what a cleanup is told', () => {
  const asked = (agents: readonly FakeAgent[]) => agents.flatMap((agent) => agent.asked).find((message) => message.kind === 'cleanup')
  const made = but('prepare', () => ({ kind: 'prepared', made: [{ workload: 's3', target: 'default', driver: 'native' }] }))

  it('is which buckets the run made, also when another agent made them or the run was stopped meanwhile', async () => {
    const lost = await play([but('start', () => undefined, made)])
    expect(asked(lost.agents)).to.have.nested.property('stores[0].made', true)
    const stopped = await play([but('prepare', () => undefined, but('stop', (_, send) => made({ kind: 'prepare' }, send)))], {
      during: (run, _, clock) => { clock.at(1000, () => { run.stop('SIGINT') }) },
    })
    expect(stopped.result.record.ending.kind).to.equal('signal')
    expect(asked(stopped.agents)).to.include({ unsettled: false }).and.to.have.nested.property('stores[0].made', true)
  })

  it('is that operations were cut off: by whatever ended the run early, or at the end of a scenario', async () => {
    expect(asked((await play([useful])).agents)?.unsettled).to.equal(false)
    expect(asked((await play([threwAt('setup', 'boom', '')])).agents)?.unsettled).to.equal(true)
    const progress = [{
      scenario: 'default', state: 'interrupted', vusActive: 0, vus: 1, vusMost: 1, ranMs: 1000, iterationsDone: 1,
      iterationsInterrupted: 1, iterationsFailed: 0, iterationsPlanned: null, iterationsBegun: 2, iterationsDropped: 0, iterationsQueued: 0,
      iterationsOffered: null,
    }] as const
    const interrupted = but('start', (message, send) => {
      send({ kind: 'snapshot', snapshot: { ...snapshot(0, [rate(0, 1)]), progress } })
      return wellBehaved(message, send)
    })
    expect(asked((await play([interrupted])).agents)?.unsettled).to.equal(true)
  })
})

describe('an agent that lives but never answers', () => {
  for (const step of ['prepare', 'setup', 'open', 'leave', 'teardown', 'cleanup', 'summarise'] as const) {
    it(`is given up at '${step}' some time after that should have ended`, async () => {
      const { result } = await play([but(step, () => undefined)], {
        plan: { handleSummary: { run: true, timeoutNs: 1e9 } }, during: (_, agents, clock) => { heartbeats(agents, clock, 300_000) },
      })
      if (step !== 'summarise') {
        expect(result.record.ending).to.have.property('message').that.contains(`'${step}' within 70 s`)
      } else expect(result.handled?.error?.message).to.contain('within 11 s')
      expect(result.record.ending.kind).to.equal(step === 'summarise' ? 'passed' : 'shard-lost')
    })
  }

  it('is given up when it does not end the load it was told to stop', async () => {
    const { result } = await play([but('start', () => undefined)], {
      during: (run, agents, clock) => {
        heartbeats(agents, clock, 100_000)
        clock.at(1000, () => { run.stop('SIGTERM') })
      },
    })
    expect(result.record.ending).to.deep.equal({ kind: 'signal', signal: 'SIGTERM' })
    expect(result.record.cleanup.ran).to.equal(true)
  })
})

describe('a coordinator that stood still', () => {
  it('hears first what its agents said meanwhile, and gives up nobody who said something', async () => {
    const clock = new VirtualClock()
    const lost: string[] = []
    const agent = fakeAgent(wellBehaved)
    const roster = new Roster(1, () => agent.link, clock, { heard: () => { return }, lost: (reason) => { lost.push(reason) } })
    const until = (moment: number): Promise<void> => clock.until(new Promise((resolve) => { clock.at(moment, resolve) }))
    agent.say({ kind: 'heartbeat' })
    await until(1000)
    clock.standStill(60_000)
    await until(61_200)
    agent.say({ kind: 'heartbeat' })
    await until(65_000)
    expect(lost).to.deep.equal([])
    await until(70_000)
    expect(lost).to.have.length(1)
    await roster.close()
  })

  it('gives a process that has yet to start more time', async () => {
    const clock = new VirtualClock()
    const lost: number[] = []
    const roster = new Roster(1, () => fakeAgent(wellBehaved).link, clock, {
      heard: () => { return }, lost: () => { lost.push(clock.now()) },
    })
    await clock.until(new Promise<void>((resolve) => { clock.at(60_000, resolve) }))
    expect(lost).to.deep.equal([30_500])
    await roster.close()
  })
})

describe('an agent that falls silent', () => {
  const reasonAfter = async (busyAt: readonly number[]): Promise<string> => {
    const clock = new VirtualClock()
    const lost: string[] = []
    const agent = fakeAgent(wellBehaved)
    const roster = new Roster(1, () => agent.link, clock, { heard: () => { return }, lost: (reason) => { lost.push(reason) } })
    agent.say({ kind: 'heartbeat' })
    for (const moment of busyAt) {
      clock.at(moment, () => { agent.say({ kind: 'busy', vu: 7, what: 'default() of s.js', forMs: moment }) })
    }
    await clock.until(new Promise<void>((resolve) => { clock.at(20_000, resolve) }))
    await roster.close()
    expect(lost).to.have.length(1)
    return lost[0] ?? ''
  }

  it('is given up with the name of the VU its watchdog sees at work', async () => {
    const always = Array.from({ length: 20 }, (_, n) => 1000 + n * 500)
    expect(await reasonAfter(always)).to.match(/^VU 7 in default\(\) of s\.js kept it busy for \d s/)
  })

  it('blames nobody when its watchdog fell silent too, or never said anything', async () => {
    expect(await reasonAfter([1000, 1500, 2000])).to.equal('it has said nothing for 5 s')
    expect(await reasonAfter([])).to.equal('it has said nothing for 5 s')
  })
})
