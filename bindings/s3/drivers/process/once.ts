// A program that is run for one operation, or for one question: what it wrote and how it ended.
import { Child, type ChildOptions } from './child.ts'
import type { Limit } from '../limit.ts'
import type { StorageError } from '../../../sdk/index.ts'

export interface Ended {
  readonly lines: readonly string[]
  readonly errorLines: readonly string[]
  readonly exitCode: number | undefined
  /** That it ended, as an error: for a program that failed without a word one can read. */
  readonly why: StorageError
}

/** Runs a program to its end; one whose operation ends before is killed. Throws StorageError('unsupported') where it is not there. */
export async function runOnce(options: Omit<ChildOptions, 'onLine' | 'onErrorLine' | 'onEnd'>, limit?: Limit): Promise<Ended> {
  const lines: string[] = []
  const errorLines: string[] = []
  let end: { readonly why: StorageError; readonly exitCode: number | undefined } | undefined
  const child = new Child({
    ...options,
    onLine: (line) => { lines.push(line) },
    onErrorLine: (line) => {
      errorLines.push(line)
      return false
    },
    onEnd: (why, exitCode) => { end = { why, exitCode } },
  })
  const stop = (): void => { child.kill() }
  limit?.signal.addEventListener('abort', stop, { once: true })
  if (limit?.signal.aborted === true) stop()
  await child.ended()
  limit?.signal.removeEventListener('abort', stop)
  if (end === undefined) throw new TypeError('a child that ended said so')
  if (end.why.code === 'unsupported') throw end.why
  return { lines, errorLines, ...end }
}
