// From an operation a script called to the driver and back: the only place that times.
import {
  STORAGE_CODES, StorageError,
  type Call, type CallOptions, type Clock, type Json, type JsonObject, type Meter, type Outcome, type Sample, type Tags,
} from '../../bindings/sdk/index.ts'
import type { Slowest, SlowOperation } from '../metrics/slowest.ts'
import type { OpLog } from './op-log.ts'
import type { OpenSession, Sessions } from './sessions.ts'
import { TimedCall, type Caller, type Stepper } from './timed-call.ts'

/** What the guest is told about a failed operation. */
const failureOf = (error: StorageError, operation: string): JsonObject => ({
  code: error.code, message: error.message, operation,
  ...(error.detail === undefined ? {} : { detail: error.detail }),
  ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
})

const CODES: ReadonlySet<string> = new Set(STORAGE_CODES)

export class Dispatcher {
  readonly #sessions: Sessions
  readonly #clock: Clock
  readonly #emit: (sample: Sample, tags: Tags) => void
  readonly #names = new Map<string, { readonly workload: string; readonly op: string }>()
  readonly #log: OpLog | undefined
  readonly #slowest: Slowest | undefined
  readonly #stepper: Stepper = { step: (whole, op, run) => this.#step(whole, op, run), meter: (whole) => this.#meter(whole) }

  constructor(sessions: Sessions, clock: Clock, emit: (sample: Sample, tags: Tags) => void, log?: OpLog, slowest?: Slowest) {
    this.#sessions = sessions
    this.#clock = clock
    this.#emit = emit
    this.#log = log
    this.#slowest = slowest
  }

  /** Starts `s3.get` and its like; the caller is answered when it has ended. Never throws for what came out of a sandbox. */
  start(operation: string, args: readonly Json[], options: CallOptions | undefined, id: number, caller: Caller): void {
    const call = new TimedCall(caller, options, this.#clock, this.#stepper)
    const { workload, op } = this.#nameOf(operation)
    if (this.#log !== undefined) call.entry = this.#log.begin(workload, op, call.due, caller.origin())
    const unknown = options?.expect?.find((code) => !CODES.has(code))
    if (unknown !== undefined) {
      const error = new StorageError('invalid', `expect: there is no code '${unknown}'; there are ${STORAGE_CODES.join(', ')}`)
      this.#refuse(error, call, operation, id, caller)
      return
    }
    let open: OpenSession | Promise<OpenSession>
    try {
      open = this.#sessions.get(workload, args[0])
    } catch (error) {
      this.#refuse(error, call, operation, id, caller)
      return
    }
    if (open instanceof Promise) {
      open.then((session) => { this.#run(session, call, op, operation, args, id, caller, this.#clock.now()) },
        (error: unknown) => { this.#refuse(error, call, operation, id, caller) })
    } else this.#run(open, call, op, operation, args, id, caller, call.asked)
  }

  #run(
    open: OpenSession, call: TimedCall, op: string, operation: string, args: readonly Json[], id: number, caller: Caller, started: number,
  ): void {
    const given = args.slice(1)
    call.entry?.started(open, given, started)
    call.open = open
    call.op = op
    call.given = given
    open.session.run(op, given, call).then(
      (outcome) => {
        this.#ended(open, call, op, started, 'ok', outcome)
        caller.answer(id, true, outcome.reply)
      },
      (error: unknown) => {
        if (!(error instanceof StorageError)) { caller.bug(error); return }
        this.#ended(open, call, op, started, error.code, undefined, error)
        caller.answer(id, false, failureOf(error, operation))
      })
  }

  /** Runs a step of an operation made of several: timed, logged and counted as one of its own, due when it is begun. */
  async #step(whole: TimedCall, op: string, run: (call: Call) => Promise<Outcome>): Promise<Outcome> {
    const { caller, options, open } = whole
    if (open === undefined) throw new TypeError('an operation that was not begun has no steps')
    const call = new TimedCall(caller, options, this.#clock, this.#stepper)
    const started = this.#clock.now()
    call.op = whole.op
    call.given = whole.given
    if (this.#log !== undefined) {
      call.entry = this.#log.begin(open.workload, op, call.due, caller.origin())
      call.entry.startedWithin(open, whole.entry, started)
    }
    try {
      const outcome = await run(call)
      this.#ended(open, call, op, started, 'ok', outcome)
      return outcome
    } catch (error) {
      if (error instanceof StorageError) this.#ended(open, call, op, started, error.code, undefined, error)
      throw error
    }
  }

  /** What counts the steps of an operation that times them itself. */
  #meter({ caller, open, signal, tags, measured }: TimedCall): Meter {
    if (open === undefined) throw new TypeError('an operation that was not begun has no steps')
    const { workload, driver, target } = open
    return {
      count: ({ op, due, paced, started, submitted, ended, bytesIn, bytesOut, verified, error, subject }) => {
        const code = error === undefined ? 'ok' : error.code
        if (this.#log !== undefined) {
          const entry = this.#log.begin(workload, op, due, caller.origin())
          entry.metered(open, subject(), started)
          const outcome = error === undefined ? { reply: {}, bytesIn, bytesOut } : undefined
          entry.ended({ code, firstByteMs: undefined, endedMs: ended, attempts: 1, outcome, error })
        }
        if (!measured || (code === 'cancelled' && signal.aborted)) return
        this.#emit({
          workload, op, driver, target, due: Math.min(due, started), paced, started, firstByte: undefined, ended,
          bytesIn, bytesOut, wireIn: bytesIn, wireOut: bytesOut, submissionMs: submitted - started, code, verified, expected: false,
        }, tags)
      },
    }
  }

  /** Logs and counts an operation that has ended. */
  #ended(
    open: OpenSession, call: TimedCall, op: string, started: number, code: Sample['code'], outcome: Outcome | undefined,
    error?: StorageError,
  ): void {
    const ended = call.now()
    const { options } = call
    call.entry?.ended({ code, firstByteMs: call.firstByte, endedMs: ended, attempts: call.retries + 1, outcome, error })
    if (!call.measured || (code === 'cancelled' && call.signal.aborted)) return
    const bytesIn = outcome?.bytesIn ?? 0
    const bytesOut = outcome?.bytesOut ?? 0
    this.#emit({
      workload: open.workload, op, driver: open.driver, target: open.target,
      due: Math.min(call.due, started), paced: call.paced, started, firstByte: call.firstByte, ended,
      bytesIn, bytesOut, wireIn: outcome?.wireIn ?? bytesIn, wireOut: outcome?.wireOut ?? bytesOut,
      connectingMs: call.connectingMs, tlsMs: call.tlsMs, stagingMs: call.stagingMs, retries: call.retries,
      submissionMs: call.submitted === undefined ? undefined : call.submitted - started,
      endpoint: open.session.severalEndpoints === true ? outcome?.endpoint ?? error?.endpoint : undefined,
      code, verified: outcome?.verified ?? false, expected: code !== 'ok' && (options?.expect?.includes(code) ?? false),
      composite: call.composite,
    }, call.tags)
    if (this.#slowest !== undefined && ended - started > this.#slowest.floorMs && !call.composite) {
      this.#slow(this.#slowest, open, call, { op, code, startMs: started, durationMs: ended - started }, outcome ?? error)
    }
  }

  /** Writes down what is known of an operation that is one of the slowest so far. */
  #slow(
    slowest: Slowest, { workload, target, driver, session }: OpenSession, { op, given, tags, caller }: TimedCall,
    seen: Pick<SlowOperation, 'op' | 'code' | 'startMs' | 'durationMs'>, end: Pick<Outcome, 'requestId' | 'endpoint'> | undefined,
  ): void {
    const { vu, iteration } = caller.origin()
    const endpoint = end?.endpoint ?? session.endpoint
    const key = session.subject?.(op, given).key
    slowest.add({
      workload, target, driver, ...seen, vu, iteration,
      ...(key === undefined ? {} : { key }), ...(endpoint === undefined ? {} : { endpoint }),
      ...(end?.requestId === undefined ? {} : { requestId: end.requestId }),
      ...(tags['scenario'] === undefined ? {} : { scenario: tags['scenario'] }),
    })
  }

  /** An operation that never reached a store: a target or driver that isn't there. */
  #refuse(error: unknown, call: TimedCall, operation: string, id: number, caller: Caller): void {
    if (!(error instanceof StorageError)) { caller.bug(error); return }
    call.entry?.ended({ code: error.code, firstByteMs: undefined, endedMs: this.#clock.now(), attempts: 0, outcome: undefined, error })
    caller.answer(id, false, failureOf(error, operation))
  }

  #nameOf(operation: string): { readonly workload: string; readonly op: string } {
    let name = this.#names.get(operation)
    if (name === undefined) {
      const dot = operation.indexOf('.')
      name = { workload: operation.slice(0, dot), op: operation.slice(dot + 1) }
      // What a guest sends could be any text: only names that exist are worth keeping.
      if (this.#names.size < 1000) this.#names.set(operation, name)
    }
    return name
  }
}
