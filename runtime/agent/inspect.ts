// The first evaluation of a script: its options, functions, metrics, files and shared arrays, before anything runs.
import type { Binding, Clock, Json, Timer } from '../../bindings/sdk/index.ts'
import type { Failure, ToAgent } from '../link/protocol.ts'
import type { Inspection, MetricDeclaration } from '../plan/plan.ts'
import { openError } from '../sandbox/sandbox.ts'
import { hostOperations, type AgentContext, type LogEntry, type VuMaker } from './context.ts'
import { diskFiles } from './files.ts'
import { GuestCalls } from './guest-calls.ts'
import { storeNamed } from './sessions.ts'
import { SharedArrays } from './shared-arrays.ts'

export interface InspectParts {
  readonly sandbox: VuMaker
  readonly bindings: readonly Binding[]
  readonly clock: Clock
  readonly request: Extract<ToAgent, { kind: 'inspect' }>
  readonly log: (entry: LogEntry) => void
}

/** Evaluates init code once and reads what it showed. */
export async function inspect(parts: InspectParts): Promise<{ readonly inspection: Inspection } | { readonly failure: Failure }> {
  const { sandbox, bindings, clock, request, log } = parts
  const files = diskFiles(request.access)
  const arrays = new SharedArrays({}, true)
  const metrics = new Map<string, MetricDeclaration>()
  let ended: Failure | undefined
  const { targets } = request
  const checkStore = (workload: string, where: Json): void => { if (targets !== undefined) storeNamed(workload, where, bindings, targets) }
  const context: AgentContext = {
    clock, log, files, arrays, checkStore, operations: hostOperations(bindings), dispatcher: undefined,
    sink: {
      declare(declaration) { declareOnce(metrics, declaration) },
      // Init code may add to metrics and check things while it is first evaluated; only what VUs do is counted.
      add() { return },
      error() { return },
    },
    end(how, message, stack) { ended ??= { kind: 'ended', how, message, stack } },
    bug(error) { throw error },
  }
  const calls = new GuestCalls(context, 0)
  try {
    const opening = sandbox.openVu({ id: 0, seed: request.seed, env: request.env, phase: 'init' }, calls)
    const opened = await inTime(opening, clock, request.timeoutMs)
    if (ended !== undefined) return { failure: ended }
    if (opened === undefined) {
      calls.cancel()
      opening.then((late) => { late[Symbol.dispose]() }, () => { return })
      return { failure: { kind: 'timeout', afterMs: request.timeoutMs ?? 0 } }
    }
    using vu = opened
    return {
      inspection: {
        options: vu.options, functions: vu.functions, metrics: [...metrics.values()], files: files.opened, sharedArrays: arrays.all(),
      },
    }
  } catch (error) {
    if (ended !== undefined) return { failure: ended }
    const known = openError(error)
    if (known === undefined) throw error
    return { failure: { kind: 'script', error: known } }
  }
}

/** What the promise gives, or undefined when the time is over first. */
async function inTime<T>(promise: Promise<T>, clock: Clock, timeoutMs: number | undefined): Promise<T | undefined> {
  if (timeoutMs === undefined) return promise
  let timer: Timer | undefined
  const over = new Promise<undefined>((resolve) => { timer = clock.at(clock.now() + timeoutMs, () => { resolve(undefined) }) })
  try {
    return await Promise.race([promise, over])
  } finally {
    timer?.cancel()
  }
}

/** Throws an Error whose message the script sees when the name is taken by a metric of another sort. */
function declareOnce(metrics: Map<string, MetricDeclaration>, declaration: MetricDeclaration): void {
  const { name, type, contains } = declaration
  const known = metrics.get(name)
  if (known === undefined) { metrics.set(name, declaration); return }
  if (known.type !== type) throw new Error(`metric "${name}" is a ${known.type} already, it can't be a ${type} too`)
  if (known.contains !== contains) {
    throw new Error(`metric "${name}" holds ${known.contains} values already, it can't hold ${contains} values too`)
  }
}
