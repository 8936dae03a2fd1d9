// A plan from a seed, and what goes wrong while it runs.
import { randomFrom, type Random } from '../../bindings/sdk/index.ts'
import { lengthOf } from '../../runtime/plan/load-shape.ts'
import type { PlannedStage, Plan, Scenario } from '../../runtime/plan/plan.ts'
import type { Faults } from './world.ts'

const MS = 1e6

const pick = <T>(random: Random, items: readonly T[]): T => items[random.below(items.length)] as T
const whole = (random: Random, count: number, min: number, max: number): readonly number[] =>
  Array.from({ length: count }, () => random.between(min, max))

type Base = Pick<Scenario, 'name' | 'exec' | 'startTimeNs' | 'gracefulStopNs' | 'env' | 'tags' | 'tasks' | 'waitTime'>

function base(random: Random, name: string): Base {
  const extra = random.below(6)
  return {
    name, exec: 'default', env: {}, tags: {},
    startTimeNs: pick(random, [0, 0, random.between(0, 1500) * MS]),
    gracefulStopNs: pick(random, [0, random.between(1, 800) * MS, 1500 * MS]),
    ...(extra === 0 ? { tasks: { kind: 'weighted', weights: { upload: 3, download: 5 } } } : {}),
    ...(extra === 1 ? { tasks: { kind: 'sequence', names: ['upload', 'download', 'upload'] } } : {}),
    ...(extra === 2 ? { waitTime: { kind: 'constant', durationNs: random.between(1, 400) * MS } } : {}),
    ...(extra === 3 ? { waitTime: { kind: 'pacing', everyNs: random.between(50, 600) * MS } } : {}),
  }
}

function stages(random: Random, most: number): readonly PlannedStage[] {
  const list = Array.from({ length: random.between(1, 4) }, () =>
    ({ durationNs: pick(random, [0, random.between(1, 1200) * MS, 500 * MS]), target: random.between(0, most) }))
  // Something happens at all.
  return [...list, { durationNs: random.between(300, 800) * MS, target: random.between(1, most) }]
}

function crew(random: Random) {
  const maxVUs = random.between(1, 12)
  return {
    timeUnitNs: pick(random, [1000, 1000, 700]) * MS, maxVUs, preAllocatedVUs: random.between(0, maxVUs),
    late: pick(random, ['drop', 'drop', 'queue'] as const), poisson: random.below(4) === 0,
  }
}

const EXECUTORS: readonly ((random: Random, name: string) => Scenario)[] = [
  (random, name) => {
    const vus = random.between(1, 7)
    const maxDurationNs = random.between(400, 2000) * MS
    return { ...base(random, name), executor: 'shared-iterations', vus, iterations: vus + random.below(60), maxDurationNs }
  },
  (random, name) => ({
    ...base(random, name), executor: 'per-vu-iterations', vus: random.between(1, 7), iterations: random.between(1, 20),
    maxDurationNs: random.between(400, 2000) * MS,
  }),
  (random, name) =>
    ({ ...base(random, name), executor: 'constant-vus', vus: random.between(1, 7), durationNs: random.between(400, 1800) * MS }),
  (random, name) => ({
    ...base(random, name), executor: 'ramping-vus', startVUs: random.below(5), stages: stages(random, 8),
    gracefulRampDownNs: pick(random, [0, random.between(1, 400) * MS, 1500 * MS]),
  }),
  (random, name) => ({
    ...base(random, name), ...crew(random), executor: 'constant-arrival-rate', rate: random.between(1, 60),
    durationNs: random.between(400, 1800) * MS,
  }),
  (random, name) =>
    ({ ...base(random, name), ...crew(random), executor: 'ramping-arrival-rate', startRate: random.below(20), stages: stages(random, 40) }),
  (random, name) => {
    const holdNs = random.between(500, 750) * MS
    const steps = { executor: 'staircase', holdNs, settleNs: pick(random, [0, 150 * MS, 350 * MS]) } as const
    return random.below(2) === 0
      ? { ...base(random, name), ...steps, of: 'vus', levels: whole(random, random.between(1, 3), 1, 6), gracefulRampDownNs: 250 * MS }
      : { ...base(random, name), ...crew(random), ...steps, of: 'rate', levels: whole(random, random.between(1, 3), 1, 40) }
  },
]

function faults(random: Random, { scenarios, shards }: Pick<Plan, 'scenarios' | 'shards'>): Faults {
  const lengthMs = Math.max(...scenarios.map((scenario) => (scenario.startTimeNs + lengthOf(scenario)) / MS))
  const moment = (): number => random.between(10, Math.floor(lengthMs))
  switch (random.below(8)) {
    case 0: return { lost: { shard: random.below(shards), atMs: moment() } }
    case 1: {
      const fromMs = moment()
      return { stall: { fromMs, toMs: pick(random, [fromMs + random.between(100, 1000), Infinity]) } }
    }
    case 2: return { still: { atMs: moment(), durationMs: random.between(5, 2000) } }
    case 3: return { signalAtMs: moment() }
    default: return {}
  }
}

/** The plan and the faults that follow from a seed. */
export function randomRun(seed: number): { readonly plan: Plan; readonly faults: Faults } {
  const random = randomFrom(seed)
  const shards = pick(random, [1, 2, 2, 3, 4])
  const count = pick(random, [1, 1, 1, 2, 3])
  const scenarios = Array.from({ length: count }, (_, index) => pick(random, EXECUTORS)(random, `s${String(index)}`))
  const phase = { run: true, timeoutNs: 10_000 * MS }
  const waits = scenarios.some(({ waitTime }) => waitTime !== undefined)
  const plan: Plan = {
    version: 1, runId: 'sim', seed, script: { name: 'script.ts', digest: 'd' }, scenarios, thresholds: [], gate: false, tags: {}, env: {},
    setup: phase, teardown: phase, cleanup: phase, minIterationDurationNs: !waits && random.below(8) === 0 ? 150 * MS : 0,
    summary: { mode: 'compact', trendStats: ['avg'], timeUnit: null }, limits: { vuMemoryBytes: 64 * 1024 ** 2, vuSliceNs: 250 * MS },
    prefix: 'chopsticks-sim/', target: null, shards, workloads: [],
  }
  return { plan, faults: faults(random, plan) }
}

/** How a run reads in a failure. */
export const runText = ({ plan, faults }: { readonly plan: Plan; readonly faults: Faults }): string =>
  JSON.stringify({
    seed: plan.seed, shards: plan.shards, faults, minIterationMs: plan.minIterationDurationNs / MS, scenarios: plan.scenarios,
  })
