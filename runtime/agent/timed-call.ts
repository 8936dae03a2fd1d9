// One operation while it is under way: the moments its driver marks, and the VU that called it.
import type { Call, CallOptions, Clock, Json, Meter, Outcome, Phase, Tags } from '../../bindings/sdk/index.ts'
import type { OpEntry } from './op-log.ts'
import type { Origin } from './op-record.ts'
import type { OpenSession } from './sessions.ts'

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

/** Runs steps of an operation, or counts those that were run. */
export interface Stepper {
  step(whole: TimedCall, op: string, run: (call: Call) => Promise<Outcome>): Promise<Outcome>
  meter(whole: TimedCall): Meter
}

/**
 * The driver's view of one operation; keeps the moments it marks, and what its VU was at when it called: a VU that was interrupted
 * meanwhile may be at something else by the time the operation ends.
 */
export class TimedCall implements Call {
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
  #submitted: number | undefined
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
      case 'submitted': this.#submitted ??= this.now(); break
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
  get vu(): number { return this.caller.origin().vu }
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
    return this.#stepper.step(this, op, run)
  }
  meter(): Meter {
    this.composite = true
    return this.#stepper.meter(this)
  }
  /** The moment it was handed to the storage, where its driver told. */
  get submitted(): number | undefined { return this.#submitted }
  get connectingMs(): number | undefined {
    return this.#dialed === undefined || this.#connected === undefined ? undefined : this.#connected - this.#dialed
  }
  get tlsMs(): number | undefined {
    return this.#connected === undefined || this.#secured === undefined ? undefined : this.#secured - this.#connected
  }
}
