// The memory driver: a store inside the process, for tests, with scripted delays and faults in whatever time the clock keeps.
import { StorageError, type Call, type Clock } from '../../sdk/index.ts'
import type {
  ByteRange, DeleteManyFacts, DriverContext, Facts, GetFacts, GetRequest, HeadFacts, ListFacts, ListRequest, ListUploadsFacts,
  ListUploadsRequest, ListVersionsFacts, ListVersionsRequest, OpenUpload, PutRequest, S3Driver, VersionName,
} from '../driver.ts'
import type { ApiFacts, ApiRequest } from '../operations/api.ts'
import { memoryApi } from './memory-apis.ts'
import { etagOf, missing, piecesOf } from './memory-content.ts'
import { below, pageOf, resumed } from './memory-listing.ts'
import { planOf, type Fault, type FaultPlan } from './memory-faults.ts'
import { MemoryStore, type MemoryBucket, type StoredObject } from './memory-store.ts'

export type { FaultPlan } from './memory-faults.ts'

export interface MemoryOptions {
  /** Default: one store per endpoint in this process. */
  readonly store?: MemoryStore
  /** Default: what `driver_config.faults` says. */
  readonly faults?: FaultPlan
}

const stores = new Map<string, MemoryStore>()
function storeOf(endpoint: string): MemoryStore {
  let store = stores.get(endpoint)
  if (store === undefined) {
    store = new MemoryStore()
    stores.set(endpoint, store)
  }
  return store
}

class MemoryDriver implements S3Driver {
  readonly #store: MemoryStore
  readonly #bucket: string
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #faults: FaultPlan
  /** Ends operations that wait. */
  readonly #waiting = new Set<() => void>()
  #count = 0
  #closed = false

  constructor({ settings, clock }: DriverContext, options: MemoryOptions) {
    this.#store = options.store ?? storeOf(settings.endpoint.url)
    this.#bucket = settings.bucket
    this.#clock = clock
    this.#timeoutMs = settings.timeoutMs
    this.#faults = options.faults ?? planOf(settings.driverConfig)
  }

  async put({ key, content, contentType, metadata }: PutRequest, call: Call): Promise<Facts> {
    await this.#enter('put', key, call)
    const bucket = this.#bucketNow()
    const etag = etagOf(content)
    const lastModified = new Date(this.#clock.epochMs()).toUTCString()
    bucket.put(key, {
      content, etag, contentType: contentType ?? 'binary/octet-stream', lastModified, metadata: metadata ?? {}, kept: {}, tags: {},
    })
    return { status: 200, bytes: content.sizeBytes, etag }
  }

  async get({ key, range, sink }: GetRequest, call: Call): Promise<GetFacts> {
    const fault = await this.#enter('get', key, call)
    const { content, etag } = this.#object(key, 'GET')
    const [start, end] = range === undefined ? [0, content.sizeBytes] as const : this.#span(range, content.sizeBytes, key)
    const stop = Math.min(end, start + (fault?.cutAfterBytes ?? Infinity))
    for (const chunk of piecesOf(content, start, stop)) sink?.(chunk)
    if (stop < end) throw new StorageError('cut', `GET ${key}: the connection was closed within the body of the answer`, { detail: 'EOF' })
    return { status: range === undefined ? 200 : 206, bytes: end - start, etag, sizeBytes: content.sizeBytes }
  }

  async head(key: string, call: Call): Promise<HeadFacts> {
    await this.#enter('head', key, call)
    const { content, etag, contentType, lastModified, metadata } = this.#object(key, 'HEAD')
    return { status: 200, bytes: 0, etag, sizeBytes: content.sizeBytes, contentType, lastModified, metadata }
  }

  async delete(key: string, call: Call): Promise<Facts> {
    await this.#enter('delete', key, call)
    this.#bucketNow().delete(key)
    return { status: 204, bytes: 0 }
  }

  async deleteMany(keys: readonly string[], call: Call): Promise<DeleteManyFacts> {
    await this.#enter('deleteMany', keys[0] ?? '', call)
    const bucket = this.#bucketNow()
    for (const key of keys) bucket.delete(key)
    return { status: 200, bytes: 0, failed: [] }
  }

  async list(request: ListRequest, call: Call): Promise<ListFacts> {
    await this.#enter('list', request.prefix, call)
    const { prefix, delimiter, maxKeys = 1000 } = request
    const after = request.continuationToken === undefined ? request.startAfter ?? ''
      : Buffer.from(request.continuationToken, 'base64').toString('utf8')
    const { objects, commonPrefixes, last } = pageOf(this.#bucketNow(), { prefix, delimiter, maxKeys, after })
    return {
      status: 200, bytes: 0, objects, commonPrefixes,
      ...(last === undefined ? {} : { continuationToken: Buffer.from(last).toString('base64') }),
    }
  }

  async listVersions({ prefix, after, maxKeys = 1000 }: ListVersionsRequest, call: Call): Promise<ListVersionsFacts> {
    await this.#enter('listVersions', prefix, call)
    const all = below(prefix, this.#bucketNow().versions())
    const from = resumed(all, after?.key, after?.versionId, ({ versionId }) => versionId)
    const versions = all.slice(from, from + maxKeys)
    const last = versions.at(-1)
    const more = last !== undefined && from + maxKeys < all.length
    return { status: 200, bytes: 0, versions, ...(more ? { next: { key: last.key, versionId: last.versionId } } : {}) }
  }

  async deleteVersions(versions: readonly VersionName[], call: Call): Promise<DeleteManyFacts> {
    await this.#enter('deleteVersions', versions[0]?.key ?? '', call)
    const bucket = this.#bucketNow()
    for (const { key, versionId } of versions) bucket.deleteVersion(key, versionId)
    return { status: 200, bytes: 0, failed: [] }
  }

  async listUploads({ prefix, after, maxUploads = 1000 }: ListUploadsRequest, call: Call): Promise<ListUploadsFacts> {
    await this.#enter('listUploads', prefix, call)
    const all = below(prefix, [...this.#bucketNow().uploads].map(([uploadId, key]) => ({ key, uploadId })))
    const from = resumed(all, after?.key, after?.uploadId, ({ uploadId }) => uploadId)
    const uploads = all.slice(from, from + maxUploads)
    const last = uploads.at(-1)
    return { status: 200, bytes: 0, uploads, ...(last !== undefined && from + maxUploads < all.length ? { next: last } : {}) }
  }

  async abortUpload({ key, uploadId }: OpenUpload, call: Call): Promise<Facts> {
    await this.#enter('abortUpload', key, call)
    if (!this.#bucketNow().uploads.delete(uploadId)) throw missing('NoSuchUpload', `DELETE upload of ${key}`)
    return { status: 204, bytes: 0 }
  }

  async perform(request: ApiRequest, call: Call): Promise<ApiFacts> {
    await this.#enter(request.api, request.key ?? '', call)
    return memoryApi(this.#store, request.bucket ?? this.#bucket, request, new Date(this.#clock.epochMs()).toUTCString())
  }

  async headBucket(call: Call): Promise<Facts> {
    await this.#enter('headBucket', '', call)
    this.#bucketNow()
    return { status: 200, bytes: 0 }
  }

  async createBucket(call: Call): Promise<Facts> {
    await this.#enter('createBucket', '', call)
    if (this.#store.bucket(this.#bucket) !== undefined) {
      throw new StorageError('conflict', `PUT bucket ${this.#bucket}: the store answered 409`, { detail: 'BucketAlreadyOwnedByYou' })
    }
    this.#store.create(this.#bucket)
    return { status: 200, bytes: 0 }
  }

  async deleteBucket(call: Call): Promise<Facts> {
    await this.#enter('deleteBucket', '', call)
    if (!this.#bucketNow().empty) throw new StorageError('conflict', `DELETE bucket ${this.#bucket}: it is not empty`,
      { detail: 'BucketNotEmpty' })
    this.#store.remove(this.#bucket)
    return { status: 204, bytes: 0 }
  }

  close(): Promise<void> {
    this.#closed = true
    for (const stop of this.#waiting) stop()
    return Promise.resolve()
  }

  /** Waits and fails as the plan says; resolves to the fault whose rest concerns the operation itself. */
  async #enter(op: string, key: string, call: Call): Promise<Fault | undefined> {
    const fault = this.#faults(op, key, this.#count++)
    if (this.#closed || call.signal.aborted) throw cancelled(op, key)
    if (fault?.delayMs !== undefined) await this.#wait(fault.delayMs, op, key, call)
    call.mark('first_byte')
    if (fault?.code !== undefined) throw new StorageError(fault.code, `${op} ${key}: a fault of the test's plan`, { detail: 'planned' })
    return fault
  }

  #wait(delayMs: number, op: string, key: string, call: Call): Promise<void> {
    const timeoutMs = call.timeoutMs > 0 ? call.timeoutMs : this.#timeoutMs
    const late = delayMs > timeoutMs
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#waiting.delete(stop)
        call.signal.removeEventListener('abort', stop)
      }
      const stop = (): void => {
        over()
        timer.cancel()
        reject(cancelled(op, key))
      }
      const timer = this.#clock.at(this.#clock.now() + (late ? timeoutMs : delayMs), () => {
        over()
        if (late) reject(new StorageError('timeout', `${op} ${key}: there was no answer when the operation's time was over`,
          { detail: 'timeout' }))
        else resolve()
      })
      this.#waiting.add(stop)
      call.signal.addEventListener('abort', stop, { once: true })
    })
  }

  #bucketNow(): MemoryBucket {
    const bucket = this.#store.bucket(this.#bucket)
    if (bucket === undefined) throw missing('NoSuchBucket', this.#bucket)
    return bucket
  }

  #object(key: string, method: string): StoredObject {
    const object = this.#bucketNow().get(key)
    if (object === undefined) throw missing('NoSuchKey', `${method} ${key}`)
    return object
  }

  #span({ first, last }: ByteRange, sizeBytes: number, key: string): readonly [start: number, end: number] {
    const span = first === undefined ? [Math.max(0, sizeBytes - (last ?? 0)), sizeBytes] as const
      : [first, Math.min(sizeBytes, (last ?? sizeBytes) + 1)] as const
    if (span[0] >= span[1]) throw new StorageError('invalid', `GET ${key}: the store answered 416 InvalidRange`, { detail: 'InvalidRange' })
    return span
  }
}
const cancelled = (op: string, key: string): StorageError => new StorageError('cancelled', `${op} ${key}: stopped before it ended`)

/** Opens the driver, on the store of the endpoint's name, or one of the caller's. */
export const openDriver = (context: DriverContext, options: MemoryOptions = {}): S3Driver => new MemoryDriver(context, options)
