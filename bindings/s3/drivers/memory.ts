// The memory driver: a store inside the process, for tests, with scripted delays and faults in whatever time the clock keeps.
import { createHash } from 'node:crypto'
import {
  STORAGE_CODES, StorageError, isJsonObject, type Call, type Clock, type Json, type JsonObject, type StorageCode,
} from '../../sdk/index.ts'
import type {
  ByteRange, DeleteManyFacts, DriverContext, Facts, GetFacts, GetRequest, HeadFacts, ListFacts, ListRequest, ListUploadsFacts,
  ListUploadsRequest, ListVersionsFacts, ListVersionsRequest, ListedObject, OpenUpload, PutRequest, S3Driver, VersionName,
} from '../driver.ts'
import { MemoryStore, type MemoryBucket, type StoredObject } from './memory-store.ts'

/** What goes wrong with one operation. */
export interface Fault {
  /** Waited before the operation is answered. */
  readonly delayMs?: number
  /** It fails with this code and does nothing. */
  readonly code?: StorageCode
  /** A get is cut after so many bytes of its body. */
  readonly cutAfterBytes?: number
}
/** Decides on the `n`th operation (from 0, all operations of the driver counted together). */
export type FaultPlan = (op: string, key: string, n: number) => Fault | undefined

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

/** `{ op?, key?, every?, delay_ms?, code?, cut_after_bytes? }`: `key` = text it holds; `every: 10` = each tenth that fits. */
function ruleOf(value: Json): (op: string, key: string) => Fault | undefined {
  if (!isJsonObject(value)) throw new StorageError('invalid', 'driver_config: faults must be a list of objects')
  const { op, key: part, every = 1, delay_ms: delayMs, code: named, cut_after_bytes: cutAfterBytes } = value
  const code = STORAGE_CODES.find((known) => known === named)
  if ((named !== undefined && code === undefined) || typeof every !== 'number') {
    throw new StorageError('invalid', 'driver_config: a fault with an unknown code, or `every` is no number')
  }
  const fault: Fault = {
    ...(code === undefined ? {} : { code }), ...(typeof delayMs === 'number' ? { delayMs } : {}),
    ...(typeof cutAfterBytes === 'number' ? { cutAfterBytes } : {}),
  }
  let fitting = 0
  return (called, key) => (op === undefined || op === called) && (typeof part !== 'string' || key.includes(part)) &&
    ++fitting % every === 0 ? fault : undefined
}

function planOf(config: JsonObject): FaultPlan {
  const rules = Array.isArray(config['faults']) ? config['faults'].map((rule: Json) => ruleOf(rule)) : []
  return (op, key) => {
    for (const rule of rules) {
      const fault = rule(op, key)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}

const missing = (detail: 'NoSuchKey' | 'NoSuchBucket' | 'NoSuchUpload', what: string): StorageError =>
  new StorageError('not_found', `${what}: the store answered 404 ${detail}`, { detail })

const PIECE_BYTES = 64 * 1024
/** S3 lists by bytes of UTF-8; JavaScript compares UTF-16 units, which differs beyond the basic plane. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** What is named below a prefix, in a listing's order; what has one key stays in the order it came in. */
const below = <T extends { readonly key: string }>(prefix: string, all: Iterable<T>): T[] =>
  [...all].filter(({ key }) => key.startsWith(prefix)).sort((a, b) => byBytes(a.key, b.key))

/** Where a listing goes on after a key and an id of that key's; after all of the key where the id is gone or not given. */
function resumed<T extends { readonly key: string }>(
  all: readonly T[], key: string | undefined, id: string | undefined, idOf: (entry: T) => string,
): number {
  if (key === undefined) return 0
  const at = all.findIndex((entry) => entry.key === key && idOf(entry) === id)
  if (at >= 0) return at + 1
  const next = all.findIndex((entry) => byBytes(entry.key, key) > 0)
  return next < 0 ? all.length : next
}

class MemoryDriver implements S3Driver {
  readonly #store: MemoryStore
  readonly #bucket: string
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #faults: FaultPlan
  #count = 0

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
    const digest = createHash('md5')
    for (let at = 0; at < content.sizeBytes;) {
      const chunk = content.chunk(at, PIECE_BYTES)
      digest.update(chunk)
      at += chunk.length
    }
    const etag = `"${digest.digest('hex')}"`
    const lastModified = new Date(this.#clock.epochMs()).toUTCString()
    bucket.put(key, { content, etag, contentType: contentType ?? 'binary/octet-stream', lastModified, metadata: metadata ?? {} })
    return { status: 200, bytes: content.sizeBytes, etag }
  }

  async get({ key, range, sink }: GetRequest, call: Call): Promise<GetFacts> {
    const fault = await this.#enter('get', key, call)
    const { content, etag } = this.#object(key, 'GET')
    const [start, end] = range === undefined ? [0, content.sizeBytes] as const : this.#span(range, content.sizeBytes, key)
    const stop = Math.min(end, start + (fault?.cutAfterBytes ?? Infinity))
    for (let at = start; at < stop;) {
      const chunk = content.chunk(at, Math.min(PIECE_BYTES, stop - at))
      sink?.(chunk)
      at += chunk.length
    }
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
    const all = below(prefix, [...this.#bucketNow().objects()].map(([key, object]) => ({ key, object })))
    const objects: ListedObject[] = []
    const commonPrefixes: string[] = []
    let last = ''
    for (const { key, object: { content, etag, lastModified } } of all) {
      const cut = delimiter === undefined || delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      const name = cut < 0 ? key : key.slice(0, cut + (delimiter ?? '').length)
      if (byBytes(name, after) <= 0 || name === last) continue
      if (objects.length + commonPrefixes.length === maxKeys) {
        return { status: 200, bytes: 0, objects, commonPrefixes, continuationToken: Buffer.from(last).toString('base64') }
      }
      last = name
      if (cut < 0) objects.push({ key, sizeBytes: content.sizeBytes, etag, lastModified: new Date(lastModified).toISOString() })
      else commonPrefixes.push(name)
    }
    return { status: 200, bytes: 0, objects, commonPrefixes }
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

  close(): Promise<void> { return Promise.resolve() }

  /** Waits and fails as the plan says; resolves to the fault whose rest concerns the operation itself. */
  async #enter(op: string, key: string, call: Call): Promise<Fault | undefined> {
    const fault = this.#faults(op, key, this.#count++)
    if (call.signal.aborted) throw cancelled(op, key)
    if (fault?.delayMs !== undefined) await this.#wait(fault.delayMs, op, key, call)
    call.mark('first_byte')
    if (fault?.code !== undefined) throw new StorageError(fault.code, `${op} ${key}: a fault of the test's plan`, { detail: 'planned' })
    return fault
  }

  #wait(delayMs: number, op: string, key: string, call: Call): Promise<void> {
    const timeoutMs = call.timeoutMs > 0 ? call.timeoutMs : this.#timeoutMs
    const late = delayMs > timeoutMs
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        timer.cancel()
        reject(cancelled(op, key))
      }
      const timer = this.#clock.at(this.#clock.now() + (late ? timeoutMs : delayMs), () => {
        call.signal.removeEventListener('abort', stop)
        if (late) reject(new StorageError('timeout', `${op} ${key}: there was no answer when the operation's time was over`,
          { detail: 'timeout' }))
        else resolve()
      })
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
