// Deletes all below a prefix: objects with their old versions and delete markers, and open uploads, until nothing more is found.
import { StorageError, type Call, type CleanupReport, type Clock, type StorageCode } from '../sdk/index.ts'
import type { DeleteFailure } from './documents.ts'
import type { ObjectVersion, OpenUpload, S3Driver, UploadMarker, VersionMarker } from './driver.ts'
import { storageCodeOf } from './errors.ts'

/** Deleting requests in flight at once. */
const REQUESTS_AT_ONCE = 16
/** Keys in one multi-delete. Gateways work through one key after the other: several smaller requests take less time than a large one. */
const KEYS_AT_ONCE = 125
/** Pauses before a request that failed for now is made again; after the last it has failed for good. */
const PAUSES_MS = [50, 100, 200, 400, 800, 1600] as const
/** How often a store that may still be at work on what was cut off is looked at again, until it has been quiet for all of these. */
const LOOKS_MS = [200, 300, 500] as const

/** What may be otherwise a moment later. */
const PASSING: ReadonlySet<StorageCode> =
  new Set(['throttled', 'unavailable', 'busy', 'conflict', 'timeout', 'unreachable', 'cut'])
/** What a gateway answers to a listing it does not know or does not grant: an error, or a listing of another kind. */
const NOT_OFFERED: ReadonlySet<StorageCode> = new Set(['unsupported', 'invalid', 'denied', 'protocol'])

export interface SweepParts {
  readonly driver: S3Driver
  readonly prefix: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told how many have gone so far. */
  readonly onDeleted?: ((deleted: number) => void) | undefined
}

/** One sort of thing below a prefix: how it is listed, a page at a time, and how it is deleted. */
interface Kind<T, Marker> {
  readonly page: (after: Marker | undefined) => Promise<{ readonly items: readonly T[]; readonly next: Marker | undefined }>
  /** How many are deleted at once. */
  readonly atOnce: number
  readonly remove: (items: readonly T[]) => Promise<readonly DeleteFailure[]>
}

/** What one way through a listing came to. */
interface Pass { readonly gone: number; readonly failed: readonly DeleteFailure[] }

export class Sweep {
  readonly #p: SweepParts
  readonly #call: Call
  /** What ends the pauses that are being made. */
  readonly #stops = new Set<() => void>()
  #keepsVersions = true
  #hasUploads = true
  #deleted = 0
  /** What the last look could not delete. */
  #left: readonly DeleteFailure[] = []

  constructor(parts: SweepParts) {
    this.#p = parts
    this.#call = { signal: parts.signal, timeoutMs: 0, mark: () => { /* nobody measures this */ } }
    parts.signal.addEventListener('abort', () => { for (const stop of this.#stops) stop() }, { once: true })
  }

  /** How many have gone so far. */
  get deleted(): number { return this.#deleted }

  /**
   * Deletes until a look finds nothing, or nothing that goes. Requests that were cut off may still be carried out by the store:
   * when there may be such (`unsettled`), it looks again until nothing has turned up for a second. Throws StorageError.
   */
  async run(unsettled: boolean): Promise<CleanupReport> {
    await this.#empty()
    for (let look = 0; unsettled && look < LOOKS_MS.length;) {
      await this.#pause(LOOKS_MS[look] ?? 0)
      look = await this.#empty() > 0 ? 0 : look + 1
    }
    const [first] = this.#left
    return {
      deleted: this.#deleted, remaining: this.#left.length,
      ...(first === undefined ? {} : { reason: `${first.key}: ${first.detail} ${first.message}`.trim() }),
    }
  }

  /** Looks and deletes until a look finds nothing that goes; how many went. */
  async #empty(): Promise<number> {
    const before = this.#deleted
    const objects = await this.#exhaust(() => this.#objects())
    const uploads = await this.#exhaust(() => this.#uploads())
    this.#left = [...objects, ...uploads]
    return this.#deleted - before
  }

  /** What was written while a listing was read may be missing in it: it is done when nothing goes any more. What can't be deleted. */
  async #exhaust(pass: () => Promise<Pass>): Promise<readonly DeleteFailure[]> {
    for (let tries = 0; ;) {
      const { gone, failed } = await pass()
      const pauseMs = failed.some(({ detail }) => PASSING.has(storageCodeOf(detail))) ? PAUSES_MS[tries] : undefined
      if (gone > 0) tries = 0
      else if (pauseMs === undefined) return failed
      else {
        tries++
        await this.#pause(pauseMs)
      }
    }
  }

  /** All versions, or where the store does not tell of them what a plain listing shows. */
  async #objects(): Promise<Pass> {
    if (this.#keepsVersions) {
      const pass = await this.#whereOffered(this.#versionKind())
      if (pass !== undefined) return pass
      this.#keepsVersions = false
    }
    return this.#pass(this.#objectKind())
  }

  async #uploads(): Promise<Pass> {
    const pass = this.#hasUploads ? await this.#whereOffered(this.#uploadKind()) : undefined
    this.#hasUploads = pass !== undefined
    return pass ?? { gone: 0, failed: [] }
  }

  /** A pass, or undefined where the store has no such listing. */
  async #whereOffered<T, Marker>(kind: Kind<T, Marker>): Promise<Pass | undefined> {
    const state = { first: true, offered: true }
    const pass = await this.#pass<T, Marker>({
      ...kind,
      page: async (after) => {
        try {
          return await kind.page(after)
        } catch (error) {
          if (!state.first || !(error instanceof StorageError) || !NOT_OFFERED.has(error.code)) throw error
          state.offered = false
          return { items: [], next: undefined }
        } finally {
          state.first = false
        }
      },
    })
    return state.offered ? pass : undefined
  }

  /** Lists all once and deletes it. */
  async #pass<T, Marker>({ page, atOnce, remove }: Kind<T, Marker>): Promise<Pass> {
    const before = this.#deleted
    const failed: DeleteFailure[] = []
    const errors: unknown[] = []
    const inFlight = new Set<Promise<void>>()
    const start = (items: readonly T[]): void => {
      const task: Promise<void> = this.#patiently(() => remove(items))
        .then((failures) => { failed.push(...failures); this.#count(items.length - failures.length) })
        .catch((error: unknown) => { errors.push(error) })
        .finally(() => { inFlight.delete(task) })
      inFlight.add(task)
    }
    try {
      let after: Marker | undefined
      do {
        const from = after
        const { items, next } = await this.#patiently(() => page(from))
        for (let at = 0; at < items.length && errors.length === 0; at += atOnce) {
          if (inFlight.size >= REQUESTS_AT_ONCE) await Promise.race(inFlight)
          start(items.slice(at, at + atOnce))
        }
        after = next
      } while (after !== undefined && errors.length === 0)
    } finally {
      await Promise.all(inFlight)
    }
    if (errors.length > 0) throw errors[0]
    return { gone: this.#deleted - before, failed }
  }

  #count(gone: number): void {
    this.#deleted += gone
    if (gone > 0) this.#p.onDeleted?.(this.#deleted)
  }

  #versionKind(): Kind<ObjectVersion, VersionMarker> {
    const { driver, prefix } = this.#p
    return {
      page: async (after) => {
        const { versions, next } = await driver.listVersions({ prefix, ...(after === undefined ? {} : { after }) }, this.#call)
        return { items: versions, next }
      },
      atOnce: KEYS_AT_ONCE,
      remove: async (versions) => {
        const plain = versions.filter(isOnlyVersion)
        const named = versions.filter((version) => !isOnlyVersion(version))
        const answers = await Promise.all([
          ...(plain.length === 0 ? [] : [driver.deleteMany(plain.map(({ key }) => key), this.#call)]),
          ...(named.length === 0 ? [] : [driver.deleteVersions(named, this.#call)]),
        ])
        return answers.flatMap(({ failed }) => failed)
      },
    }
  }

  #objectKind(): Kind<string, string> {
    const { driver, prefix } = this.#p
    return {
      page: async (continuationToken) => {
        const page = await driver.list({ prefix, ...(continuationToken === undefined ? {} : { continuationToken }) }, this.#call)
        return { items: page.objects.map(({ key }) => key), next: page.continuationToken }
      },
      atOnce: KEYS_AT_ONCE,
      remove: async (keys) => (await driver.deleteMany(keys, this.#call)).failed,
    }
  }

  #uploadKind(): Kind<OpenUpload, UploadMarker> {
    const { driver, prefix } = this.#p
    return {
      page: async (after) => {
        const { uploads, next } = await driver.listUploads({ prefix, ...(after === undefined ? {} : { after }) }, this.#call)
        return { items: uploads, next }
      },
      atOnce: 1,
      remove: async ([upload]) => {
        if (upload === undefined) return []
        try {
          await driver.abortUpload(upload, this.#call)
        } catch (error) {
          if (!(error instanceof StorageError) || error.code === 'cancelled' || PASSING.has(error.code)) throw error
          // One that ended meanwhile is what was wanted; one that may not be ended does not keep the others from it.
          if (error.code !== 'not_found') return [{ key: upload.key, detail: error.detail ?? error.code, message: error.message }]
        }
        return []
      },
    }
  }

  /** What `work` gives, made again after a pause where it failed for now. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await work()
      } catch (error) {
        const pauseMs = PAUSES_MS[tries]
        if (!(error instanceof StorageError) || !PASSING.has(error.code) || pauseMs === undefined) throw error
        await this.#pause(pauseMs)
      }
    }
  }

  /** Rejects with code `cancelled` when the sweep is stopped meanwhile. */
  #pause(durationMs: number): Promise<void> {
    const { clock, signal } = this.#p
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#stops.delete(stop)
        timer.cancel()
        reject(new StorageError('cancelled', 'stopped before it ended'))
      }
      const timer = clock.at(clock.now() + durationMs, () => {
        this.#stops.delete(stop)
        resolve()
      })
      this.#stops.add(stop)
      if (signal.aborted) stop()
    })
  }
}

/** What is all there is of its key: deleting the key is enough, which every store can. */
const isOnlyVersion = ({ versionId, isLatest, isDeleteMarker }: ObjectVersion): boolean =>
  versionId === 'null' && isLatest && !isDeleteMarker
