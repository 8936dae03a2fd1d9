// Plays one scenario of one shard in virtual time, on VUs that are plain functions.
import type { Scenario } from '../../runtime/plan/plan.ts'
import { ScenarioRun } from '../../runtime/schedule/scenario-run.ts'
import { ownSeats, seat, type Share } from '../../runtime/schedule/seating.ts'
import { FakeVu, type Ran } from '../kit/fake-vu.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'

interface Outcome { readonly ran: readonly Ran[]; readonly run: ScenarioRun; readonly dropped: number; readonly endedMs: number }

interface PlayOptions {
  readonly share?: Share
  readonly minIterationMs?: number
  /** How long the machine stands still while a VU is made for its first iteration. */
  readonly firstRunMs?: (vu: number) => number
  readonly during?: (run: ScenarioRun, clock: VirtualClock) => void
}

/** Iteration n takes so long as `durationMs(n)`. */
export async function play(scenario: Scenario, durationMs: (n: number) => number, more: PlayOptions = {}): Promise<Outcome> {
  const clock = new VirtualClock()
  const ran: Ran[] = []
  let dropped = 0
  const seats = ownSeats(seat([scenario]), scenario.name, more.share ?? { index: 0, count: 1 })
    .map((own) => ({ ...own, vu: new FakeVu(own.number, clock, ({ numberInTest, numberOfVu }) => {
      if (numberOfVu === 0) clock.standStill(more.firstRunMs?.(own.number) ?? 0)
      return durationMs(numberInTest)
    }, ran) }))
  const run = new ScenarioRun({
    scenario, seats, clock, startMs: 0, minIterationMs: more.minIterationMs ?? 0, chance: { seed: 7, stream: 0 },
    onDropped: (n) => { dropped += n },
  })
  more.during?.(run, clock)
  await clock.untilPure(run.run())
  return { ran, run, dropped, endedMs: clock.now() }
}
