// Bugs planted between the pieces of a run: what a shard is told, what it tells, its clock, its VUs. Each is what a real one would do.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { FromAgent, ToAgent } from '../../runtime/link/protocol.ts'
import type { Series, Snapshot } from '../../runtime/metrics/snapshot.ts'
import type { Plan, Scenario } from '../../runtime/plan/plan.ts'
import type { Tamper } from './world.ts'

type Load = Extract<ToAgent, { kind: 'load' }>

/** Changes what shards are loaded with; of all of them, or of the last one alone. */
const loading = (change: (load: Load) => Load, who: 'all' | 'last' = 'last'): Tamper => ({
  toAgent: (message) => message.kind === 'load' && (who === 'all' || message.share.index === message.share.count - 1)
    ? [change(message)] : [message],
})
const scenarios = (change: (scenario: Scenario) => Scenario, who: 'all' | 'last' = 'last'): Tamper =>
  loading((load) => ({ ...load, plan: { ...load.plan, scenarios: load.plan.scenarios.map(change) } }), who)
const planning = (change: (plan: Plan) => Plan): Tamper => loading((load) => ({ ...load, plan: change(load.plan) }))

/** Changes what a shard reports. */
const reporting = (change: (snapshot: Snapshot) => Snapshot): Tamper => ({
  fromAgent: (message) => message.kind === 'snapshot' ? [{ ...message, snapshot: change(message.snapshot) }] : [message],
})
const series = (change: (one: Series) => readonly Series[]): Tamper =>
  reporting((snapshot) => ({ ...snapshot, series: snapshot.series.flatMap(change) }))

const started = (changeMs: (inMs: number) => number): Tamper => ({
  toAgent: (message, shard) => message.kind === 'start' && shard === 0 ? [{ ...message, inMs: changeMs(message.inMs) }] : [message],
})

/** The times that end a scenario, multiplied. */
function lasting(scenario: Scenario, factor: number): Scenario {
  switch (scenario.executor) {
    case 'shared-iterations': case 'per-vu-iterations': return { ...scenario, maxDurationNs: Math.round(scenario.maxDurationNs * factor) }
    case 'constant-vus': case 'constant-arrival-rate': return { ...scenario, durationNs: Math.round(scenario.durationNs * factor) }
    case 'ramping-vus': case 'ramping-arrival-rate':
      return { ...scenario, stages: scenario.stages.map((one) => ({ ...one, durationNs: Math.round(one.durationNs * factor) })) }
    case 'staircase': return { ...scenario, holdNs: Math.round(scenario.holdNs * factor) }
    default: return scenario satisfies never
  }
}

const moreVus = (scenario: Scenario): Scenario => {
  if ('maxVUs' in scenario) return { ...scenario, maxVUs: scenario.maxVUs + 2 }
  return 'vus' in scenario ? { ...scenario, vus: scenario.vus + 1 } : scenario
}

const slower = (scenario: Scenario): Scenario => scenario.executor === 'constant-arrival-rate' && scenario.rate > 1
  ? { ...scenario, rate: scenario.rate - 1 } : scenario

const fewerIterations = (scenario: Scenario): Scenario =>
  scenario.executor === 'shared-iterations' && scenario.iterations > scenario.vus
    ? { ...scenario, iterations: scenario.iterations - 1 } : scenario

const without = (key: 'waitTime' | 'tasks') => (scenario: Scenario): Scenario => {
  const { [key]: _gone, ...rest } = scenario
  return rest
}

/** Hands out moments that go by faster than they do. */
const fastClock = (clock: Clock): Clock => ({
  now: () => clock.now() * 1.05,
  epochMs: () => clock.epochMs(),
  at: (moment, wake) => clock.at(moment / 1.05, wake),
})
const sleepyClock = (clock: Clock): Clock => ({
  now: () => clock.now(), epochMs: () => clock.epochMs(), at: (moment, wake) => clock.at(moment + 70, wake),
})

/** A report told again, as if it were the next one. */
function twiceTold(): Tamper {
  let more = 0
  return {
    fromAgent: (message, shard): readonly FromAgent[] => {
      if (message.kind !== 'snapshot' || shard !== 0) return [message]
      const { snapshot } = message
      const sequence = snapshot.sequence + more
      if (more > 0 || snapshot.series.length === 0) return [{ ...message, snapshot: { ...snapshot, sequence } }]
      more = 1
      return [message, { ...message, snapshot: { ...snapshot, sequence: sequence + 1 } }]
    },
  }
}

/** By what it is -> how it is planted, anew for each run. */
export const BUGS: Readonly<Record<string, () => Tamper>> = {
  'a share that is off by one': () =>
    loading((load) => ({ ...load, share: { ...load.share, index: (load.share.index + 1) % load.share.count } })),
  'a remainder that nobody gets': () => loading((load) => ({ ...load, share: { ...load.share, count: load.share.count + 1 } })),
  'iterations that start twice': () => ({ twice: (iteration) => iteration % 5 === 3 }),
  'a scenario that stops early': () => scenarios((one) => lasting(one, 0.8)),
  'a scenario that stops late': () => scenarios((one) => lasting(one, 1.25)),
  'a report that is merged twice': twiceTold,
  'a last report that is lost': () => ({
    fromAgent: (message) =>
      message.kind === 'snapshot' && message.snapshot.progress.every(({ state }) => state === 'done') ? [] : [message],
  }),
  'reports of which a series is lost': () => series((one) => one.metric === 'iterations' ? [] : [one]),
  'a hard stop that is not kept': () => ({ interruptAfterMs: 700 }),
  'a graceful stop that is none': () => scenarios((one) => ({ ...one, gracefulStopNs: 0 })),
  'a graceful ramp-down that is none': () =>
    scenarios((one) => 'gracefulRampDownNs' in one ? { ...one, gracefulRampDownNs: 0 } : one, 'all'),
  'more VUs than there may be': () => scenarios(moreVus, 'all'),
  'a shard with a seed of its own': () => planning((plan) => ({ ...plan, seed: plan.seed + 1 })),
  'a shard that starts late': () => started((inMs) => inMs + 300),
  'a shard that starts early': () => started(() => 0),
  'a clock that goes fast': () => ({ clock: fastClock }),
  'timers that fire late': () => ({ clock: sleepyClock }),
  'a rate that is rounded down': () => scenarios(slower, 'all'),
  'an iteration too few in the pot': () => scenarios(fewerIterations, 'all'),
  'drops that are not counted': () => series((one) => one.metric === 'dropped_iterations' ? [] : [one]),
  'failures that count as good': () => series((one) => one.metric === 'iterations_failed' && one.data.type === 'rate'
    ? [{ ...one, data: { ...one.data, trues: 0 } }] : [one]),
  'a startTime that is ignored': () => scenarios((one) => ({ ...one, startTimeNs: 0 })),
  'a wait that is ignored': () => scenarios(without('waitTime')),
  'tasks that are ignored': () => scenarios(without('tasks')),
  'settling that is measured': () => scenarios((one) => one.executor === 'staircase' ? { ...one, settleNs: 0 } : one),
  'a response time that counts from the start': () => reporting((snapshot) => ({
    ...snapshot,
    series: snapshot.series.map((one) => one.metric !== 'iteration_response' ? one : {
      ...one, data: snapshot.series.find(({ metric, tags }) =>
        metric === 'iteration_duration' && JSON.stringify(tags) === JSON.stringify(one.tags))?.data ?? one.data,
    }),
  })),
  'late iterations that are dropped': () => scenarios((one) => 'late' in one ? { ...one, late: 'drop' } : one, 'all'),
  'late iterations that wait': () => scenarios((one) => 'late' in one ? { ...one, late: 'queue' } : one, 'all'),
}
