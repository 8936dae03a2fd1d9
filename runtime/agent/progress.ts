// What a shard tells of its scenarios: to the coordinator once a second, to a script at the start of each iteration.
import type { Tags } from '../../bindings/sdk/index.ts'
import type { ScenarioProgress } from '../metrics/snapshot.ts'
import type { Plan } from '../plan/plan.ts'
import type { ScenarioRun } from '../schedule/scenario-run.ts'
import type { IterationRequest } from '../schedule/vu.ts'
import type { SeatScenario } from './seat.ts'

/** The shard's state at a moment; moments are ms on its clock. */
export interface ShardState {
  readonly runs: readonly ScenarioRun[]
  readonly nowMs: number
  readonly startedMs: number
  readonly startedEpochMs: number
  readonly vusOpen: number
}

export const progressOf = (runs: readonly ScenarioRun[]): readonly ScenarioProgress[] => runs.map((run) => {
  const { state, vusActive, vus, vusMost, ranMs, begun, done, failed, interrupted, dropped, queued, planned, offered } = run.counts()
  return {
    scenario: run.name, state, vusActive, vus, vusMost, ranMs, iterationsDone: done + failed, iterationsInterrupted: interrupted,
    iterationsFailed: failed, iterationsPlanned: planned, iterationsBegun: begun, iterationsDropped: dropped, iterationsQueued: queued,
    iterationsOffered: offered,
  }
})

/** The tags of iterations: those given, and which task and which step of a staircase it is. */
function tagSets(scenarioTags: Tags): (request: Pick<IterationRequest, 'task' | 'step'>) => Tags {
  const known = new Map<string | undefined, Map<string | undefined, Tags>>()
  return ({ task, step }) => {
    let ofTask = known.get(task)
    if (ofTask === undefined) known.set(task, ofTask = new Map<string | undefined, Tags>())
    let tags = ofTask.get(step)
    if (tags === undefined) {
      tags = Object.freeze({ ...scenarioTags, ...(task === undefined ? {} : { task }), ...(step === undefined ? {} : { step }) })
      ofTask.set(step, tags)
    }
    return tags
  }
}

/** Each scenario as seats need it; `state` is asked at the start of every iteration. */
export function seatScenarios(plan: Plan, state: () => ShardState): ReadonlyMap<string, SeatScenario> {
  return new Map(plan.scenarios.map((scenario) => {
    const seatScenario: SeatScenario = {
      scenario, tagsOf: tagSets({ ...scenario.tags, scenario: scenario.name }),
      info(request, seatNumber) {
        const { runs, nowMs, startedMs, startedEpochMs, vusOpen } = state()
        let vusActive = 0
        let iterationsCompleted = 0
        let iterationsInterrupted = 0
        let progress = 0
        for (const run of runs) {
          const counts = run.counts()
          vusActive += counts.vusActive
          iterationsCompleted += counts.done + counts.failed
          iterationsInterrupted += counts.interrupted
          if (run.name === scenario.name) progress = run.progress(nowMs)
        }
        return {
          scenario: scenario.name, executor: scenario.executor, exec: request.exec,
          scenarioStartEpochMs: Math.round(startedEpochMs + scenario.startTimeNs / 1e6),
          iterationInTest: request.numberInTest, iterationInInstance: request.numberInTest, vuInInstance: seatNumber + 1,
          vusActive, vusInitialized: vusOpen, iterationsCompleted, iterationsInterrupted, elapsedMs: nowMs - startedMs, progress,
        }
      },
    }
    return [scenario.name, seatScenario] as const
  }))
}
