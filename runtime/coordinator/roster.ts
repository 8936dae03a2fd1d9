// The agents of a run: everyone asked the same, everyone heard, nobody silent for long unnoticed.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'
import type { FromAgent, ToAgent } from '../link/protocol.ts'
import { AgentLine, type AgentLink, type Answer, type Hearer } from './agent-line.ts'

/** An agent that says nothing, not even a heartbeat, for so long is stuck: it is given up. */
export const SILENCE_MAX_MS = 5000
const WATCH_MS = 500

/** Watches agents that may be stuck; disposed of when nobody needs to be heard any more. */
export class Roster implements Disposable {
  readonly #clock: Clock
  readonly #hearer: Hearer
  readonly #open: (shard: number) => AgentLink
  readonly #lines: AgentLine[] = []
  #watch: Timer | undefined

  constructor(shards: number, open: (shard: number) => AgentLink, clock: Clock, hearer: Hearer) {
    this.#clock = clock
    this.#hearer = hearer
    this.#open = open
    for (let shard = 0; shard < shards; shard++) this.#lines.push(new AgentLine(shard, open(shard), clock, hearer))
    this.#arm()
  }

  /** The agent that does what is done once: setup, teardown, cleanup, handleSummary. */
  get first(): AgentLine {
    const [first] = this.#lines
    if (first === undefined) throw new Error('a run has one shard at least')
    return first
  }
  get alive(): readonly AgentLine[] { return this.#lines.filter((line) => line.alive) }

  /** Asks everyone who is left; answers in order of shards. */
  askAll<K extends FromAgent['kind']>(messageFor: (shard: number) => ToAgent, answer: K): Promise<readonly Answer<K>[]> {
    return Promise.all(this.alive.map((line) => line.ask(messageFor(line.shard), answer)))
  }

  tellAll(message: ToAgent): void { for (const line of this.alive) line.tell(message) }

  /** Puts a fresh agent in the first one's place, when that one is gone. */
  replaceFirst(): AgentLine {
    const fresh = new AgentLine(0, this.#open(0), this.#clock, this.#hearer)
    this.#lines[0] = fresh
    return fresh
  }

  async close(): Promise<void> {
    this[Symbol.dispose]()
    await Promise.all(this.#lines.map((line) => line.close()))
  }

  [Symbol.dispose](): void { this.#watch?.cancel() }

  #arm(): void {
    this.#watch = this.#clock.at(this.#clock.now() + WATCH_MS, () => {
      for (const line of this.alive) {
        if (line.silentMs > SILENCE_MAX_MS) line.lose(`it has said nothing for ${String(SILENCE_MAX_MS / 1000)} s`)
      }
      this.#arm()
    })
  }
}
