// The buckets a run made for itself: found by their names at its end, emptied, locks and all, and deleted.
import { StorageError, type Call, type CleanupReport } from '../sdk/index.ts'
import { removeAll, type RemoveParts } from './bucket.ts'
import type { S3Driver, VersionMarker } from './driver.ts'
import { bucketLead } from './operations/names.ts'
import { listIn, textIn } from './operations/reply.ts'

export interface OwnBuckets extends Omit<RemoveParts, 'removeBucket'> {
  /** The same driver, for another bucket. */
  readonly inBucket: (bucket: string) => S3Driver
}

/** The names of the run's own buckets. A store that does not list buckets, or not to these keys, has none that could be known. */
async function namesOf({ driver, prefix }: OwnBuckets, call: Call): Promise<readonly string[]> {
  const lead = bucketLead(prefix)
  if (lead === '' || driver.perform === undefined) return []
  try {
    const { fields } = await driver.perform({ api: 'ListBuckets' }, call)
    return listIn(fields, 'Buckets').map((bucket) => textIn(bucket, 'Name')).filter((name) => name.startsWith(lead))
  } catch (error) {
    if (error instanceof StorageError) return []
    throw error
  }
}

/** Lets go what locks keep in a bucket of the run's own, and deletes it; what is kept in compliance stays. */
async function unlocked(driver: S3Driver, call: Call): Promise<void> {
  let after: VersionMarker | undefined
  do {
    const page = await driver.listVersions({ prefix: '', ...(after === undefined ? {} : { after }) }, call)
    for (const { key, versionId, isDeleteMarker } of page.versions) {
      const version = { key, params: { VersionId: versionId } }
      const letGo = { ...version, api: 'PutObjectLegalHold', document: { Status: 'OFF' } } as const
      if (!isDeleteMarker) await tolerantly(() => driver.perform?.(letGo, call))
      const params = { ...version.params, BypassGovernanceRetention: true }
      await tolerantly(() => driver.perform?.({ ...version, api: 'DeleteObject', params }, call))
    }
    after = page.next
  } while (after !== undefined)
}

/** What can't be let go is found by the look that follows. */
async function tolerantly(doing: () => Promise<unknown> | undefined): Promise<void> {
  try {
    await doing()
  } catch (error) {
    if (!(error instanceof StorageError) || error.code === 'cancelled') throw error
  }
}

/** Deletes all of the run's own buckets; counts on from what was deleted before. */
export async function removeOwnBuckets(parts: OwnBuckets, before: CleanupReport): Promise<CleanupReport> {
  const { signal, inBucket, onDeleted } = parts
  const call: Call = { signal, timeoutMs: 0, mark: () => { /* nobody measures this */ } }
  let report = before
  for (const name of await namesOf(parts, call)) {
    const driver = inBucket(name)
    const { deleted } = report
    const remove = (): Promise<CleanupReport> => removeAll({
      ...parts, driver, prefix: '', removeBucket: true, onDeleted: (count) => { onDeleted?.(deleted + count) },
    })
    try {
      let removed = await remove()
      if (removed.remaining !== 0 && !signal.aborted) {
        await unlocked(driver, call)
        const again = await remove()
        removed = { ...again, deleted: removed.deleted + again.deleted }
      }
      report = sumOf(report, removed, name)
    } finally {
      await driver.close()
    }
  }
  return report
}

/** Both together; the first reason stays. */
function sumOf(a: CleanupReport, b: CleanupReport, bucket: string): CleanupReport {
  const reason = a.reason ?? (b.reason === undefined ? undefined : `${bucket}: ${b.reason}`)
  return {
    deleted: a.deleted + b.deleted,
    remaining: a.remaining === undefined || b.remaining === undefined ? undefined : a.remaining + b.remaining,
    ...(reason === undefined ? {} : { reason }),
  }
}
