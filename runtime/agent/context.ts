// What all VUs of an agent share: the host operations, the recorder, the files, the way to the coordinator.
import type { Binding, Clock, HostOperation, Json, Tags } from '../../bindings/sdk/index.ts'
import type { GuestError } from '../link/protocol.ts'
import type { MetricDeclaration } from '../plan/plan.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Dispatcher } from './dispatch.ts'
import type { FileSource } from './files.ts'
import type { SharedArrays } from './shared-arrays.ts'

/** Where VUs come from: a sandbox, or what stands for one in a simulation. */
export type VuMaker = Pick<Sandbox, 'openVu' | 'sliceLimitMs' | 'initLimitMs' | typeof Symbol.dispose>

/** Where measurements go. */
interface Sink {
  declare(declaration: MetricDeclaration): void
  add(metric: string, value: number, tags: Tags): void
  error(error: GuestError, scenario: string, endedIteration: boolean): void
}

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
  readonly source: 'console' | 'chopsticks'
  readonly vu: number
  /** Raw stack of the place in the script it is about. */
  readonly stack?: string
}

export interface AgentContext {
  readonly clock: Clock
  readonly operations: ReadonlyMap<string, HostOperation>
  readonly sink: Sink
  readonly files: FileSource
  readonly arrays: SharedArrays
  /** Throws an Error whose message the script sees when a workload has no store of the names given. */
  readonly checkStore: (workload: string, where: Json) => void
  /** Absent while the script is first evaluated: nothing is stored or fetched then. */
  readonly dispatcher: Dispatcher | undefined
  readonly log: (entry: LogEntry) => void
  /** test.abort() and test.fail(). */
  readonly end: (how: 'abort' | 'fail', message: string, stack: string) => void
  /** An error that is ours, not the script's or the store's. */
  readonly bug: (error: unknown) => void
}

/** Every operation the host answers itself, of all bindings. */
export const hostOperations = (bindings: readonly Binding[]): ReadonlyMap<string, HostOperation> =>
  new Map(bindings.flatMap((binding) => Object.entries(binding.hostOperations ?? {})))
