// What the host tells a guest through the mail: which function to run, as what, and the answers to what it called.
import type { GuestPhase, Json } from '../../bindings/sdk/index.ts'
import { ANSWER, MAIL, MODE, PHASES } from './border.ts'
import type { Chance } from './chance.ts'
import type { GuestError, RunRequest } from './contract.ts'
import type { GuestContext } from './guest-context.ts'
import { failureOf, plainFacts, type PlainFacts } from './message.ts'

/** An answer that waits for the VU's turn. */
interface Answer {
  readonly id: number
  readonly kind: number
  readonly text: string | undefined
  readonly facts: PlainFacts | undefined
}

function answerOf(id: number, ok: boolean, value: Json | undefined): Answer {
  const facts = ok ? plainFacts(value) : undefined
  if (facts !== undefined) {
    return { id, kind: ANSWER.facts, text: facts.requestId === undefined ? facts.etag : facts.etag + facts.requestId, facts }
  }
  const told = ok ? value : failureOf(value)
  return { id, kind: ok ? ANSWER.text : ANSWER.failed, text: told === undefined ? undefined : JSON.stringify(told), facts: undefined }
}

export class Outbox {
  readonly #guest: GuestContext
  readonly #chance: Chance
  #answers: Answer[] = []

  constructor(guest: GuestContext, chance: Chance) {
    this.#guest = guest
    this.#chance = chance
  }

  /** True while answers wait. */
  get waiting(): boolean { return this.#answers.length > 0 }

  add(id: number, ok: boolean, value: Json | undefined): void { this.#answers.push(answerOf(id, ok, value)) }

  /** Nobody is there to hear them. */
  drop(): void { this.#answers = [] }

  /** Settles what was answered; the error the kernel threw, if it did. Within an entry. */
  deliver(): GuestError | undefined {
    const guest = this.#guest
    const answers = this.#answers
    this.#answers = []
    for (const { id, kind, text, facts } of answers) {
      guest.put(MAIL.id, id)
      guest.put(MAIL.kind, kind)
      if (facts !== undefined) {
        guest.put(MAIL.status, facts.status)
        guest.put(MAIL.bytes, facts.bytes)
        guest.put(MAIL.etagLength, facts.etag.length)
      }
      const thrown = guest.call('settle', text)
      if (thrown !== undefined) return thrown
    }
    return undefined
  }

  /** Tells the kernel which function to run. */
  writeRun({ argText, scenario, iteration, phase }: RunRequest, functionIndex: number): void {
    const guest = this.#guest
    guest.put(MAIL.id, functionIndex)
    guest.put(MAIL.mode, argText === undefined ? MODE.noData : MODE.hasData)
    this.writePlace(scenario, iteration, phase)
  }

  /** Tells the kernel, and chance, where its VU is. */
  writePlace(scenario: string | undefined, iteration: number, phase: GuestPhase): void {
    const guest = this.#guest
    const number = PHASES.indexOf(phase)
    guest.put(MAIL.iteration, iteration)
    guest.put(MAIL.phase, number)
    this.#chance.place(scenario, iteration, number)
  }
}
