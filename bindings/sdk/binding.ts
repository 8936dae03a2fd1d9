// What a binding is: its operations, its drivers, its guest module, and what it prepares and cleans up.
import type { Call, Outcome, Subject } from './call.ts'
import type { Clock } from './clock.ts'
import type { Json, JsonObject } from './json.ts'
import type { Tags } from './sample.ts'

/** A workload opened for one target with one driver: connections, credentials, prefix. One per shard, target and driver. */
export interface Session {
  readonly driver: string
  /** Where its requests go, without secrets; for op logs. */
  readonly endpoint?: string
  /** True when its requests go to one of several endpoints: outcomes and errors say which, and are told apart by it. */
  readonly severalEndpoints?: boolean
  /**
   * Runs one operation. `args` came out of a sandbox: it checks them itself and throws StorageError('invalid', …) naming the
   * argument. Throws StorageError for everything the store caused; any other error is our bug.
   */
  run(op: string, args: readonly Json[], call: Call): Promise<Outcome>
  /** What an operation is about. Asked only while an op log is written; takes whatever came out of a sandbox, and never throws. */
  subject?(op: string, args: readonly Json[]): Subject
  /**
   * Makes sure the target can be used, before anything is measured: reachable, keys accepted, bucket or pool there.
   * Throws StorageError with a message that names endpoint and bucket and says what to do.
   */
  prepare(signal: AbortSignal): Promise<PrepareReport>
  /** Deletes everything under the session's prefix until done or aborted. */
  cleanup(signal: AbortSignal, options?: CleanupOptions): Promise<CleanupReport>
  close(): Promise<void>
}

export interface PrepareReport {
  /** True when it made the bucket or pool itself: cleanup is told so, in whichever process it runs, and removes that too. */
  readonly made: boolean
}

export interface CleanupOptions {
  /** The run made the bucket or pool: it goes too, once it is empty. */
  readonly made?: boolean
  /** Operations were cut off: the store may still carry some out, so that what they make must be waited for. */
  readonly unsettled?: boolean
  /** Told how many have been deleted so far, whenever that grows. */
  readonly onDeleted?: (deleted: number) => void
}

export interface CleanupReport {
  readonly deleted: number
  /** How many are known to be left; undefined when that is not known. 0 = all gone. */
  readonly remaining: number | undefined
  /** The first reason why something is left. */
  readonly reason?: string
}

/** Where a session shows the requests it makes, for whoever debugs a store. What is secret of a request is not written. */
export interface RequestLog {
  /** True = bodies as well, up to a bound of the binding's own. */
  readonly bodies: boolean
  /** Takes one request, or one answer, as lines of text. */
  write(text: string): void
}

/** What a session is opened with. */
export interface SessionContext {
  readonly target: string
  /** The driver to use; the config's own, or the one the script asked for. */
  readonly driver: string
  /** The binding's checked configuration for this target, secrets resolved. */
  readonly config: JsonObject
  /** Everything the script names is below this prefix, e.g. `chopsticks-3f9a1c/`. */
  readonly prefix: string
  readonly clock: Clock
  /** The run's seed: payload bytes are made from it. */
  readonly seed: number
  /** The run's name: what a session leaves on this machine stands in a place that is named so. Without one there is no run. */
  readonly runId?: string
  /** At most this many operations are in flight at once (VUs of the shard); a hint for pools. */
  readonly concurrency: number
  /** Which of how many shards this is: what is limited for the whole run is shared out by it. Without it there is one. */
  readonly share?: { readonly index: number; readonly count: number }
  /** What the sessions of one shard have in common, under names that bindings choose: each finds there what another has put. */
  readonly common?: Map<string, object>
  /** True: all that is read is checked, and writes are remembered for it; false: nothing is but what the script asks for. */
  readonly verify?: boolean
  /** Where requests are shown; without one they are not, and nothing is spent on it. */
  readonly requestLog?: RequestLog
}

/** One thing that was looked at before a run, without changing anything that stays. */
export interface Finding {
  /** What was looked at, in a word or two: `DNS`, `clock`, `put`. */
  readonly check: string
  /** failed = the target can't be used as it is; warning = it can, and something will be odd or slow. */
  readonly status: 'ok' | 'warning' | 'failed'
  /** What was seen or measured, in one line; no secrets. */
  readonly value: string
  /** What to do, where the status is not ok. */
  readonly remedy?: string
}

/** What a diagnosis is made with: what a session is opened with, and a signal that ends it early. */
export interface DiagnosisContext extends SessionContext { readonly signal: AbortSignal }

/** Where the script can be in its life when a host operation is called. */
export type GuestPhase = 'init' | 'setup' | 'iteration' | 'teardown' | 'summary'

/** What host operations (log, metrics, timers …) may do on behalf of the VU that called. Implemented by the agent. */
export interface VuHost {
  readonly phase: GuestPhase
  /** Adds a value to a declared metric. Tags are merged over the VU's own. */
  add(metric: string, value: number, tags: Tags | undefined): void
  /** Declares a metric (init only; throws an Error whose message the script sees when the name is bad or taken by another type). */
  declare(metric: string, type: 'counter' | 'gauge' | 'rate' | 'trend', contains: 'default' | 'time' | 'data'): void
  /** Sets the VU's current tags (group, custom tags) for all that follows. */
  setTags(tags: Tags): void
  log(level: 'debug' | 'info' | 'warn' | 'error', text: string): void
  /** Now, in ms on the shard's monotonic clock: what durations a script measures are made of. */
  now(): number
  /** Resolves after `durationMs` of the run's clock. */
  wait(durationMs: number, signal: AbortSignal): Promise<void>
  /** Ends the whole test: 'abort' now (exit 108), 'fail' marks it (exit 110). */
  end(kind: 'abort' | 'fail', message: string, stack: string): void
  /** Throws an Error whose message the script sees when a workload has no store of the names given (`{ target, driver }`). */
  checkStore(workload: string, where: Json): void
  /** A file below the script's folder or an allowed one; init only. `binary` gives base64. */
  readFile(path: string, from: string, binary: boolean): string
  /** JSON text of a shared array's element; undefined beyond its end. */
  sharedItem(name: string, index: number): string | undefined
  /** The number of elements of a shared array; undefined when it is not made yet. */
  sharedLength(name: string): number | undefined
  /** Stores a shared array made by init code, as JSON texts of its elements. */
  shareArray(name: string, items: readonly string[]): void
}

/** An operation the host answers itself, unmeasured. It may answer at once (a value) or later (a promise). It never re-enters the guest. */
export type HostOperation = (host: VuHost, args: readonly Json[], signal: AbortSignal) => Json | undefined | Promise<Json | undefined>

/** One thing a built-in store can be told; `default` null: made up at each start. */
export interface BuiltinOption {
  readonly name: string
  readonly meaning: string
  readonly default: Json
  /** JSON Schema of its values. */
  readonly schema: JsonObject
}

/** The store that comes with a binding, for trying things out: run in a process of its own. */
export interface BuiltinTarget {
  readonly options: readonly BuiltinOption[]
  /** What is wrong with options, by name; empty: nothing. Values that are undefined count as left out. */
  check(options: JsonObject): readonly ConfigProblem[]
  /**
   * Starts it with options that were checked; `config` is what a session of this binding needs to reach it (a config of the binding's
   * own schema).
   */
  serve(options: JsonObject): Promise<{ readonly config: JsonObject; readonly about: string; close(): Promise<void> }>
}

/** A section that was checked: complete, or what is wrong with it. */
export type CheckedSection =
  | { readonly ok: true; readonly config: JsonObject }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** How a binding reads its part of the targets file. Loaded by the CLI only; what it checks with should be loaded when it is asked to. */
export interface BindingConfig {
  /**
   * Checks one target's section. Problems name the key as a path inside the section (`['tls', 'ca']`), so that the reader can
   * show file, line and column.
   */
  parse(section: JsonObject): Promise<CheckedSection>
  /** A section made of the environment alone, or undefined when the environment names no store of this kind. */
  fromEnvironment(env: Readonly<Record<string, string | undefined>>): JsonObject | undefined
  /** The environment variable each key is taken from, for messages: key -> variable. */
  readonly variables?: Readonly<Record<string, string>>
  /** Key paths that hold secrets, dot-separated (`secret_key`): never printed, logged or stored. */
  readonly secrets: readonly string[]
  /** One line for the screen: driver, endpoint, bucket or pool; no secrets. */
  describe(config: JsonObject): string
  /** What a reader of a run's summary should know of how the store was used, one line each. Asked once the load is over. */
  remarks?(config: JsonObject): readonly string[]
  /** JSON Schema of the section, for editors. */
  jsonSchema(): Promise<JsonObject>
}
/** `key` is the key it is about, dot-separated; also where the key is missing, so that `path` can't name it. */
export interface ConfigProblem { readonly path: readonly (string | number)[]; readonly message: string; readonly key?: string }

/** Everything the runtime knows of a binding. One line in bindings/index.ts makes it exist. */
export interface Binding {
  /** Short name: the metric prefix and the section of the targets file for workloads (`s3`), else the module's (`core`). */
  readonly name: string
  /** What a script imports: `chopsticks/s3`. */
  readonly module: string
  /** Other names for it: `k6/metrics`. */
  readonly aliases?: readonly string[]
  /** File URL of the guest module, as source or compiled. */
  readonly guest: URL
  /** Operations answered by the host itself, by full name (`core.log`). */
  readonly hostOperations?: Readonly<Record<string, HostOperation>>
  /** Present on workloads: bindings that measure a store. */
  readonly workload?: Workload
}

export interface Workload {
  /** Names of the measured operations (`get`, `put`, …); the guest calls them as `s3.get`. */
  readonly operations: readonly string[]
  /** Driver names; each is loaded only when it is opened. */
  readonly drivers: readonly string[]
  readonly defaultDriver: string
  /** Opens a session; throws StorageError('unsupported', …) with one line saying what to install when a driver can't be loaded. */
  open(context: SessionContext): Promise<Session>
  config(): Promise<BindingConfig>
  /** Removes what a run that was killed left on this machine, beside its stores; true when there was something. */
  forget?(runId: string): Promise<boolean>
  /**
   * Looks at everything a run needs of a target and tells finding by finding; what it makes is below the context's prefix and is
   * deleted before it ends, also when it is ended early. Without it a session's `prepare` is all that is tried.
   */
  diagnose?(context: DiagnosisContext): AsyncIterable<Finding>
  builtin?(): Promise<BuiltinTarget>
  /** The operations that a driver hasn't, by name, each with the drivers that have it: a script that names one is told before its run. */
  lackedOperations?(driver: string): Promise<Readonly<Record<string, readonly string[]>>>
}
