// What is done to stores before and after the load: made sure of, and cleaned of what the run left. Both end in time.
import {
  StorageError, isJsonObject, type CleanupOptions, type CleanupReport, type Clock, type Json, type Session,
} from '../../bindings/sdk/index.ts'
import type { Failure, FromAgent, StoreName, ToAgent } from '../link/protocol.ts'
import { Deadline, GaveUp } from './deadline.ts'
import type { Sessions } from './sessions.ts'

type Cleaned = Extract<FromAgent, { kind: 'cleaned' }>

/** A store as a script names it: `{ target, driver }`. */
export type NamedStore = readonly [workload: string, where: Json]

/** Makes sure that the target's store of every workload can be used; which of them it made, or the first reason why not. */
export async function prepareStores(
  sessions: Sessions, workloads: readonly string[], target: string, deadline: Deadline,
): Promise<Failure | { readonly made: readonly StoreName[] }> {
  const made: StoreName[] = []
  for (const workload of workloads) {
    const failure = await orFailure(workload, target, deadline, async () => {
      const { session, driver } = await sessions.get(workload, null)
      if ((await session.prepare(deadline.signal)).made) made.push({ workload, target, driver })
    })
    if (failure !== undefined) return failure
  }
  return { made }
}

/** Opens the stores that init code names beside the target's own, before they are measured; the first reason why one can't be opened. */
export async function openNamed(sessions: Sessions, named: readonly NamedStore[], deadline: Deadline): Promise<Failure | undefined> {
  for (const [workload, where] of named) {
    const target = isJsonObject(where) && typeof where['target'] === 'string' ? where['target'] : 'default'
    const failure = await orFailure(workload, target, deadline, async () => { await sessions.get(workload, where) })
    if (failure !== undefined) return failure
  }
  return undefined
}

/** What a store makes of something done to it, where it does not do it in time. */
async function orFailure(workload: string, target: string, deadline: Deadline, doing: () => Promise<void>): Promise<Failure | undefined> {
  try {
    await deadline.orGiveUp(doing())
    return undefined
  } catch (error) {
    if (deadline.signal.aborted && (error instanceof GaveUp || error instanceof StorageError)) {
      const message = `the ${workload} store of target '${target}' did not answer in time; allow more with --setup-timeout`
      return { kind: 'target', workload, target, code: 'timeout', message }
    }
    if (!(error instanceof StorageError)) throw error
    return { kind: 'target', workload, target, code: error.code, message: error.message }
  }
}

export interface StoreCleaning {
  readonly workload: string
  readonly target: string
  readonly open: () => Promise<Session>
  readonly deadline: Deadline
  readonly options: CleanupOptions
}

/** Deletes what a run made in one store; what is left and why is in the report, also where the store does not answer. */
export async function cleanStore({ workload, target, open, deadline, options }: StoreCleaning): Promise<CleanupReport> {
  let deleted = 0
  const onDeleted = (soFar: number): void => {
    deleted = soFar
    options.onDeleted?.(soFar)
  }
  try {
    return await deadline.orGiveUp(open().then((session) => session.cleanup(deadline.signal, { ...options, onDeleted })))
  } catch (error) {
    const reason = error instanceof GaveUp ? `the ${workload} store of target '${target}' did not answer in time`
      : error instanceof StorageError ? error.message : undefined
    if (reason === undefined) throw error
    return { deleted, remaining: undefined, reason }
  }
}

/**
 * Deletes what the run made in the stores named, one after the other; one that takes long leaves the others their share of the
 * time. Throws a bug met on the way when all of them were tried.
 */
export async function cleanStores(
  sessions: Sessions, { stores, timeoutMs, unsettled }: Extract<ToAgent, { kind: 'cleanup' }>, clock: Clock,
): Promise<Cleaned> {
  const endMs = clock.now() + timeoutMs
  const reports: CleanupReport[] = []
  let bug: { readonly error: unknown } | undefined
  for (const [index, { workload, target, driver, made }] of stores.entries()) {
    using deadline = new Deadline(clock, Math.max(0, endMs - clock.now()) / (stores.length - index))
    const open = async (): Promise<Session> => (await sessions.get(workload, { target, driver })).session
    try {
      reports.push(await cleanStore({ workload, target, open, deadline, options: { made, unsettled } }))
    } catch (error) {
      bug ??= { error }
    }
  }
  if (bug !== undefined) throw bug.error
  const remaining = reports.reduce<number | undefined>(
    (sum, report) => sum === undefined || report.remaining === undefined ? undefined : sum + report.remaining, 0)
  const reason = reports.find((report) => report.reason !== undefined)?.reason
  const deleted = reports.reduce((sum, report) => sum + report.deleted, 0)
  return { kind: 'cleaned', deleted, remaining, ...(reason === undefined ? {} : { reason }) }
}
