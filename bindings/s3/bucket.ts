// The bucket before and after a run: made sure of, made where that is allowed, and emptied of what the run left.
import { StorageError, type Call, type CleanupReport } from '../sdk/index.ts'
import type { S3Driver } from './driver.ts'
import type { S3Settings } from './settings.ts'
import { Sweep, type SweepParts } from './sweep.ts'

const unmeasured = (signal: AbortSignal): Call => ({ signal, timeoutMs: 0, mark: () => { /* nobody measures this */ } })

/**
 * Makes sure that endpoint, keys and bucket can be used. Resolves to true when it made the bucket.
 * Throws StorageError with what to do.
 */
export async function prepareBucket(driver: S3Driver, settings: S3Settings, signal: AbortSignal): Promise<boolean> {
  const call = unmeasured(signal)
  const { bucket, endpoint } = settings
  try {
    await driver.headBucket(call)
    return false
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    if (error.code === 'denied') throw await reasonForDenial(driver, settings, call, error)
    if (error.code !== 'not_found') throw error
    if (!settings.createBucket) {
      throw new StorageError('not_found', `there is no bucket ${bucket} at ${endpoint.url}: create it, or set create_bucket: true`, {
        detail: 'NoSuchBucket', endpoint: endpoint.url, cause: error,
      })
    }
  }
  try {
    // A run that is stopped meanwhile must know what it made, or nobody will remove it.
    await driver.createBucket(unmeasured(new AbortController().signal))
    return true
  } catch (error) {
    // Another shard was quicker: then the bucket is there, and is that one's to remove.
    if (error instanceof StorageError && error.detail === 'BucketAlreadyOwnedByYou') return false
    throw error
  }
}

/** The answer to a HEAD has no body; a listing of nothing says why the keys were refused. */
async function reasonForDenial(driver: S3Driver, { bucket, endpoint }: S3Settings, call: Call, first: StorageError): Promise<StorageError> {
  let reason = first
  try {
    await driver.list({ prefix: '', maxKeys: 1 }, call)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    if (error.code === 'denied') reason = error
  }
  return new StorageError('denied', `${endpoint.url} refused these keys for bucket ${bucket}: ${reason.message}`, {
    detail: reason.detail ?? 'AccessDenied', endpoint: endpoint.url, cause: reason,
  })
}

export interface RemoveParts extends SweepParts {
  /** The bucket goes as well when it is empty. */
  readonly removeBucket: boolean
  /** Requests that were cut off may still be carried out by the store. */
  readonly unsettled: boolean
}

/** Deletes all below a prefix; what could not be deleted, and why, is in the report. */
export async function removeAll(parts: RemoveParts): Promise<CleanupReport> {
  const sweep = new Sweep(parts)
  try {
    const report = await sweep.run(parts.unsettled)
    if (report.remaining === 0 && parts.removeBucket) await removeEmpty(parts)
    return report
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    // What is in a bucket went with it.
    if (error.detail === 'NoSuchBucket') return { deleted: sweep.deleted, remaining: 0 }
    return { deleted: sweep.deleted, remaining: undefined, reason: error.code === 'cancelled' ? 'its time was over' : error.message }
  }
}

/** A bucket that others have put something into meanwhile stays. */
async function removeEmpty({ driver, signal }: RemoveParts): Promise<void> {
  try {
    await driver.deleteBucket(unmeasured(signal))
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'conflict') throw error
  }
}
