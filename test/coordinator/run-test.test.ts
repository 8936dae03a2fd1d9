// The order of a run, and that whatever goes wrong ends it with the right reason, cleaned up and in bounded time.
import { expect } from 'chai'
import type { Json } from '../../bindings/sdk/index.ts'
import type { Series } from '../../runtime/metrics/snapshot.ts'
import { wellBehaved, type Behaviour } from '../kit/fake-agent.ts'
import { but, kinds, play, rate, SECOND, snapshot, threwAt, useful } from './play.ts'

describe('a run', () => {
  it('goes through its steps in order, the ones done once in the first shard only', async () => {
    const { result, agents, phases } = await play([useful, useful], { plan: { handleSummary: { run: true, timeoutNs: SECOND } } })
    expect(result.record.ending.kind).to.equal('passed')
    expect(kinds(agents[0])).to.deep.equal(['load', 'prepare', 'setup', 'open', 'start', 'leave', 'teardown', 'cleanup', 'summarise'])
    expect(kinds(agents[1])).to.deep.equal(['load', 'open', 'start', 'leave'])
    expect(phases).to.deep.equal(['prepare', 'setup', 'running', 'teardown', 'cleanup', 'summary', 'ended'])
    expect(result.record.cleanup).to.deep.equal({ ran: true, deleted: 3, remaining: 0 })
    expect(result.record.setupData).to.equal('{"made":1}')
    expect(result.handled).to.deep.equal({ result: { stdout: 'hello' } as Json })
  })

  it('hands what setup returned to every VU and to teardown', async () => {
    const { agents } = await play([useful, useful])
    for (const agent of agents) expect(agent.asked.find(({ kind }) => kind === 'open')).to.deep.include({ data: '{"made":1}' })
    expect(agents[0]?.asked.find(({ kind }) => kind === 'teardown')).to.deep.include({ data: '{"made":1}' })
  })

  it('leaves out what the plan says and what the script does not have', async () => {
    const off = { run: false, timeoutNs: SECOND }
    const { agents } = await play([useful], { plan: { setup: off, teardown: off, cleanup: off } })
    expect(kinds(agents[0])).to.deep.equal(['load', 'prepare', 'open', 'start', 'leave'])
    const neither = await play([useful], { functions: ['default'] })
    expect(kinds(neither.agents[0])).to.deep.equal(['load', 'prepare', 'open', 'start', 'leave', 'cleanup'])
  })

  it('ends with 111 and touches nothing when the target cannot be used', async () => {
    const { result, agents } = await play([but('prepare', () => ({
      kind: 'failed', step: 'prepare',
      failure: { kind: 'target', workload: 's3', target: 'default', code: 'unreachable', message: 'nobody listens' },
    }))])
    expect(result.record.ending).to.include({ kind: 'target', message: 'nobody listens' })
    expect(kinds(agents[0])).to.include.members(['load', 'prepare']).and.not.include.members(['setup', 'open', 'start', 'cleanup'])
  })

  it('ends its load gracefully, and passes, when what it goes on until is reached', async () => {
    const moved = (sum: number): Series => ({ metric: 's3_bytes', contains: 'data', tags: {}, data: { type: 'counter', sum, count: 1 } })
    const running: Behaviour = (message, send) => {
      if (message.kind === 'start') { send({ kind: 'snapshot', snapshot: snapshot(0, [rate(0, 1), moved(600)]) }); return undefined }
      if (message.kind === 'stop') return { kind: 'done', measuredMs: 1100, stores: [] }
      return wellBehaved(message, send)
    }
    const { result, agents } = await play([running, running], { plan: { until: { maxDataBytes: 1000 } } })
    expect(result.record.ending).to.deep.equal({ kind: 'passed' })
    expect(result.record.until).to.deep.include({ reached: 'maxData' })
    for (const agent of agents) {
      expect(agent.asked.filter(({ kind }) => kind === 'stop')).to.deep.equal([{ kind: 'stop', graceful: true, reason: 'until' }])
    }
    expect(kinds(agents[0])).to.include.members(['leave', 'teardown', 'cleanup'])
  })

  it('cleans up but does not tear down after a setup that threw or took too long', async () => {
    const threw = await play([threwAt('setup', 'boom', 's')])
    expect(threw.result.record.ending).to.include({ kind: 'script', step: 'setup', message: 'Error: boom' })
    expect(kinds(threw.agents[0])).to.deep.equal(['load', 'prepare', 'setup', 'stop', 'cleanup'])
    const slow = await play([but('setup', () => ({ kind: 'failed', step: 'setup', failure: { kind: 'timeout', afterMs: 1000 } }))])
    expect(slow.result.record.ending.kind).to.equal('setup-timeout')
  })

  it('tears down and cleans up after a signal in the middle, and says which signal', async () => {
    const running: Behaviour = (message, send) => {
      if (message.kind === 'start') { send({ kind: 'snapshot', snapshot: snapshot(0, [rate(0, 1)]) }); return undefined }
      if (message.kind === 'stop') return { kind: 'done', measuredMs: 2000, stores: [] }
      return wellBehaved(message, send)
    }
    const { result, agents, frames } = await play([running, running], {
      during: (run, _, clock) => { clock.at(2500, () => { run.stop('SIGINT') }) },
    })
    expect(result.record.ending).to.deep.equal({ kind: 'signal', signal: 'SIGINT' })
    expect(kinds(agents[0])).to.deep.equal(['load', 'prepare', 'setup', 'open', 'start', 'stop', 'leave', 'teardown', 'cleanup'])
    expect(frames.length).to.be.greaterThan(2)
  })

  it('ends with shard-lost when one dies, and a fresh agent tears down and cleans up when it was the first', async () => {
    const silent = but('start', () => undefined)
    const stops = but('start', () => undefined, but('stop', () => ({ kind: 'done', measuredMs: 1, stores: [] })))
    const { result, agents } = await play([silent, stops], { during: (_, all, clock) => { clock.at(1000, () => { all[0]?.die() }) } })
    expect(result.record.ending).to.deep.include({ kind: 'shard-lost' })
    expect(agents).to.have.length(3)
    expect(kinds(agents[2])).to.deep.equal(['load', 'teardown', 'cleanup'])
  })

  it('gives up an agent that says nothing for five seconds', async () => {
    const { result } = await play([but('start', () => undefined)])
    expect(result.record.ending.kind).to.equal('shard-lost')
    expect(result.record.ending).to.have.property('message').that.contains('nothing for 5 s')
  })

  it('fails when no iteration succeeded, unless nothing is to be judged', async () => {
    const failing: Behaviour = (message, send) => {
      if (message.kind === 'start') send({ kind: 'snapshot', snapshot: snapshot(0, [rate(4, 4)]) })
      return wellBehaved(message, send)
    }
    expect((await play([failing])).result.record.ending.kind).to.equal('nothing-measured')
    expect((await play([wellBehaved])).result.record.ending.kind).to.equal('nothing-measured')
    expect((await play([failing], { plan: { gate: false } })).result.record.ending.kind).to.equal('passed')
  })

  it('ends at once on test.abort() and at the end on test.fail(), both before thresholds', async () => {
    const says = (how: 'abort' | 'fail'): Behaviour => but('start', (message, send) => {
      send({ kind: 'ended', how, message: 'why', stack: '' })
      return useful(message, send)
    })
    expect((await play([says('abort')])).result.record.ending).to.include({ kind: 'aborted', message: 'why' })
    expect((await play([says('fail')])).result.record.ending).to.include({ kind: 'marked-failed', message: 'why' })
  })

  it('keeps going when handleSummary throws, and says so', async () => {
    const { result } = await play([threwAt('summarise', 'hs', 'at x')], { plan: { handleSummary: { run: true, timeoutNs: SECOND } } })
    expect(result.record.ending.kind).to.equal('passed')
    expect(result.handled?.error).to.deep.equal({ message: 'Error: hs', stack: 'at x' })
  })

  it('is stopped by a signal while handleSummary runs, and says that', async () => {
    const waits = but('summarise', () => undefined, but('stop', () => threwAt('summarise', 'interrupted', '')({
      kind: 'summarise', data: '', timeoutMs: 0,
    }, () => { return })))
    const { result } = await play([waits], {
      plan: { handleSummary: { run: true, timeoutNs: SECOND } },
      during: (run, agents, clock) => {
        const look = (): void => {
          if (kinds(agents[0]).includes('summarise')) run.stop('SIGTERM')
          else clock.at(clock.now() + 10, look)
        }
        look()
      },
    })
    expect(result.record.ending).to.deep.equal({ kind: 'signal', signal: 'SIGTERM' })
    expect(result.handled).to.equal(undefined)
  })

  it('reports a bug of ours as one', async () => {
    const { result } = await play([but('open', () => ({
      kind: 'failed', step: 'open', failure: { kind: 'bug', message: 'oops', stack: 'at y' },
    }))])
    expect(result.record.ending).to.deep.equal({ kind: 'bug', message: 'oops', stack: 'at y' })
  })
})
