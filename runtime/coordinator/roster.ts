// The agents of a run: everyone asked the same, everyone heard, nobody silent for long unnoticed.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'
import type { FromAgent, ToAgent } from '../link/protocol.ts'
import { AgentLine, LOOK_MS, type AgentLink, type Answer, type Hearer } from './agent-line.ts'

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

  /** Asks everyone who is left; answers in order of shards, each handed to `each` as it comes. */
  askAll<K extends FromAgent['kind']>(
    messageFor: (shard: number) => ToAgent, answer: K, each: (answer: Answer<K>) => void, withinMs?: number,
  ): Promise<readonly Answer<K>[]> {
    return Promise.all(this.alive.map(async (line) => {
      const given = await line.ask(messageFor(line.shard), answer, withinMs)
      each(given)
      return given
    }))
  }

  tellAll(message: ToAgent): void { for (const line of this.alive) line.tell(message) }

  /** From now on whatever anyone was asked must be answered within so long. */
  expectAll(withinMs: number): void { for (const line of this.alive) line.expect(withinMs) }

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
    this.#watch = this.#clock.at(this.#clock.now() + LOOK_MS, () => {
      for (const line of this.alive) {
        if (line.look()) line.loseSilent()
      }
      this.#arm()
    })
  }
}
