// Cleaning up after a run: which stores it has used, and the agent that deletes what it made there, or the one that takes its place.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { Failure, StoreName, StoreToClean } from '../link/protocol.ts'
import type { RunRecord } from '../metrics/record.ts'
import type { AgentLine } from './agent-line.ts'

/** One that is lost is replaced once: what ends the second one would end a third as well. */
const AGENTS_MAX = 2

/** The stores a run has used, whichever shard did. */
export class UsedStores {
  readonly #stores = new Map<string, StoreToClean>()

  add({ workload, target, driver }: StoreName, made = false): void {
    const key = JSON.stringify([workload, target, driver])
    this.#stores.set(key, { workload, target, driver, made: made || this.#stores.get(key)?.made === true })
  }

  all(): readonly StoreToClean[] { return [...this.#stores.values()] }
}

export interface CleaningParts {
  readonly stores: readonly StoreToClean[]
  /** Operations may still be under way in the stores. */
  readonly unsettled: boolean
  readonly timeoutMs: number
  /** How long an agent that has passed its time is waited for. */
  readonly graceMs: number
  readonly clock: Clock
  /** An agent that is alive; undefined when none can be had. */
  readonly agent: () => Promise<AgentLine | undefined>
}

/** Has an agent delete what the run made, in time all together; what came of it, and why the step failed, if it did. */
export async function cleanStores(
  { stores, unsettled, timeoutMs, graceMs, clock, agent }: CleaningParts,
): Promise<{ readonly cleanup: RunRecord['cleanup']; readonly failure?: Failure }> {
  const endMs = clock.now() + timeoutMs
  const undone = (reason: string): RunRecord['cleanup'] => ({ ran: true, deleted: 0, remaining: undefined, reason })
  for (let n = 1; ; n++) {
    const line = await agent()
    if (line === undefined) return { cleanup: undone('no agent could be started to clean up') }
    const leftMs = Math.max(0, endMs - clock.now())
    const message = { kind: 'cleanup', timeoutMs: leftMs, stores, unsettled: unsettled || n > 1 } as const
    const answer = await line.ask(message, 'cleaned', leftMs + graceMs)
    switch (answer.kind) {
      case 'cleaned': {
        const { deleted, remaining, reason } = answer
        return { cleanup: { ran: true, deleted, remaining, ...(reason === undefined ? {} : { reason }) } }
      }
      case 'failed': return { cleanup: undone('the agent that cleaned up did not finish'), failure: answer.failure }
      case 'lost':
        if (n < AGENTS_MAX && clock.now() < endMs) break
        return { cleanup: undone('the agent that cleaned up did not finish') }
      default: return answer satisfies never
    }
  }
}
