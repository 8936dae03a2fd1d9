// What chance decides in a scenario, from the seed and the iteration alone: the same at any number of shards.
import { randomFrom } from '../../bindings/sdk/index.ts'
import type { Chance } from '../plan/arrivals.ts'
import type { Tasks, WaitTime } from '../plan/plan.ts'

/** Names the streams of random numbers of an iteration, so that one choice says nothing of another. */
const TASK = 0x7461
const WAIT = 0x7761

/** Where an iteration stands: its number in the scenario, and its VU's own count. */
export interface Turn { readonly numberInTest: number; readonly numberOfVu: number }

/** The function an iteration runs. A weighted choice follows from its number; a sequence is every VU's own, over and over. */
export function taskOf(tasks: Tasks, { seed, stream }: Chance, { numberInTest, numberOfVu }: Turn): string {
  if (tasks.kind === 'sequence') return tasks.names[numberOfVu % tasks.names.length] ?? ''
  const entries = Object.entries(tasks.weights)
  let left = randomFrom(seed, stream, TASK, numberInTest).fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [name, weight] of entries) {
    left -= weight
    if (left < 0) return name
  }
  // Sums of fractions may fall short of the whole by their last digit.
  return entries.at(-1)?.[0] ?? ''
}

/** When a VU that began an iteration and has ended it may begin its next, ms: at once, or after its wait. */
export function nextMs(
  waitTime: WaitTime | undefined, { seed, stream }: Chance, { numberInTest }: Turn, beganMs: number, endedMs: number,
): number {
  switch (waitTime?.kind) {
    case undefined: return endedMs
    case 'constant': return endedMs + waitTime.durationNs / 1e6
    case 'between': {
      const { minNs, maxNs } = waitTime
      return endedMs + (minNs + randomFrom(seed, stream, WAIT, numberInTest).fraction() * (maxNs - minNs)) / 1e6
    }
    case 'pacing': return Math.max(endedMs, beganMs + waitTime.everyNs / 1e6)
    default: return waitTime satisfies never
  }
}
