// Why a run ends: the sentences, made from what agents report.
import type { Failure } from '../link/protocol.ts'
import type { Ending } from '../metrics/record.ts'

export type Step = 'init' | 'setup' | 'setupVU' | 'prepare' | 'teardown' | 'teardownVU' | 'run' | 'cleanup'

const seconds = (ms: number): string => `${String(ms / 1000)} s`

const timeoutOf = (step: Step, afterMs: number): Ending => {
  switch (step) {
    case 'setup': case 'setupVU':
      return { kind: 'setup-timeout', message: `${step}() took longer than ${seconds(afterMs)}; allow more with --setup-timeout` }
    case 'teardown': case 'teardownVU':
      return { kind: 'teardown-timeout', message: `${step}() took longer than ${seconds(afterMs)}; allow more with --teardown-timeout` }
    case 'init':
      return { kind: 'other-timeout', message: `init code took longer than ${seconds(afterMs)}; allow more with --setup-timeout` }
    case 'prepare': case 'run': case 'cleanup':
      return { kind: 'other-timeout', message: `${step} took longer than ${seconds(afterMs)}` }
    default: return step satisfies never
  }
}

/** The ending a failed step means. */
export function endingOf(step: Step, failure: Failure): Ending {
  switch (failure.kind) {
    case 'script':
      return { kind: 'script', step, message: `${failure.error.name}: ${failure.error.message}`, stack: failure.error.stack }
    case 'timeout': return timeoutOf(step, failure.afterMs)
    case 'target': return failure
    case 'ended': return endedBy(failure.how, failure.message, failure.stack)
    case 'config': return { kind: 'config', message: failure.message }
    case 'bug': return { kind: 'bug', message: failure.message, stack: failure.stack }
    default: return failure satisfies never
  }
}

/** test.abort() and test.fail(). */
export const endedBy = (how: 'abort' | 'fail', message: string, stack: string): Ending =>
  ({ kind: how === 'abort' ? 'aborted' : 'marked-failed', message, stack })

export const shardLost = (shard: number, reason: string): Ending =>
  ({ kind: 'shard-lost', message: `shard ${String(shard)} was lost: ${reason}` })

/** An error that is ours. */
export const bugEnding = (error: unknown): Ending => error instanceof Error
  ? { kind: 'bug', message: error.message, stack: error.stack ?? '' } : { kind: 'bug', message: String(error), stack: '' }
