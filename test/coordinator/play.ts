// Plays a run in virtual time with agents that behave as the test says.
import type { AgentLink } from '../../runtime/coordinator/agent-line.ts'
import { TestRun } from '../../runtime/coordinator/run-test.ts'
import type { Frame, RunParts, RunPhase, RunResult } from '../../runtime/coordinator/run.ts'
import type { ToAgent } from '../../runtime/link/protocol.ts'
import type { Series, Snapshot } from '../../runtime/metrics/snapshot.ts'
import type { Plan } from '../../runtime/plan/plan.ts'
import { fakeAgent, wellBehaved, type Behaviour, type FakeAgent } from '../kit/fake-agent.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'

export const SECOND = 1e9
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

export const rate = (trues: number, count: number): Series =>
  ({ metric: 'iterations_failed', contains: 'default', tags: { scenario: 'default' }, data: { type: 'rate', trues, count } })
export const snapshot = (sequence: number, series: readonly Series[]): Snapshot => ({ sequence, series, errors: [], progress: [] })

/** An agent that runs one good iteration. */
export const useful: Behaviour = (message, send) => {
  if (message.kind === 'start') send({ kind: 'snapshot', snapshot: snapshot(0, [rate(0, 1)]) })
  return wellBehaved(message, send)
}
export const but = (kind: ToAgent['kind'], other: Behaviour, rest: Behaviour = useful): Behaviour =>
  (message, send) => (message.kind === kind ? other : rest)(message, send)

/** A step that ends with an error the script threw. */
export const threwAt = (step: ToAgent['kind'], message: string, stack: string): Behaviour =>
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
  /** What an agent does that takes a lost one's place; default: everything right. */
  readonly fresh?: Behaviour
  readonly during?: (run: TestRun, agents: readonly FakeAgent[], clock: VirtualClock) => void
}

export async function play(behaviours: readonly Behaviour[], more: PlayOptions = {}): Promise<Played> {
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
      const agent = fakeAgent(agents.length < behaviours.length ? behaviours[index] : more.fresh ?? useful)
      agents.push(agent)
      return agent.link
    },
    report: { phase: (phase) => { phases.push(phase) }, frame: (frame) => { frames.push(frame) }, log: () => { return } },
  }
  const run = new TestRun(parts)
  more.during?.(run, agents, clock)
  return { result: await clock.until(run.run()), agents, phases, frames }
}
export const kinds = (agent: FakeAgent | undefined): readonly string[] => (agent?.asked ?? []).map(({ kind }) => kind)

/** Has every agent say that it lives, once a second until the moment. */
export function heartbeats(agents: readonly FakeAgent[], clock: VirtualClock, untilMs: number): void {
  for (const agent of agents) agent.say({ kind: 'heartbeat' })
  if (clock.now() < untilMs) clock.at(clock.now() + 1000, () => { heartbeats(agents, clock, untilMs) })
}
