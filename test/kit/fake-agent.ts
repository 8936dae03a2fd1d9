// An agent that answers from a script of what should happen: for tests of the coordinator.
import type { FromAgent, ToAgent } from '../../runtime/link/protocol.ts'
import type { Link } from '../../runtime/link/link.ts'
import { memoryLink } from '../../runtime/link/memory.ts'
import type { AgentLink } from '../../runtime/coordinator/agent-line.ts'

/** What an agent does when asked; undefined = stays silent. */
export type Behaviour = (message: ToAgent, send: (message: FromAgent) => void) => FromAgent | undefined

/** The answers of an agent that does everything right and nothing at all. */
export const wellBehaved: Behaviour = (message) => {
  switch (message.kind) {
    case 'inspect':
      return { kind: 'inspected', inspection: { options: null, functions: ['default'], metrics: [], files: {}, sharedArrays: {} } }
    case 'load': return { kind: 'loaded' }
    case 'prepare': return { kind: 'prepared', made: [] }
    case 'setup': return { kind: 'setUp', data: '{"made":1}' }
    case 'open': return { kind: 'ready', vus: 1 }
    case 'start': return { kind: 'done', measuredMs: 1000, stores: [{ workload: 's3', target: 'default', driver: 'native' }] }
    case 'leave': return { kind: 'left', errors: [] }
    case 'teardown': return { kind: 'tornDown' }
    case 'cleanup': return { kind: 'cleaned', deleted: 3, remaining: 0 }
    case 'summarise': return { kind: 'summarised', result: { stdout: 'hello' } }
    case 'stop': case 'close': return undefined
    case 'closeOpLog': return { kind: 'opLogClosed', operations: 0 }
    default: return message satisfies never
  }
}

export interface FakeAgent {
  readonly link: AgentLink
  /** Kinds of messages the agent was sent, in order. */
  readonly asked: readonly ToAgent[]
  say(message: FromAgent): void
  die(): void
}

export function fakeAgent(behave: Behaviour = wellBehaved): FakeAgent {
  const { left, right } = memoryLink<ToAgent, FromAgent>((task) => { setImmediate(task) })
  const agent: Link<FromAgent, ToAgent> = right
  const asked: ToAgent[] = []
  agent.listen((message) => {
    asked.push(message)
    const answer = behave(message, (unasked) => { agent.send(unasked) })
    if (answer !== undefined) agent.send(answer)
  }, () => { return })
  return { link: left, asked, say: (message) => { agent.send(message) }, die: () => { void agent.close() } }
}
