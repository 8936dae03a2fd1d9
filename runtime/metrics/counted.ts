// What a run counted, as its record holds it: the series themselves, and what each scenario and the generator made of the load.
import type { Plan } from '../plan/plan.ts'
import type { Aggregate } from './aggregate.ts'
import { judgeGenerator } from './generator.ts'
import type { RunRecord } from './record.ts'
import { scenarioResults } from './scenario-result.ts'

type Counted = Pick<RunRecord, 'series' | 'errors' | 'progress' | 'scenarios' | 'generator' | 'slowest' | 'outages'>

/** The part of the record that is made from everything the shards sent. */
export function countedIn(plan: Plan, aggregate: Aggregate): Counted {
  const [series, progress] = [aggregate.series(), aggregate.progress()]
  return {
    series, errors: aggregate.errors(), progress, scenarios: scenarioResults(plan, progress, series),
    generator: judgeGenerator(aggregate.generator()), slowest: aggregate.slowest(), outages: aggregate.outages(),
  }
}
