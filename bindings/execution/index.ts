// `chopsticks/execution` from the host's side: a script ends its run.
import type { Binding, HostOperation } from '../sdk/index.ts'

/** `[how, message, stack]`: how is `abort` (at once) or `fail` (marks the run, goes on). */
const end: HostOperation = (host, [how, message, stack]) => {
  if (how !== 'abort' && how !== 'fail') throw new Error("execution.end: the first argument must be 'abort' or 'fail'")
  if (typeof message !== 'string' || typeof stack !== 'string') throw new Error('execution.end: message and stack must be strings')
  host.end(how, message.slice(0, 4096), stack.slice(0, 16_384))
  return undefined
}

export const execution: Binding = {
  name: 'execution',
  module: 'chopsticks/execution',
  aliases: ['k6/execution'],
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  hostOperations: { 'execution.end': end },
}
