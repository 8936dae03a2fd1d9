// A second way from an agent's process to its parent: what another thread of it says while the one that has the link is kept busy.
import type { Readable } from 'node:stream'
import { readFromAgent } from './message.ts'
import type { FromAgent } from './protocol.ts'

/** The agent's file for it. Messages are JSON, one a line. */
export const SIDE_FD = 4
/** More than this without an end of line is no message. */
const LINE_MAX = 4096

/** What can be said there. */
type Aside = Extract<FromAgent, { kind: 'heartbeat' | 'busy' }>

/** The message of a line; undefined when it is none. */
export function readAside(line: string): Aside | undefined {
  let value: unknown
  try { value = JSON.parse(line) } catch { return undefined }
  const message = readFromAgent(value)
  return message?.kind === 'heartbeat' || message?.kind === 'busy' ? message : undefined
}

/** Hears what comes until the stream ends; what is no message is dropped. */
export function hearAside(stream: Readable, onMessage: (message: Aside) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = (lines.pop() ?? '').slice(-LINE_MAX)
    for (const line of lines) {
      const message = readAside(line)
      if (message !== undefined) onMessage(message)
    }
  })
  // A process that is killed may leave it broken: that it is gone is heard elsewhere.
  stream.on('error', () => { return })
}
