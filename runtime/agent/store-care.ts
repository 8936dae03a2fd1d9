// What is done to stores before and after the load: made sure of, and cleaned of what the run left. Both end in time.
import { StorageError, type CleanupReport, type Clock } from '../../bindings/sdk/index.ts'
import type { Failure, FromAgent, StoreName, ToAgent } from '../link/protocol.ts'
import { Deadline, GaveUp } from './deadline.ts'
import type { OpenSession, Sessions } from './sessions.ts'

type Cleaned = Extract<FromAgent, { kind: 'cleaned' }>

/** Makes sure that the target's store of every workload can be used; which of them it made, or the first reason why not. */
export async function prepareStores(
  sessions: Sessions, workloads: readonly string[], target: string, deadline: Deadline,
): Promise<Failure | { readonly made: readonly StoreName[] }> {
  const made: StoreName[] = []
  const prepare = async ({ session, driver }: OpenSession, workload: string): Promise<void> => {
    if ((await session.prepare(deadline.signal)).made) made.push({ workload, target, driver })
  }
  for (const workload of workloads) {
    try {
      await deadline.orGiveUp(Promise.resolve(sessions.get(workload, null)).then((open) => prepare(open, workload)))
    } catch (error) {
      if (deadline.signal.aborted && (error instanceof GaveUp || error instanceof StorageError)) {
        const message = `the ${workload} store of target '${target}' did not answer in time; allow more with --setup-timeout`
        return { kind: 'target', workload, target, code: 'timeout', message }
      }
      if (!(error instanceof StorageError)) throw error
      return { kind: 'target', workload, target, code: error.code, message: error.message }
    }
  }
  return { made }
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
    const clean = async ({ session }: OpenSession): Promise<CleanupReport> => session.cleanup(deadline.signal, { made, unsettled })
    try {
      reports.push(await deadline.orGiveUp(Promise.resolve(sessions.get(workload, { target, driver })).then(clean)))
    } catch (error) {
      if (error instanceof GaveUp) {
        reports.push({ deleted: 0, remaining: undefined, reason: `the ${workload} store of target '${target}' did not answer in time` })
      } else if (error instanceof StorageError) reports.push({ deleted: 0, remaining: undefined, reason: error.message })
      else bug ??= { error }
    }
  }
  if (bug !== undefined) throw bug.error
  const remaining = reports.reduce<number | undefined>(
    (sum, report) => sum === undefined || report.remaining === undefined ? undefined : sum + report.remaining, 0)
  const reason = reports.find((report) => report.reason !== undefined)?.reason
  const deleted = reports.reduce((sum, report) => sum + report.deleted, 0)
  return { kind: 'cleaned', deleted, remaining, ...(reason === undefined ? {} : { reason }) }
}
