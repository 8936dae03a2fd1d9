// A finished run with every kind of scenario the summary has a table for, with figures that can be checked by hand.
import type { RunRecord } from '../../runtime/metrics/record.ts'
import type { ScenarioProgress } from '../../runtime/metrics/snapshot.ts'
import type { Scenario } from '../../runtime/plan/plan.ts'
import { constantVus, operation, recordOf, samplePlan } from './sample-record.ts'

const BASE = { exec: 'default', startTimeNs: 0, gracefulStopNs: 0, env: {}, tags: {} } as const

export const rate = (name: string, more: Partial<Extract<Scenario, { executor: 'constant-arrival-rate' }>> = {}): Scenario => ({
  ...BASE, name, executor: 'constant-arrival-rate', rate: 100, timeUnitNs: 1e9, durationNs: 4e9, preAllocatedVUs: 5, maxVUs: 5,
  late: 'drop', poisson: false, ...more,
})

/** A ramp of VUs from 0; stages are seconds and targets. */
export const ramp = (name: string, stages: readonly (readonly [seconds: number, target: number])[]): Scenario => ({
  ...BASE, name, executor: 'ramping-vus', startVUs: 0, gracefulRampDownNs: 0,
  stages: stages.map(([seconds, target]) => ({ durationNs: seconds * 1e9, target })),
})

const stairs: Scenario = {
  ...BASE, name: 'stairs', executor: 'staircase', of: 'vus', levels: [10, 20, 30], holdNs: 2e9, settleNs: 0.5e9, gracefulRampDownNs: 0,
}

const progress = (scenario: string, more: Partial<ScenarioProgress>): ScenarioProgress => ({
  scenario, state: 'done', vusActive: 0, vus: 10, vusMost: 10, ranMs: 4000, iterationsDone: 0, iterationsInterrupted: 0,
  iterationsFailed: 0, iterationsPlanned: null, iterationsBegun: 0, iterationsDropped: 0, iterationsQueued: 0, iterationsOffered: null,
  ...more,
})

/** Tasks of which one never came; arrivals of which a quarter was dropped; a staircase stopped in its second step. */
export function loadRecord(): RunRecord {
  const users = constantVus('users', { durationNs: 4e9, tasks: { kind: 'weighted', weights: { upload: 3, download: 1, never: 1 } } })
  const plan = samplePlan({ scenarios: [users, rate('arrivals', { late: 'queue' }), stairs] })
  return recordOf(plan, (recorder) => {
    const iteration = (tags: Readonly<Record<string, string>>, tookMs: number, waitedMs: number, failed: number): void => {
      recorder.add('iterations', 1, tags)
      recorder.add('iteration_duration', tookMs, tags)
      recorder.add('iteration_response', tookMs + waitedMs, tags)
      recorder.add('iterations_failed', failed, tags)
    }
    for (let n = 0; n < 30; n++) iteration({ scenario: 'users', task: 'upload' }, 20, 0, n < 3 ? 1 : 0)
    for (let n = 0; n < 10; n++) iteration({ scenario: 'users', task: 'download' }, 5, 0, 0)
    for (let n = 0; n < 300; n++) {
      iteration({ scenario: 'arrivals' }, 11, 100, 0)
      recorder.operation(operation({ due: 0, started: 100, ended: 110, paced: true }), { scenario: 'arrivals' })
      recorder.operation(operation({ op: 'put', due: 0, started: 0, ended: 10, paced: true }), { scenario: 'arrivals' })
    }
    for (const [step, count] of [['10', 15], ['20', 20]] as const) {
      for (let n = 0; n < count; n++) {
        iteration({ scenario: 'stairs', step }, 50, 0, 0)
        recorder.operation(operation({ ended: 50, bytesIn: 1e6 }), { scenario: 'stairs', step })
      }
    }
  }, {}, [
    progress('users', { iterationsBegun: 40, iterationsDone: 40, iterationsFailed: 3 }),
    progress('arrivals', {
      vus: 5, vusMost: 5, iterationsBegun: 300, iterationsDone: 300, iterationsDropped: 100, iterationsQueued: 50, iterationsOffered: 400,
    }),
    progress('stairs', { vus: 30, vusMost: 20, ranMs: 3750, iterationsBegun: 60, iterationsDone: 60 }),
  ])
}
