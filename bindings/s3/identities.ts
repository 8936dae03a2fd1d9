// A target with a list of users: each VU is one of them, and what is done once for the run is done with the target's own keys.
import { StorageError, type Call, type Json, type Outcome, type PrepareReport, type Session } from '../sdk/index.ts'
import { Around } from './around.ts'

export class Identities extends Around {
  readonly #users: readonly Session[]

  /** `own`: with the target's own keys; `users`: with those of each of the list. */
  constructor(own: Session, users: readonly Session[]) {
    super(own)
    this.#users = users
  }

  run(op: string, args: readonly Json[], call: Call): Promise<Outcome> { return this.#sessionOf(call.vu ?? 0).run(op, args, call) }

  /** Who may not do what the run needs is to be known before it begins. */
  override async prepare(signal: AbortSignal): Promise<PrepareReport> {
    const report = await super.prepare(signal)
    for (const [index, session] of this.#users.entries()) {
      try {
        await session.prepare(signal)
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        const { code, detail } = error
        throw new StorageError(code, `identities[${index}]: ${error.message}`, { cause: error, ...detail === undefined ? {} : { detail } })
      }
    }
    return report
  }

  override async close(): Promise<void> { await Promise.all([super.close(), ...this.#users.map((session) => session.close())]) }

  /** VU 1 is the first of the list, and so on in turn, whatever shard it is in; outside VUs it is the target itself. */
  #sessionOf(vu: number): Session {
    return vu <= 0 ? this.within : this.#users[(vu - 1) % this.#users.length] ?? this.within
  }
}
