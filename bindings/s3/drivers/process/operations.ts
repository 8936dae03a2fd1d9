// Operations that a program does: each within its time, with what is staged in files before and after it kept out of that time.
import type { Call, Clock } from '../../../sdk/index.ts'
import type { S3Settings } from '../../settings.ts'
import { Limit, cancelled } from '../limit.ts'

/** One operation. What comes before and after asking is not its time, and is measured apart. */
export interface Work<S, A, T> {
  /** Makes what the program needs beside words: a file. */
  before?(limit: Limit): Promise<S | undefined>
  /** The only part that is the operation. */
  ask(limit: Limit, staged: S | undefined): Promise<A>
  /** Makes the facts of the answer: reads what the program wrote. */
  after(answer: A, staged: S | undefined): Promise<T> | T
  /** Frees what was made before, however the operation ended. */
  free?(staged: S): Promise<void>
}

export class Operations {
  readonly #clock: Clock
  readonly #settings: S3Settings
  readonly #inFlight = new Map<Limit, string>()
  #closed = false

  constructor(settings: S3Settings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  async run<S, A, T>(what: string, call: Call, work: Work<S, A, T>): Promise<T> {
    if (this.#closed || call.signal.aborted) throw cancelled(what)
    const { timeoutMs, endpoint } = this.#settings
    const limit = new Limit({ what, call, clock: this.#clock, timeoutMs, endpoint: endpoint.url })
    this.#inFlight.set(limit, what)
    let staged: S | undefined
    try {
      call.mark('staging')
      staged = await work.before?.(limit)
      call.mark('staged')
      if (limit.ended !== undefined) throw limit.ended
      limit.begin()
      const answer = await orEnded(work.ask(limit, staged), limit)
      limit.close()
      call.mark('staging')
      return await work.after(answer, staged)
    } catch (error) {
      throw limit.ended ?? error
    } finally {
      limit.close()
      this.#inFlight.delete(limit)
      call.mark('staging')
      if (staged !== undefined) await work.free?.(staged)
      call.mark('staged')
    }
  }

  /** Ends all that go on, with code `cancelled`; further ones too. */
  close(): void {
    this.#closed = true
    for (const [limit, what] of this.#inFlight) limit.stop(cancelled(what))
  }
}

/** What a promise comes to, unless the operation ends before. */
export async function orEnded<T>(promise: Promise<T>, limit: Limit): Promise<T> {
  let leave: (() => void) | undefined
  const ended = new Promise<never>((_, reject) => {
    leave = () => { reject(limit.ended ?? new TypeError('an operation that ended has a reason')) }
    limit.signal.addEventListener('abort', leave, { once: true })
    if (limit.signal.aborted) leave()
  })
  try {
    return await Promise.race([promise, ended])
  } finally {
    if (leave !== undefined) limit.signal.removeEventListener('abort', leave)
  }
}
