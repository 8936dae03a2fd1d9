// A shard's part of a whole plan: all its scenarios, run side by side on its VUs.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { Plan } from '../plan/plan.ts'
import { ScenarioRun } from './scenario-run.ts'
import { ownSeats, seat, type Share } from './seating.ts'
import { SharedVu } from './shared-vu.ts'
import type { Vu } from './vu.ts'

export interface ShardRunOptions {
  readonly plan: Pick<Plan, 'scenarios' | 'minIterationDurationNs' | 'seed'>
  readonly share: Share
  readonly clock: Clock
  /** The run's start: ms on the clock. */
  readonly startMs: number
  /** The VU in a seat. */
  readonly vuAt: (seatNumber: number) => Vu
  readonly onDropped: (scenario: string, count: number) => void
}

/** Everything a shard runs between start and done. */
export class ShardRun {
  readonly scenarios: readonly ScenarioRun[]

  constructor({ plan, share, clock, startMs, vuAt, onDropped }: ShardRunOptions) {
    const seating = seat(plan.scenarios)
    const use = plan.scenarios.length > 1 ? sharing(vuAt) : vuAt
    this.scenarios = plan.scenarios.map((scenario, stream) => new ScenarioRun({
      scenario, clock, startMs, chance: { seed: plan.seed, stream },
      seats: ownSeats(seating, scenario.name, share).map((own) => ({ ...own, vu: use(own.number) })),
      minIterationMs: plan.minIterationDurationNs / 1e6,
      onDropped: (count) => { onDropped(scenario.name, count) },
    }))
  }

  /** Resolves when every scenario has ended. */
  async run(): Promise<void> { await Promise.all(this.scenarios.map((scenario) => scenario.run())) }

  stop(graceful: boolean): void { for (const scenario of this.scenarios) scenario.stop(graceful) }

  /** The first start and the last scheduled end, ms on the clock; undefined when nothing was begun. */
  measured(): { readonly fromMs: number; readonly toMs: number } | undefined {
    const spans = this.scenarios.flatMap((scenario) => scenario.measured() ?? [])
    if (spans.length === 0) return undefined
    return { fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)), toMs: Math.max(...spans.map(({ toMs }) => toMs)) }
  }
}

/** The VUs in seats, each of which may be used by several scenarios in turn. */
function sharing(vuAt: (seatNumber: number) => Vu): (seatNumber: number) => Vu {
  const shared = new Map<number, SharedVu>()
  return (number) => {
    const vu = shared.get(number) ?? new SharedVu(vuAt(number))
    shared.set(number, vu)
    return vu.use()
  }
}
