// What a sandbox is to those who use it: how it is opened, what a VU can be asked, what comes back.
import type { GuestPhase, Json } from '../../bindings/sdk/index.ts'
import type { CallOptions, IterationInfo } from '../../bindings/sdk/guest.ts'
import type { Running } from './running.ts'

/** An error a script caused, as the guest saw it. */
export interface GuestError {
  readonly name: string
  readonly message: string
  /** Raw: line and column are the bundle's. */
  readonly stack: string
  /**
   * `throw`: the script's own; `storage`: a store's, uncaught; `slice`: too long without awaiting; `memory`: over its limit;
   * `module`: its WASM module was lost; `interrupted`: the host ended it.
   */
  readonly kind: 'throw' | 'slice' | 'memory' | 'module' | 'timeout' | 'interrupted' | 'storage'
}

export interface SandboxOptions {
  readonly bundle: { readonly code: string; readonly name: string }
  /** Heap of one VU, bytes. */
  readonly memoryLimitBytes: number
  /** How long one entry into a VU may take, promise jobs included, ms. */
  readonly sliceLimitMs: number
  /** The same for init code, which parses what the run needs; default: 2 s, or the slice limit where that is longer. */
  readonly initLimitMs?: number
  /**
   * QuickJS's own stack, bytes; default and maximum 256 KiB. It holds only where the process's stack is far larger (Node's
   * `--stack-size=7600` at `ulimit -s` 8192): on Node's default of 984 KiB deep recursion in the engine (a parser, a serialiser)
   * ends in V8's stack first, which costs the WASM module and all its VUs.
   */
  readonly stackSizeBytes?: number
  /** Live heap up to which a WASM module takes VUs, bytes; default 1.2 GiB, of the 2 GiB a module can have. */
  readonly moduleHeapBytes?: number
  /** At most this many modules; default 8. */
  readonly modulesMax?: number
  /** What `Date` of the VUs says, ms since the Unix epoch; default: the machine's own. The limits above are always the machine's time. */
  readonly epochMs?: () => number
  /** Where other threads can see which VU is entered (running.ts). */
  readonly running?: Running
  /** A WASM module was lost, and all VUs in it; called before they are told. */
  readonly onModuleAbort?: (vu: number, reason: string, vusLost: number) => void
}

export interface VuOptions {
  /** `__VU`: from 1; 0 in runs outside the load. */
  readonly id: number
  readonly seed: number
  readonly env: Readonly<Record<string, string>>
  readonly phase: GuestPhase
}

/** Something nobody waited for: a call, or tracked work. */
export interface Unawaited {
  readonly operation: string
  /** Raw stack of the place that began it. */
  readonly stack: string
}

/** The host's side of one VU. */
export interface GuestHost {
  /**
   * A message of the guest's. `id` 0: an ask or a note; what is returned goes back to an ask, an Error thrown gives it its message.
   * `id` > 0: answered later, by `vu.settle(id, …)`. Must not enter the guest.
   */
  call(vu: GuestVu, id: number, operation: string, args: readonly Json[], options: CallOptions | undefined): Json | undefined
  /**
   * Something was not awaited; told once per place in a sandbox. Without this method it becomes a `core.log` warning.
   */
  unawaited?(vu: GuestVu, what: Unawaited): void
}

export interface RunRequest {
  readonly fn: string
  /** JSON text of the function's argument; undefined: called without one. Parsed once per VU while it stays the same. */
  readonly argText: string | undefined
  readonly phase: GuestPhase
  /** `__ITER`; -1 outside iterations. */
  readonly iteration: number
  /** The name the iteration's random numbers follow from; undefined outside iterations. */
  readonly scenario: string | undefined
  /** Asked when the script first wants to know, at most once a run. */
  readonly info: (() => IterationInfo) | undefined
  /** Laid over the VU's own environment; compared by identity. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Whether the value the function returns is wanted. */
  readonly wantValue?: boolean
}

export type GuestResult =
  | {
    readonly ok: true
    /** JSON text of what the function returned; undefined when it returned nothing JSON can say, or was not asked for. */
    readonly valueText: string | undefined
    readonly lateErrors: readonly GuestError[]
  }
  | { readonly ok: false; readonly error: GuestError; readonly lateErrors: readonly GuestError[] }

/** One VU: a QuickJS runtime of its own with the bundle evaluated in it. */
export interface GuestVu extends Disposable {
  readonly id: number
  /** Names of the exported functions. */
  readonly functions: readonly string[]
  /** The script's `options`; null when it has none. */
  readonly options: Json
  /** Why the VU is gone, if it is: it must be opened anew. */
  readonly broken: GuestError | undefined
  /** Bytes of the VU's heap in use. */
  readonly heapBytes: number
  /**
   * Runs an exported function. Resolves when it and all it began have ended; never rejects. One at a time: throws when another is
   * under way. Never resolves before the event loop has turned or an operation was answered, so that a loop of runs starves nobody.
   */
  run(request: RunRequest): Promise<GuestResult>
  /**
   * Answers a call. Delivered at the end of this turn of the event loop, all answers of a VU in one entry. A late or wrong id does
   * nothing.
   */
  settle(id: number, ok: boolean, value: Json | undefined): void
  /**
   * Ends the run under way as 'interrupted'; answers to what it began do nothing any more. The VU can run again. One whose init code
   * still awaits something is not opened: `openVu` rejects.
   */
  interrupt(): void
}
