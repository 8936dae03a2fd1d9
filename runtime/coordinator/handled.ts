// What became of the script's handleSummary: what it returned, or why there is nothing.
import type { Answer } from './agent-line.ts'
import { endingOf } from './endings.ts'
import type { RunResult } from './run.ts'

/** @param timeoutMs how long it might take. */
export function handledBy(answer: Answer<'summarised'>, timeoutMs: number): RunResult['handled'] {
  const failed = (message: string, stack = ''): RunResult['handled'] => ({ result: undefined, error: { message, stack } })
  switch (answer.kind) {
    case 'summarised': return { result: answer.result }
    case 'lost': return failed(`its agent was lost: ${answer.reason}`)
    case 'failed': {
      if (answer.failure.kind === 'timeout') return failed(`it took longer than ${String(timeoutMs / 1000)} s`)
      const ending = endingOf('run', answer.failure)
      return failed('message' in ending ? ending.message : ending.kind, 'stack' in ending ? ending.stack : '')
    }
    default: return answer satisfies never
  }
}
