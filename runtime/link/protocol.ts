// The conversation between the coordinator and an agent: every message, in the order it can come.
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import type { Inspection, Plan } from '../plan/plan.ts'
import type { Snapshot } from '../metrics/snapshot.ts'

/** The script as one bundled module, ready to evaluate. */
export interface Bundle {
  readonly code: string
  /** SHA-256 of the code, hex: names the bundle. */
  readonly digest: string
  /** The name stack frames carry for it. */
  readonly name: string
}

/** What init code may read: real paths of folders, and the folder relative paths start from for each source file. */
export interface FileAccess {
  readonly roots: readonly string[]
  readonly scriptFolder: string
}

/** Where the storage is, secrets included: travels to agents, is never stored or printed. */
export interface TargetSettings {
  /** The target used when a script names none. */
  readonly default: string
  /** Target name -> workload name -> configuration. */
  readonly targets: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>
}

/** A store a shard has used, as sessions are named. */
export interface StoreName { readonly workload: string; readonly target: string; readonly driver: string }

/** A store to delete from what the run made; `made` as in `prepared`. */
export interface StoreToClean extends StoreName { readonly made: boolean }

/** An error a script threw, as the guest saw it. */
export interface GuestError {
  readonly name: string
  readonly message: string
  /** Raw: line and column are the bundle's. */
  readonly stack: string
  /** What sort of end it was. */
  readonly kind: 'throw' | 'slice' | 'memory' | 'module' | 'timeout' | 'interrupted' | 'storage'
}

export type ToAgent =
  | {
    readonly kind: 'inspect'; readonly bundle: Bundle; readonly env: Readonly<Record<string, string>>
    readonly access: FileAccess; readonly limits: Plan['limits']; readonly seed: number
    /** The stores a script may name: of their settings no more than `driver`. Absent: any name is taken. */
    readonly targets?: TargetSettings
  }
  | {
    readonly kind: 'load'; readonly plan: Plan; readonly bundle: Bundle; readonly share: { readonly index: number; readonly count: number }
    readonly targets: TargetSettings; readonly inspection: Inspection; readonly scriptFolder: string
    /** Where each operation is to be written down, and the moment its times count from. */
    readonly opLog?: { readonly folder: string; readonly originEpochMs: number } | undefined
  }
  /** Open this shard's VUs; `data` is what setup returned. Answered by `ready` once their `setupVU` has run too. */
  | { readonly kind: 'open'; readonly data: string | undefined }
  | { readonly kind: 'prepare' }
  | { readonly kind: 'setup' }
  | { readonly kind: 'start'; readonly inMs: number }
  /** Graceful false = interrupt iterations now. */
  | { readonly kind: 'stop'; readonly graceful: boolean; readonly reason: string }
  /** Run `teardownVU` in this shard's VUs, then dispose of them. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'teardown'; readonly data: string | undefined }
  /** `unsettled`: operations were cut off, which the stores may still carry out. */
  | { readonly kind: 'cleanup'; readonly timeoutMs: number; readonly stores: readonly StoreToClean[]; readonly unsettled: boolean }
  /** No more operations will be asked for: write the rest of the op log. */
  | { readonly kind: 'closeOpLog' }
  | { readonly kind: 'summarise'; readonly data: string; readonly timeoutMs: number }
  | { readonly kind: 'close' }

export type FromAgent =
  | { readonly kind: 'hello'; readonly pid: number }
  | { readonly kind: 'inspected'; readonly inspection: Inspection }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'ready'; readonly vus: number }
  /** Once a second while the agent lives, so that silence means something. */
  | { readonly kind: 'heartbeat' }
  /** `made`: the stores whose bucket or pool was not there and was made for the run. */
  | { readonly kind: 'prepared'; readonly made: readonly StoreName[] }
  | { readonly kind: 'setUp'; readonly data: string | undefined }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  /** A store is used from now on: what the run makes there is the run's to delete, whatever becomes of this agent. */
  | { readonly kind: 'uses'; readonly store: StoreName }
  /**
   * All iterations of this shard have ended; the last snapshot went before. What it measured began `fromMs` after the start
   * (default: at once) and lasted `measuredMs`.
   */
  | { readonly kind: 'done'; readonly measuredMs: number; readonly fromMs?: number; readonly stores: readonly StoreName[] }
  /** What `teardownVU` threw, if it did. */
  | { readonly kind: 'left'; readonly errors: readonly GuestError[] }
  | { readonly kind: 'tornDown' }
  | { readonly kind: 'cleaned'; readonly deleted: number; readonly remaining: number | undefined; readonly reason?: string }
  /** The op log is as whole as it will be; `problem` names its file where that is not whole. */
  | { readonly kind: 'opLogClosed'; readonly operations: number; readonly problem?: string }
  | { readonly kind: 'summarised'; readonly result: Json | undefined }
  /** The script called test.abort() or test.fail(). */
  | { readonly kind: 'ended'; readonly how: 'abort' | 'fail'; readonly message: string; readonly stack: string }
  | {
    readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string
    readonly source: 'console' | 'chopsticks'; readonly vu?: number; readonly stack?: string
  }
  /** The step asked for could not be done. */
  | { readonly kind: 'failed'; readonly step: ToAgent['kind']; readonly failure: Failure }
  /** A bug of ours came up beside what was asked for, which goes on. */
  | { readonly kind: 'broke'; readonly failure: Extract<Failure, { kind: 'bug' }> }

export type Failure =
  | { readonly kind: 'script'; readonly error: GuestError }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  | { readonly kind: 'target'; readonly workload: string; readonly target: string; readonly code: string; readonly message: string }
  | { readonly kind: 'ended'; readonly how: 'abort' | 'fail'; readonly message: string; readonly stack: string }
  | { readonly kind: 'config'; readonly message: string }
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string }
