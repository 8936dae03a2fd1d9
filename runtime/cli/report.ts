// What agents say while a run goes on, as lines of the log.
import type { FromAgent } from '../link/protocol.ts'
import type { Locate } from './ending.ts'
import { placeName } from './failure.ts'
import type { Logger } from './log.ts'

type LogMessage = Extract<FromAgent, { kind: 'log' }>

/** A line of the script's console, or of the sandbox about the script; with its place in the script where it carries a stack. */
export function logMessage(log: Logger, { level, text, source, stack }: LogMessage, locate: () => Promise<Locate>): void {
  if (source === 'requests') {
    log.block(text)
    return
  }
  if (stack === undefined) {
    log.log({ level, text, fields: { source } })
    return
  }
  void locate().then((at) => {
    const place = at(stack)
    log.log({ level, text, fields: { source, at: place === undefined ? undefined : placeName(place) } })
  })
}
