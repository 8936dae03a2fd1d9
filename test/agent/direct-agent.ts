// An agent talked to without a coordinator: messages reach it at the very moment they are sent, several in one turn if need be.
import { registry, scriptModules } from '../../bindings/index.ts'
import { systemClock, type Binding, type Session } from '../../bindings/sdk/index.ts'
import { runAgent } from '../../runtime/agent/agent.ts'
import { bundleScript } from '../../runtime/bundle/bundle.ts'
import type { FromAgent, TargetSettings, ToAgent } from '../../runtime/link/protocol.ts'
import { makePlan } from '../../runtime/plan/make-plan.ts'

type Of<K extends FromAgent['kind']> = Extract<FromAgent, { kind: K }>

/** A workload `fake` whose store does what the test says and is otherwise well. */
export function fakeStore(session: Partial<Session>): Binding {
  const open = (): Promise<Session> => Promise.resolve({
    driver: 'own', run: () => Promise.resolve({ reply: {}, bytesIn: 0, bytesOut: 0 }), prepare: () => Promise.resolve({ made: false }),
    cleanup: () => Promise.resolve({ deleted: 1, remaining: 0 }), close: () => Promise.resolve(), ...session,
  })
  return {
    name: 'fake', module: 'chopsticks/fake', guest: new URL('file:///absent'),
    workload: { operations: [], drivers: ['own'], defaultDriver: 'own', open, config: () => Promise.reject(new Error('not asked for')) },
  }
}

const TARGETS: TargetSettings = {
  default: 'default', targets: { default: { fake: { driver: 'own' } }, west: { fake: { driver: 'own' } } },
}

export class DirectAgent {
  readonly heard: FromAgent[] = []
  /** Loads whose iterations are due at moments of their own. */
  arrivals = 0
  readonly #waiting = new Set<() => void>()
  #tell: (message: ToAgent) => void = () => { return }

  constructor(bindings: readonly Binding[]) {
    void runAgent({
      clock: systemClock, bindings: [...registry(), ...bindings], onArrivals: () => { this.arrivals++ },
      link: {
        send: (message) => { this.heard.push(message); for (const look of this.#waiting) look() },
        listen: (onMessage) => { this.#tell = onMessage },
        close: () => Promise.resolve(),
      },
    })
  }

  tell(...messages: readonly ToAgent[]): void { for (const message of messages) this.#tell(message) }

  /** The next message of the kind, or the next failure. */
  next<K extends FromAgent['kind']>(kind: K): Promise<Of<K> | Of<'failed'>> {
    const from = this.heard.length
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.heard.slice(from).find((message) => message.kind === kind || message.kind === 'failed')
        if (found === undefined) return
        this.#waiting.delete(look)
        resolve(found as Of<K> | Of<'failed'>)
      }
      this.#waiting.add(look)
      look()
    })
  }

  async ask<K extends FromAgent['kind']>(message: ToAgent, answer: K): Promise<Of<K> | Of<'failed'>> {
    const next = this.next(answer)
    this.tell(message)
    return next
  }

  /** Has the script inspected and loaded as the whole of a run. */
  async load(text: string, flags: Readonly<Record<string, string>> = {}, workloads: readonly string[] = []): Promise<void> {
    const { bundle } = await bundleScript({ entry: { kind: 'text', text, folder: process.cwd() }, ...scriptModules() })
    const limits = { vuMemoryBytes: 64 * 1024 ** 2, vuSliceNs: 250e6 }
    const access = { roots: [], scriptFolder: process.cwd() }
    const inspected = await this.ask({ kind: 'inspect', bundle, env: {}, access, limits, seed: 1 }, 'inspected')
    if (inspected.kind === 'failed') throw new Error(JSON.stringify(inspected.failure))
    const { inspection } = inspected
    const made = makePlan({ script: inspection.options, flags: { shards: '1', ...flags } }, {
      runId: 'direct', seedDefault: 1, shardsDefault: 1, script: { name: 'script.js', digest: bundle.digest },
      functions: inspection.functions, metrics: inspection.metrics, workloads,
    })
    if ('problems' in made) throw new Error(JSON.stringify(made.problems))
    await this.ask({
      kind: 'load', plan: made.plan, bundle, share: { index: 0, count: 1 }, targets: TARGETS, inspection, scriptFolder: process.cwd(),
    }, 'loaded')
  }
}

export const STOP: ToAgent = { kind: 'stop', graceful: false, reason: 'signal' }
