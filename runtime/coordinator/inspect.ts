// The first look at a script, in an agent: what its init code shows, or why it can't be evaluated.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { Failure, FromAgent, ToAgent } from '../link/protocol.ts'
import type { Inspection } from '../plan/plan.ts'
import { AgentLine, LOOK_MS, type AgentLink } from './agent-line.ts'

export interface InspectParts {
  readonly link: AgentLink
  readonly clock: Clock
  readonly request: Extract<ToAgent, { kind: 'inspect' }>
  readonly log: (message: Extract<FromAgent, { kind: 'log' }>) => void
}

export type InspectResult =
  | { readonly ok: true; readonly inspection: Inspection }
  | { readonly ok: false; readonly failure: Failure | { readonly kind: 'lost'; readonly reason: string } }

/** Asks the agent to evaluate the script's init code. The link can be used for a run afterwards: it is given to whoever listens next. */
export async function inspectScript({ link, clock, request, log }: InspectParts): Promise<InspectResult> {
  let broken: (failure: Failure) => void = () => { return }
  const broke = new Promise<{ readonly kind: 'failed'; readonly failure: Failure }>((resolve) => {
    broken = (failure) => { resolve({ kind: 'failed', failure }) }
  })
  const line = new AgentLine(0, link, clock, {
    heard(message) {
      if (message.kind === 'log') log(message)
      if (message.kind === 'broke') broken(message.failure)
    },
    lost() { return },
  })
  let watch = clock.at(clock.now(), () => { return })
  const arm = (): void => {
    watch = clock.at(clock.now() + LOOK_MS, () => {
      if (line.look()) line.loseSilent()
      else arm()
    })
  }
  arm()
  const answer = await Promise.race([line.ask(request, 'inspected'), broke])
  watch.cancel()
  switch (answer.kind) {
    case 'inspected': return { ok: true, inspection: answer.inspection }
    case 'failed': return { ok: false, failure: answer.failure }
    case 'lost': return { ok: false, failure: answer }
    default: return answer satisfies never
  }
}
