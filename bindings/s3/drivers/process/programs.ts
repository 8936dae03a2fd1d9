// Programs that live as long as the VU they work for, one for each: what is asked of them, in time, and what becomes of one that hangs.
import type { Call, Clock, StorageError } from '../../../sdk/index.ts'
import type { S3Settings } from '../../settings.ts'
import type { Limit } from '../limit.ts'
import { Operations, orEnded, type Work } from './operations.ts'
import { Turns } from './turns.ts'

/** A program that was started and is ready. */
export interface Program {
  /** How many operations it takes at once; further ones wait for their turn. */
  readonly atOnce: number
  /** Why it can be asked nothing any more; undefined while it lives. */
  readonly gone: StorageError | undefined
  /** Lets it end, or ends it. */
  close(): Promise<void>
  /** Ends it at once, with what it is at. */
  kill(): void
}

/** One operation of a program. */
type ProgramWork<P, S, A, T> = Omit<Work<S, A, T>, 'ask'> & { ask(program: P, staged: S | undefined): Promise<A> }

/** A VU's place at a program. */
interface Seat<P> {
  readonly program: P
  readonly turns: Turns
  busy: number
  /** True once an operation on it was given up: what it is at can't be taken back, so nothing more is asked of it. */
  retired: boolean
}

export class ProgramPerVu<P extends Program> {
  readonly #start: () => Promise<P>
  readonly #operations: Operations
  readonly #byVu = new Map<AbortSignal, Promise<Seat<P>>>()
  readonly #followed = new WeakSet<AbortSignal>()
  readonly #programs = new Set<P>()
  #spare: Promise<P> | undefined

  constructor(start: () => Promise<P>, { settings, clock }: { readonly settings: S3Settings; readonly clock: Clock }) {
    this.#start = start
    this.#operations = new Operations(settings, clock)
  }

  /** Starts the first program, which the first VU gets. Throws StorageError where it can't be started. */
  async ready(): Promise<void> {
    this.#spare ??= this.#open()
    await this.#spare
  }

  /** An operation of the VU's program. */
  run<S, A, T>(what: string, call: Call, work: ProgramWork<P, S, A, T>): Promise<T> {
    return this.#operations.run<S, A, T>(what, call, {
      before: async (limit) => {
        await orEnded(this.#seatOf(call.signal), limit)
        return work.before?.(limit)
      },
      ask: (limit, staged) => this.#ask(call, limit, (program) => work.ask(program, staged)),
      after: (answer, staged) => work.after(answer, staged),
      ...(work.free === undefined ? {} : { free: work.free.bind(work) }),
    })
  }

  /** An operation that has a program of its own. */
  alone<S, A, T>(what: string, call: Call, work: Work<S, A, T>): Promise<T> { return this.#operations.run(what, call, work) }

  async close(): Promise<void> {
    this.#operations.close()
    await Promise.allSettled([...this.#byVu.values(), ...this.#spare === undefined ? [] : [this.#spare]])
    await Promise.all([...this.#programs].map((program) => program.close()))
    this.#programs.clear()
  }

  async #ask<A>(call: Call, limit: Limit, ask: (program: P) => Promise<A>): Promise<A> {
    for (;;) {
      const seat = await this.#seatAgain(call, limit)
      const done = await seat.turns.take(limit)
      try {
        if (seat.retired || seat.program.gone !== undefined) continue
        seat.busy++
        try {
          return await orEnded(ask(seat.program), limit)
        } finally {
          seat.busy--
          if (limit.ended !== undefined) seat.retired = true
          if (seat.retired && seat.busy === 0) this.#drop(seat.program)
        }
      } finally {
        done()
      }
    }
  }

  /** The VU's seat; where its program was lost meanwhile, starting another is not the operation's time. */
  async #seatAgain(call: Call, limit: Limit): Promise<Seat<P>> {
    const known = this.#byVu.get(call.signal)
    const seat = await known
    if (seat !== undefined && usable(seat)) return seat
    call.mark('staging')
    try {
      return await orEnded(this.#seatOf(call.signal), limit)
    } finally {
      call.mark('staged')
    }
  }

  async #seatOf(vu: AbortSignal): Promise<Seat<P>> {
    const known = this.#byVu.get(vu)
    if (known !== undefined && usable(await known)) return known
    const meanwhile = this.#byVu.get(vu)
    if (meanwhile !== undefined && meanwhile !== known) return meanwhile
    const opening = this.#seat()
    this.#byVu.set(vu, opening)
    opening.catch(() => { if (this.#byVu.get(vu) === opening) this.#byVu.delete(vu) })
    this.#follow(vu)
    return opening
  }

  async #seat(): Promise<Seat<P>> {
    const spare = this.#spare
    this.#spare = undefined
    const program = await (spare ?? this.#open())
    return { program, turns: new Turns(program.atOnce), busy: 0, retired: false }
  }

  async #open(): Promise<P> {
    const program = await this.#start()
    this.#programs.add(program)
    return program
  }

  /** A VU that is no more leaves no program behind. */
  #follow(vu: AbortSignal): void {
    if (this.#followed.has(vu)) return
    this.#followed.add(vu)
    const leave = (): void => {
      const seat = this.#byVu.get(vu)
      this.#byVu.delete(vu)
      seat?.then(({ program }) => { this.#drop(program) }, () => { /* It never came to be. */ })
    }
    vu.addEventListener('abort', leave, { once: true })
    if (vu.aborted) leave()
  }

  #drop(program: P): void {
    this.#programs.delete(program)
    program.kill()
  }
}

const usable = <P extends Program>(seat: Seat<P>): boolean => !seat.retired && seat.program.gone === undefined
