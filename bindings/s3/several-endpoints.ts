// A target with several endpoints: one session each, and which of them an operation goes to.
import {
  StorageError, type Call, type CleanupOptions, type CleanupReport, type Clock, type Json, type Outcome, type PrepareReport, type Session,
  type Subject,
} from '../sdk/index.ts'
import { asError, rejected } from './errors.ts'
import type { EndpointSelection } from './settings.ts'

/** One that could not be reached is left alone for so long, and is then tried by one operation. */
const REST_MS = 1000

interface Member {
  readonly session: Session
  readonly endpoint: string
  inFlight: number
  /** Until when it is left alone; 0 = it can be reached, as far as is known. */
  restsUntil: number
}

export interface SeveralOptions {
  /** One for each endpoint, in the order of the target. */
  readonly sessions: readonly Session[]
  readonly selection: EndpointSelection
  readonly clock: Clock
  /** Where to begin: shards begin at different endpoints. */
  readonly first: number
}

export class SeveralEndpoints implements Session {
  readonly severalEndpoints = true
  readonly driver: string
  readonly #members: readonly [Member, ...Member[]]
  readonly #selection: EndpointSelection
  readonly #clock: Clock
  /** Which endpoint each VU keeps to, by the signal that is the VU's own. */
  readonly #homes = new WeakMap<AbortSignal, number>()
  #next: number

  constructor({ sessions, selection, clock, first }: SeveralOptions) {
    const members = sessions.map((session): Member => ({ session, endpoint: session.endpoint ?? '', inFlight: 0, restsUntil: 0 }))
    this.#members = members as [Member, ...Member[]]
    this.driver = this.#members[0].session.driver
    this.#selection = selection
    this.#clock = clock
    this.#next = first % members.length
  }

  run(op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    const member = this.#choose(call.signal)
    member.inFlight++
    return member.session.run(op, args, call).then((outcome) => {
      member.inFlight--
      member.restsUntil = 0
      return outcome
    }, (error: unknown) => {
      member.inFlight--
      return rejected(this.#told(error, member))
    })
  }

  subject(op: string, args: readonly Json[]): Subject { return this.#members[0].session.subject?.(op, args) ?? {} }

  /** One that can't be reached now is no reason not to begin, as long as another can. */
  async prepare(signal: AbortSignal): Promise<PrepareReport> {
    const prepared = await Promise.allSettled(this.#members.map(({ session }) => session.prepare(signal)))
    let made = false
    const refused: Error[] = []
    for (const [index, result] of prepared.entries()) {
      if (result.status === 'fulfilled') made = made || result.value.made
      else refused.push(asError(this.#told(result.reason, this.#members[index] ?? this.#members[0])))
    }
    const worst = refused.find((error) => !isUnreachable(error)) ?? (refused.length === this.#members.length ? refused[0] : undefined)
    if (worst !== undefined) throw worst
    return { made }
  }

  /** All endpoints lead to one bucket: the first that gets everything done is enough. */
  async cleanup(signal: AbortSignal, options: CleanupOptions = {}): Promise<CleanupReport> {
    let report: CleanupReport | undefined
    let deleted = 0
    for (const { session } of [...this.#members].sort((a, b) => a.restsUntil - b.restsUntil)) {
      const before = deleted
      const { onDeleted } = options
      const counted = onDeleted === undefined ? options : { ...options, onDeleted: (count: number) => { onDeleted(before + count) } }
      report = await session.cleanup(signal, counted)
      deleted += report.deleted
      if (report.remaining === 0 || signal.aborted) break
    }
    return report === undefined ? { deleted, remaining: undefined } : { ...report, deleted }
  }

  async close(): Promise<void> { await Promise.all(this.#members.map(({ session }) => session.close())) }

  #choose(signal: AbortSignal): Member {
    const start = this.#start(signal)
    const now = this.#clock.now()
    const { length } = this.#members
    for (let step = 0; step < length; step++) {
      const index = (start + step) % length
      const member = this.#members[index]
      if (member === undefined || member.restsUntil > now) continue
      // The turn of one that rests is not the next one's own.
      if (this.#selection !== 'per_vu') this.#next = (index + 1) % length
      // The one that tries it: others leave it alone until it has an answer.
      if (member.restsUntil > 0) member.restsUntil = now + REST_MS
      return member
    }
    return this.#members[start] ?? this.#members[0]
  }

  #start(signal: AbortSignal): number {
    const turn = this.#next
    switch (this.#selection) {
      case 'round_robin': this.#next = (turn + 1) % this.#members.length; return turn
      case 'least_in_flight': this.#next = (turn + 1) % this.#members.length; return this.#leastFrom(turn)
      case 'per_vu': {
        let home = this.#homes.get(signal)
        if (home === undefined) {
          home = turn
          this.#homes.set(signal, home)
          this.#next = (turn + 1) % this.#members.length
        }
        return home
      }
      default: return this.#selection satisfies never
    }
  }

  /** Of those with the fewest operations open the next in turn; those that rest don't count. */
  #leastFrom(turn: number): number {
    const now = this.#clock.now()
    const { length } = this.#members
    let best = turn
    let least = Infinity
    for (let step = 0; step < length; step++) {
      const index = (turn + step) % length
      const member = this.#members[index]
      if (member !== undefined && member.restsUntil <= now && member.inFlight < least) {
        least = member.inFlight
        best = index
      }
    }
    return best
  }

  /** The error with its endpoint, where a store or the way to it caused it; notes that one can't be reached. */
  #told(error: unknown, member: Member): unknown {
    if (!(error instanceof StorageError)) return error
    if (isUnreachable(error)) member.restsUntil = this.#clock.now() + REST_MS
    else if (error.code !== 'cancelled') member.restsUntil = 0
    if (error.endpoint !== undefined || ['invalid', 'unsupported', 'cancelled'].includes(error.code)) return error
    const { code, message, detail, requestId } = error
    return new StorageError(code, message, {
      endpoint: member.endpoint, cause: error, ...(detail === undefined ? {} : { detail }),
      ...(requestId === undefined ? {} : { requestId }),
    })
  }
}

const isUnreachable = (error: unknown): boolean => error instanceof StorageError && error.code === 'unreachable'
