// The coordinator's end of one agent: questions with one answer each, and what an agent says unasked.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'
import type { Link } from '../link/link.ts'
import type { Failure, FromAgent, ToAgent } from '../link/protocol.ts'

/** How often agents are looked after. */
export const LOOK_MS = 500
/** An agent that says nothing, not even a heartbeat, for so long is stuck: it is given up. */
const SILENCE_MAX_MS = 5000
/** A process that is only starting says nothing for as long as the machine takes to load it. */
const STARTING_MAX_MS = 30_000

export type AgentLink = Link<ToAgent, FromAgent>

/** How a question can end. */
export type Answer<K extends FromAgent['kind']> =
  | Extract<FromAgent, { kind: K }>
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'lost'; readonly reason: string }

/** What an agent says unasked. */
export type Unasked = Extract<FromAgent, { kind: 'snapshot' | 'log' | 'ended' | 'uses' | 'broke' }>

export interface Hearer {
  heard(message: Unasked, shard: number): void
  lost(reason: string, shard: number): void
}

type Busy = Extract<FromAgent, { kind: 'busy' }>
/** A watchdog says over and over that a VU keeps its agent busy; when it has not for this many looks, that is over or not known. */
const BUSY_LOOKS_MAX = 2

const busyText = ({ vu, what, forMs }: Busy): string => {
  const who = vu === 0 ? what : `VU ${String(vu)} in ${what}`
  return `${who} kept it busy for ${String(Math.round(forMs / 1000))} s inside one built-in function, which nothing can interrupt ` +
    '(a search, sort, text or regular expression that is too large)'
}

interface Pending {
  readonly step: ToAgent['kind']
  readonly answer: FromAgent['kind']
  readonly resolve: (answer: Answer<FromAgent['kind']>) => void
  deadline?: Timer
}

export class AgentLine {
  readonly shard: number
  readonly #link: AgentLink
  readonly #clock: Clock
  readonly #hearer: Hearer
  #pending: Pending | undefined
  #lostReason: string | undefined
  #closed = false
  /** Looks since anything was heard. */
  #silentLooks = 0
  /** What its watchdog last said it is kept busy with, and looks since then. */
  #busy: Busy | undefined
  #busyLooks = 0
  /** Its VU's number, when it has no other. */
  #only: number | undefined
  #started = false

  constructor(shard: number, link: AgentLink, clock: Clock, hearer: Hearer) {
    this.shard = shard
    this.#link = link
    this.#clock = clock
    this.#hearer = hearer
    link.listen((message) => { this.#hear(message) }, (reason) => { this.lose(reason) })
  }

  get alive(): boolean { return this.#lostReason === undefined && !this.#closed }

  /**
   * Called every LOOK_MS; true when nothing has been heard for too long. Silence is counted in looks, not in time: when this very
   * process stood still (suspended, in a debugger), what agents said meanwhile has come but was not read yet.
   */
  look(): boolean {
    this.#silentLooks++
    this.#busyLooks++
    return this.#silentLooks * LOOK_MS > (this.#started ? SILENCE_MAX_MS : STARTING_MAX_MS)
  }

  /** Why it is given up when `look` says so: whom its watchdog sees at work, if it still does. A process that stands still has none. */
  get silence(): string {
    const busy = this.#busyLooks <= BUSY_LOOKS_MAX ? this.#busy : undefined
    if (busy !== undefined) return busyText(busy)
    const step = this.#pending?.step
    const at = step === undefined ? '' : ` while it was at ${step === 'inspect' ? 'the init code' : `'${step}'`}`
    const vu = this.#only === undefined ? '' : `; VU ${String(this.#only)} is its only one`
    return `it has said nothing for ${String(SILENCE_MAX_MS / 1000)} s${at}${vu}`
  }

  /** Sends a message without an answer. */
  tell(message: ToAgent): void { if (this.alive) this.#link.send(message) }

  /**
   * Asks for one answer; a failed step and a lost agent are answers too. One question at a time. An agent that lives but has not
   * answered within `withinMs` is given up.
   */
  ask<K extends FromAgent['kind']>(message: ToAgent, answer: K, withinMs?: number): Promise<Answer<K>> {
    return new Promise((resolve) => {
      if (!this.alive) { resolve({ kind: 'lost', reason: this.#lostReason ?? 'it was let go' }); return }
      this.#pending = { step: message.kind, answer, resolve: resolve as Pending['resolve'] }
      if (withinMs !== undefined) this.expect(withinMs)
      this.#link.send(message)
    })
  }

  /** From now on the question that is open, if one is, must be answered within so long. */
  expect(withinMs: number): void {
    const pending = this.#pending
    if (pending === undefined) return
    pending.deadline?.cancel()
    pending.deadline = this.#clock.at(this.#clock.now() + withinMs, () => {
      this.lose(`it has not ended '${pending.step}' within ${String(withinMs / 1000)} s`)
    })
  }

  /** Gives up an agent that does not hear: it is given no time to leave. */
  loseSilent(): void { this.lose(this.silence, 0) }

  /** Treats the agent as gone, and makes sure that it is. */
  lose(reason: string, leaveMs?: number): void {
    if (!this.alive) return
    this.#lostReason = reason
    this.#settle({ kind: 'lost', reason })
    this.#hearer.lost(reason, this.shard)
    void this.#link.close(leaveMs)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#link.close()
  }

  #settle(answer: Answer<FromAgent['kind']>): void {
    const pending = this.#pending
    this.#pending = undefined
    pending?.deadline?.cancel()
    pending?.resolve(answer)
  }

  #hear(message: FromAgent): void {
    if (!this.alive) return
    if (message.kind === 'busy') {
      this.#busy = message
      this.#busyLooks = 0
      return
    }
    this.#silentLooks = 0
    this.#started = true
    if (message.kind === 'ready') this.#only = message.only
    switch (message.kind) {
      case 'hello': case 'heartbeat': return
      case 'snapshot': case 'log': case 'ended': case 'uses': case 'broke': this.#hearer.heard(message, this.shard); return
      // An answer nobody waits for is dropped.
      case 'failed': if (this.#pending?.step === message.step) this.#settle({ kind: 'failed', failure: message.failure }); return
      default: if (this.#pending?.answer === message.kind) this.#settle(message)
    }
  }
}
