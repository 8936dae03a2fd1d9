// The coordinator's end of one agent: questions with one answer each, and what an agent says unasked.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { Link } from '../link/link.ts'
import type { Failure, FromAgent, ToAgent } from '../link/protocol.ts'

export type AgentLink = Link<ToAgent, FromAgent>

/** How a question can end. */
export type Answer<K extends FromAgent['kind']> =
  | Extract<FromAgent, { kind: K }>
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'lost'; readonly reason: string }

/** What an agent says unasked. */
export interface Hearer {
  heard(message: Extract<FromAgent, { kind: 'snapshot' | 'log' | 'ended' }>, shard: number): void
  lost(reason: string, shard: number): void
}

interface Pending {
  readonly step: ToAgent['kind']
  readonly answer: FromAgent['kind']
  readonly resolve: (answer: Answer<FromAgent['kind']>) => void
}

export class AgentLine {
  readonly shard: number
  readonly #link: AgentLink
  readonly #clock: Clock
  readonly #hearer: Hearer
  #pending: Pending | undefined
  #lostReason: string | undefined
  #closed = false
  #heardMs: number

  constructor(shard: number, link: AgentLink, clock: Clock, hearer: Hearer) {
    this.shard = shard
    this.#link = link
    this.#clock = clock
    this.#hearer = hearer
    this.#heardMs = clock.now()
    link.listen((message) => { this.#hear(message) }, (reason) => { this.lose(reason) })
  }

  get alive(): boolean { return this.#lostReason === undefined && !this.#closed }
  /** How long nothing has been heard, ms. */
  get silentMs(): number { return this.#clock.now() - this.#heardMs }

  /** Sends a message without an answer. */
  tell(message: ToAgent): void { if (this.alive) this.#link.send(message) }

  /** Asks for one answer; a failed step and a lost agent are answers too. One question at a time. */
  ask<K extends FromAgent['kind']>(message: ToAgent, answer: K): Promise<Answer<K>> {
    return new Promise((resolve) => {
      if (this.#lostReason !== undefined) { resolve({ kind: 'lost', reason: this.#lostReason }); return }
      this.#pending = { step: message.kind, answer, resolve: resolve as Pending['resolve'] }
      this.#link.send(message)
    })
  }

  /** Treats the agent as gone, and makes sure that it is. */
  lose(reason: string): void {
    if (!this.alive) return
    this.#lostReason = reason
    this.#settle({ kind: 'lost', reason })
    this.#hearer.lost(reason, this.shard)
    void this.#link.close()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#link.close()
  }

  #settle(answer: Answer<FromAgent['kind']>): void {
    const pending = this.#pending
    this.#pending = undefined
    pending?.resolve(answer)
  }

  #hear(message: FromAgent): void {
    if (!this.alive) return
    this.#heardMs = this.#clock.now()
    switch (message.kind) {
      case 'hello': case 'heartbeat': return
      case 'snapshot': case 'log': case 'ended': this.#hearer.heard(message, this.shard); return
      case 'failed': this.#settle({ kind: 'failed', failure: message.failure }); return
      default:
        // An answer nobody waits for any more (its question was given up) is dropped.
        if (this.#pending?.answer === message.kind) this.#settle(message)
    }
  }
}
