// From an operation a script called to the driver and back: the only place that times.
import {
  STORAGE_CODES, StorageError,
  type Call, type CallOptions, type Clock, type Json, type JsonObject, type Outcome, type Phase, type Sample, type Tags,
} from '../../bindings/sdk/index.ts'
import type { OpEntry, OpLog } from './op-log.ts'
import type { Slowest, SlowOperation } from '../metrics/slowest.ts'
import type { Origin } from './op-record.ts'
import type { OpenSession, Sessions } from './sessions.ts'

/** What a measured operation needs to know of the VU that called it. */
export interface Caller {
  readonly signal: AbortSignal
  /** Tags its samples carry (scenario, group, custom): an object that stays the same while the tags do. */
  readonly tags: Tags
  /** False in setup and teardown: what they do is not the load. */
  readonly measured: boolean
  /** True in an iteration of an open model: one that was due at a moment. */
  readonly paced: boolean
  /** Where it is; asked only while an op log is written. */
  origin(): Origin
  /** The iteration's due moment, while its first operation has not been called; undefined after. Taken once. */
  takeDue(): number | undefined
  answer(id: number, ok: boolean, value: Json | undefined): void
  /** Something that is not the store's answer went wrong: a bug of ours. */
  bug(error: unknown): void
}

/** Runs a step of an operation, and counts it. */
type Stepper = (whole: TimedCall, op: string, run: (call: Call) => Promise<Outcome>) => Promise<Outcome>

/**
 * The driver's view of one operation; keeps the moments it marks, and what its VU was at when it called: a VU that was interrupted
 * meanwhile may be at something else by the time the operation ends.
 */
class TimedCall implements Call {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** When it was called. */
  readonly asked: number
  readonly due: number
  readonly tags: Tags
  readonly measured: boolean
  readonly paced: boolean
  readonly #clock: Clock
  firstByte: number | undefined
  retries = 0
  #dialed: number | undefined
  #connected: number | undefined
  #secured: number | undefined
  /** How long its driver was at files so far; since when it is. */
  #stagedMs = 0
  #stagingSince: number | undefined
  /** The operation in the op log, while one is written. */
  entry: OpEntry | undefined
  /** True once a step of it was begun: it is made of several, which are counted one by one. */
  composite = false
  /** The session it is run on, once it is. */
  open: OpenSession | undefined
  /** What the script called and with which arguments: a step's are those of the whole. */
  op = ''
  given: readonly Json[] = []
  readonly caller: Caller
  readonly options: CallOptions | undefined
  readonly #stepper: Stepper

  constructor(caller: Caller, options: CallOptions | undefined, clock: Clock, stepper: Stepper) {
    this.#clock = clock
    this.#stepper = stepper
    this.caller = caller
    this.options = options
    this.signal = caller.signal
    this.timeoutMs = options?.timeoutMs ?? 0
    this.asked = clock.now()
    this.due = caller.takeDue() ?? this.asked
    this.tags = options?.tags === undefined ? caller.tags : { ...caller.tags, ...options.tags }
    this.measured = caller.measured
    this.paced = caller.paced
  }
  mark(phase: Phase): void {
    switch (phase) {
      case 'first_byte': this.firstByte ??= this.now(); break
      case 'dial': this.#dialed ??= this.now(); break
      case 'connect': this.#connected ??= this.now(); break
      case 'tls': this.#secured ??= this.now(); break
      case 'staging': this.#stagingSince ??= this.#clock.now(); break
      case 'staged': this.#endStaging(); break
      case 'retry':
        this.retries++
        this.firstByte = undefined
        break
      default: phase satisfies never
    }
  }
  /** The moment on the operation's own clock, which stands still while its driver is at files. */
  now(): number { return (this.#stagingSince ?? this.#clock.now()) - this.#stagedMs }
  /** How long its driver was at files; undefined where it was not. */
  get stagingMs(): number | undefined {
    this.#endStaging()
    return this.#stagedMs > 0 ? this.#stagedMs : undefined
  }
  #endStaging(): void {
    if (this.#stagingSince === undefined) return
    this.#stagedMs += this.#clock.now() - this.#stagingSince
    this.#stagingSince = undefined
  }
  step(op: string, run: (call: Call) => Promise<Outcome>): Promise<Outcome> {
    this.composite = true
    return this.#stepper(this, op, run)
  }
  get connectingMs(): number | undefined {
    return this.#dialed === undefined || this.#connected === undefined ? undefined : this.#connected - this.#dialed
  }
  get tlsMs(): number | undefined {
    return this.#connected === undefined || this.#secured === undefined ? undefined : this.#secured - this.#connected
  }
}

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
  readonly #stepper: Stepper = (whole, op, run) => this.#step(whole, op, run)

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
