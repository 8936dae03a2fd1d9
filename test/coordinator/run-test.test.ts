// The order of a run, and that whatever goes wrong ends it with the right reason, cleaned up and in bounded time.
import { expect } from 'chai'
import type { Json } from '../../bindings/sdk/index.ts'
import type { AgentLink } from '../../runtime/coordinator/agent-line.ts'
import { TestRun } from '../../runtime/coordinator/run-test.ts'
import type { Frame, RunParts, RunPhase, RunResult } from '../../runtime/coordinator/run.ts'
import type { ToAgent } from '../../runtime/link/protocol.ts'
import type { Series, Snapshot } from '../../runtime/metrics/snapshot.ts'
import type { Plan } from '../../runtime/plan/plan.ts'
import { fakeAgent, wellBehaved, type Behaviour, type FakeAgent } from '../kit/fake-agent.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'

const SECOND = 1e9
const plan = (more: Partial<Plan> = {}): Plan => ({
  version: 1, runId: 'test', seed: 1, script: { name: 'script.ts', digest: 'd' },
  scenarios: [{
    name: 'default', executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDurationNs: 600 * SECOND, exec: 'default',
    startTimeNs: 0, gracefulStopNs: 0, env: {}, tags: {},
  }],
  thresholds: [], gate: true, tags: {}, env: {},
  setup: { run: true, timeoutNs: 60 * SECOND }, teardown: { run: true, timeoutNs: 60 * SECOND },
  cleanup: { run: true, timeoutNs: 60 * SECOND },
  minIterationDurationNs: 0, summary: { mode: 'compact', trendStats: ['avg'], timeUnit: null },
  limits: { vuMemoryBytes: 64 * 1024 ** 2, vuSliceNs: SECOND / 4 },
  prefix: 'chopsticks-test/', target: null, shards: 1, workloads: ['s3'], ...more,
})

const rate = (trues: number, count: number): Series =>
  ({ metric: 'iterations_failed', contains: 'default', tags: { scenario: 'default' }, data: { type: 'rate', trues, count } })
const snapshot = (sequence: number, series: readonly Series[]): Snapshot => ({ sequence, series, errors: [], progress: [] })

/** An agent that runs one good iteration. */
const useful: Behaviour = (message, send) => {
  if (message.kind === 'start') send({ kind: 'snapshot', snapshot: snapshot(0, [rate(0, 1)]) })
  return wellBehaved(message, send)
}
const but = (kind: ToAgent['kind'], other: Behaviour, rest: Behaviour = useful): Behaviour =>
  (message, send) => (message.kind === kind ? other : rest)(message, send)

/** A step that ends with an error the script threw. */
const threwAt = (step: ToAgent['kind'], message: string, stack: string): Behaviour =>
  but(step, () => ({ kind: 'failed', step, failure: { kind: 'script', error: { name: 'Error', message, stack, kind: 'throw' } } }))

interface Played {
  readonly result: RunResult
  readonly agents: readonly FakeAgent[]
  readonly phases: readonly RunPhase[]
  readonly frames: readonly Frame[]
}
interface PlayOptions {
  readonly plan?: Partial<Plan>
  readonly functions?: readonly string[]
  readonly during?: (run: TestRun, agents: readonly FakeAgent[], clock: VirtualClock) => void
}

async function play(behaviours: readonly Behaviour[], more: PlayOptions = {}): Promise<Played> {
  const clock = new VirtualClock()
  const agents: FakeAgent[] = []
  const phases: RunPhase[] = []
  const frames: Frame[] = []
  const parts: RunParts = {
    plan: plan({ shards: behaviours.length, ...more.plan }), bundle: { code: '', digest: 'd', name: 'script' },
    targets: { default: 'default', targets: { default: { s3: { driver: 'native' } } } }, targetLines: [], builtin: true, scriptFolder: '.',
    inspection: { options: null, functions: more.functions ?? ['default', 'setup', 'teardown'], metrics: [], files: {}, sharedArrays: {} },
    clock, summaryData: () => '{}',
    open(index): AgentLink {
      const agent = fakeAgent(agents.length < behaviours.length ? behaviours[index] : useful)
      agents.push(agent)
      return agent.link
    },
    report: { phase: (phase) => { phases.push(phase) }, frame: (frame) => { frames.push(frame) }, log: () => { return } },
  }
  const run = new TestRun(parts)
  more.during?.(run, agents, clock)
  return { result: await clock.until(run.run()), agents, phases, frames }
}
const kinds = (agent: FakeAgent | undefined): readonly string[] => (agent?.asked ?? []).map(({ kind }) => kind)

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

  it('reports a bug of ours as one', async () => {
    const { result } = await play([but('open', () => ({
      kind: 'failed', step: 'open', failure: { kind: 'bug', message: 'oops', stack: 'at y' },
    }))])
    expect(result.record.ending).to.deep.equal({ kind: 'bug', message: 'oops', stack: 'at y' })
  })
})
