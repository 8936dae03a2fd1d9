// The bucket before and after a run: made sure of, made where that is allowed, and emptied of what the run left.
import { StorageError, type Call, type CleanupReport } from '../sdk/index.ts'
import type { S3Driver } from './driver.ts'
import { adviceForCode } from './errors.ts'
import type { S3Settings } from './settings.ts'

/** Multi-deletes in flight at once while cleaning up. */
const DELETES_AT_ONCE = 8

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
    if (error.code !== 'not_found') throw withPlace(error, endpoint.url)
    if (!settings.createBucket) {
      throw new StorageError('not_found', `there is no bucket ${bucket} at ${endpoint.url}: create it, or set create_bucket: true`, {
        detail: 'NoSuchBucket', endpoint: endpoint.url, cause: error,
      })
    }
  }
  try {
    await driver.createBucket(call)
    return true
  } catch (error) {
    // Another shard was quicker: then the bucket is there, and is that one's to remove.
    if (error instanceof StorageError && error.detail === 'BucketAlreadyOwnedByYou') return false
    throw error instanceof StorageError ? withPlace(error, endpoint.url) : error
  }
}

/** The error with the endpoint and what to do about it, where its own words name neither. */
function withPlace(error: StorageError, endpoint: string): StorageError {
  const { code, message, detail } = error
  const advice = adviceForCode(code)
  if (code === 'cancelled' || (advice === undefined && message.includes(endpoint))) return error
  const what = message.includes(endpoint) ? message : `${endpoint} can't be used: ${message}`
  return new StorageError(code, advice === undefined ? what : `${what}; ${advice}`, {
    endpoint, cause: error, ...(detail === undefined ? {} : { detail }),
  })
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

/** Deletes all below a prefix, page by page, until a listing is empty or nothing more goes. */
export async function removeAll(driver: S3Driver, prefix: string, removeBucket: boolean, signal: AbortSignal): Promise<CleanupReport> {
  const sweep = new Sweep(driver, prefix, signal)
  try {
    // Objects written while a listing is read may be missed by it: it is done when a listing finds nothing.
    while (await sweep.pass() > 0);
    if (sweep.remaining === 0 && removeBucket) await removeEmpty(driver, signal)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    // What is in a bucket went with it.
    if (error.detail === 'NoSuchBucket') return { deleted: sweep.deleted, remaining: 0 }
    const reason = error.code === 'cancelled' ? 'its time was over' : error.message
    return { deleted: sweep.deleted, remaining: undefined, reason: sweep.reason ?? reason }
  }
  return { deleted: sweep.deleted, remaining: sweep.remaining, ...(sweep.reason === undefined ? {} : { reason: sweep.reason }) }
}

/** A bucket that others have put something into meanwhile stays. */
async function removeEmpty(driver: S3Driver, signal: AbortSignal): Promise<void> {
  try {
    await driver.deleteBucket(unmeasured(signal))
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'conflict') throw error
  }
}

class Sweep {
  readonly #driver: S3Driver
  readonly #prefix: string
  readonly #call: Call
  deleted = 0
  /** Keys the last pass could not delete. */
  remaining = 0
  /** The first reason why something was not deleted. */
  reason: string | undefined

  constructor(driver: S3Driver, prefix: string, signal: AbortSignal) {
    this.#driver = driver
    this.#prefix = prefix
    this.#call = unmeasured(signal)
  }

  /** Lists all once and deletes it; resolves to how many went. */
  async pass(): Promise<number> {
    const before = this.deleted
    this.remaining = 0
    const inFlight = new Set<Promise<void>>()
    const failures: unknown[] = []
    let continuationToken: string | undefined
    try {
      do {
        const from = continuationToken === undefined ? {} : { continuationToken }
        const page = await this.#driver.list({ prefix: this.#prefix, ...from }, this.#call)
        continuationToken = page.continuationToken
        if (page.objects.length > 0) {
          const task: Promise<void> = this.#remove(page.objects.map(({ key }) => key))
            .catch((error: unknown) => { failures.push(error) })
            .finally(() => { inFlight.delete(task) })
          inFlight.add(task)
        }
        if (inFlight.size >= DELETES_AT_ONCE) await Promise.race(inFlight)
      } while (continuationToken !== undefined && failures.length === 0)
    } finally {
      await Promise.all(inFlight)
    }
    if (failures.length > 0) throw failures[0]
    return this.deleted - before
  }

  async #remove(keys: readonly string[]): Promise<void> {
    const { failed } = await this.#driver.deleteMany(keys, this.#call)
    this.deleted += keys.length - failed.length
    this.remaining += failed.length
    const first = failed[0]
    if (first !== undefined) this.reason ??= `${first.key}: ${first.detail} ${first.message}`.trim()
  }
}
