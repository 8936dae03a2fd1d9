// What a guest posts, on its way to the host: checked, named, answered; and what it left to be told.
import type { JSValuePointer } from 'quickjs-emscripten'
import type { IterationInfo } from '../../bindings/sdk/guest.ts'
import type { Json } from '../../bindings/sdk/index.ts'
import { LEFT, MAIL, MESSAGE } from './border.ts'
import type { Chance } from './chance.ts'
import type { GuestError, GuestHost, GuestVu, Unawaited } from './contract.ts'
import type { GuestContext } from './guest-context.ts'
import { OperationNames, parse, readArguments, readNotes, readOptions } from './message.ts'

/** What a run's errors beyond its own are cut at. */
const LATE_ERRORS_MAX = 100
/** More than a kernel of ours ever has to tell: one that goes on is none, and must not keep the host. */
const LEFT_MAX = 70_000
/** `MAIL.kind` after an ask that was refused: no message has it. */
const REFUSED = -1

export interface InboxParts {
  readonly vu: GuestVu
  readonly guest: GuestContext
  readonly host: GuestHost
  /** One copy of each operation's name for all VUs. */
  readonly names: Map<string, string>
  readonly isNews: (what: Unawaited) => boolean
  readonly info: () => IterationInfo | undefined
  readonly chance: Chance
}

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

export class Inbox {
  readonly #o: InboxParts
  readonly #names: OperationNames
  #late: GuestError[] = []
  /** The value last sent with a name. */
  #value: Json = null

  constructor(parts: InboxParts) {
    this.#o = parts
    this.#names = new OperationNames(parts.names)
  }

  /** `post` was called. Never throws; returns a string for the guest to own, or 0. */
  posted(argc: number, argv: JSValuePointer): number {
    const { guest, info } = this.#o
    const kind = guest.get(MAIL.kind)
    try {
      switch (kind) {
        case MESSAGE.named: return this.#named(argv, argc > 1, false)
        case MESSAGE.again: return this.#named(argv, false, true)
        case MESSAGE.call: this.#call(argc, argv); return 0
        case MESSAGE.notes: this.#notes(guest.argument(argv, 0)); return 0
        case MESSAGE.name: this.#names.add(guest.argument(argv, 0)); return 0
        case MESSAGE.random: guest.put(MAIL.drawn, this.#o.chance.fraction()); return 0
        case MESSAGE.info: return guest.answer(JSON.stringify(info() ?? null))
        default: return this.#ask(argv)
      }
    } catch (error) {
      if (kind !== MESSAGE.ask) {
        this.#addLate(messageOf(error))
        return 0
      }
      guest.put(MAIL.kind, REFUSED)
      return guest.answer(messageOf(error))
    }
  }

  /** Failures of this run that nobody in the script saw; taken once. */
  takeLate(): readonly GuestError[] {
    const late = this.#late
    this.#late = []
    return late
  }

  /** Fetches what the guest has left to tell: failures nobody saw, things nobody waited for. Within an entry, after the run's end. */
  takeLeft(): void {
    const { guest } = this.#o
    const told = new Set<bigint>()
    if (guest.get(MAIL.left) !== 0) this.#takeTold(told)
    if (guest.anyRejected) this.#keep(guest.takeRejected(told))
  }

  #takeTold(told: Set<bigint>): void {
    const { guest } = this.#o
    for (let n = 0; n < LEFT_MAX; n++) {
      const left = guest.errorOf('left', told)
      switch (guest.get(MAIL.kind)) {
        case LEFT.late: this.#keep([left]); break
        case LEFT.unawaited: this.#tellUnawaited(left.message); break
        default: return
      }
    }
  }

  #keep(errors: readonly GuestError[]): void {
    for (const error of errors) if (this.#late.length < LATE_ERRORS_MAX) this.#late.push(error)
  }

  #call(argc: number, argv: JSValuePointer): void {
    const { guest, host, vu } = this.#o
    const id = guest.get(MAIL.id)
    try {
      const operation = this.#names.at(guest.get(MAIL.operation))
      const args = readArguments(operation, guest.argument(argv, 0))
      host.call(vu, id, operation, args, argc < 2 ? undefined : readOptions(operation, guest.argument(argv, 1)))
    } catch (error) {
      vu.settle(id, false, { message: messageOf(error) })
    }
  }

  /** A call whose first argument needs no JSON. Gives a text for the guest when the name did not arrive whole, else 0. */
  #named(argv: JSValuePointer, hasValue: boolean, isAgain: boolean): number {
    const { guest, host, vu } = this.#o
    const id = guest.get(MAIL.id)
    const number = guest.get(MAIL.operation)
    const name = guest.argument(argv, 0)
    const text = hasValue ? guest.argument(argv, 1) : undefined
    try {
      const operation = this.#names.at(number)
      if (text !== undefined) this.#value = parse(operation, text)
      if (name === '' || name.length !== guest.get(MAIL.length)) return guest.answer('not whole')
      host.call(vu, id, operation, hasValue || isAgain ? [null, name, this.#value] : [null, name], undefined)
    } catch (error) {
      vu.settle(id, false, { message: messageOf(error) })
    }
    return 0
  }

  #ask(argv: JSValuePointer): number {
    const { guest, host, vu } = this.#o
    const operation = this.#names.at(guest.get(MAIL.operation))
    const value = host.call(vu, 0, operation, readArguments(operation, guest.argument(argv, 0)), undefined)
    return value === undefined ? 0 : guest.answer(JSON.stringify(value))
  }

  #notes(text: string): void {
    const { host, vu } = this.#o
    for (const [operation, args] of readNotes(text)) {
      try {
        host.call(vu, 0, this.#names.at(operation), args, undefined)
      } catch (error) {
        this.#addLate(messageOf(error))
      }
    }
  }

  #addLate(message: string): void {
    this.#keep([{ kind: 'throw', name: 'Error', message, stack: '' }])
  }

  #tellUnawaited(text: string): void {
    const { host, isNews, vu } = this.#o
    const end = text.indexOf('\n')
    const what: Unawaited = { operation: text.slice(0, end), stack: text.slice(end + 1) }
    if (!isNews(what)) return
    const line = `${what.operation} was not awaited: a failure of it would go unseen by the script`
    try {
      if (host.unawaited !== undefined) host.unawaited(vu, what)
      else host.call(vu, 0, 'core.log', ['warn', `${line}\n${what.stack}`], undefined)
    } catch (error) {
      this.#addLate(`${line} (${messageOf(error)})`)
    }
  }
}
