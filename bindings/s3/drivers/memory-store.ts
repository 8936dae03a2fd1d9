// What the memory driver keeps: buckets with their objects, versions, delete markers and open uploads, in no process but this one.
import type { Content } from '../../sdk/index.ts'
import type { ObjectVersion } from '../driver.ts'

export interface StoredObject {
  readonly content: Content
  readonly etag: string
  readonly contentType: string
  readonly lastModified: string
  readonly metadata: Readonly<Record<string, string>>
  /** Further headers it was put with, by the API's names. */
  readonly kept: Readonly<Record<string, string>>
  /** The one thing that changes about it. */
  tags: Readonly<Record<string, string>>
}

/** A multipart upload that is open: what it was begun with, and its parts. */
export interface MemoryUpload {
  readonly made: Omit<StoredObject, 'content' | 'etag' | 'lastModified'>
  readonly parts: Map<number, { readonly content: Content; readonly etag: string }>
}

/** A version of a key; one without an object is a delete marker. */
interface StoredVersion { readonly id: string; readonly object: StoredObject | undefined }

/** What S3 calls the one version a bucket without versions keeps of each key. */
const ONLY_VERSION = 'null'

/** One bucket. */
export class MemoryBucket {
  /** Whether it keeps what is overwritten and deleted; undefined: it was never told to. */
  versioning: 'Enabled' | 'Suspended' | undefined
  /** Multipart uploads that were begun and neither completed nor aborted: upload id -> key. */
  readonly uploads = new Map<string, string>()
  /** Of uploads that were begun by this driver. */
  readonly begun = new Map<string, MemoryUpload>()
  /** Versions of each key, the newest first; never empty. */
  readonly #keys = new Map<string, readonly StoredVersion[]>()
  #made = 0

  constructor(versioned: boolean) { this.versioning = versioned ? 'Enabled' : undefined }

  /** True when nothing is in it, no old version either. */
  get empty(): boolean { return this.#keys.size === 0 }

  /** The newest version of a key, if that is an object. */
  get(key: string): StoredObject | undefined { return this.#keys.get(key)?.[0]?.object }

  /** A version of a key: an object, `null` for a delete marker, undefined where there is none of that id. */
  version(key: string, id: string): StoredObject | null | undefined {
    const found = this.#keys.get(key)?.find((version) => version.id === id)
    return found === undefined ? undefined : found.object ?? null
  }

  /** The id of the version it became; undefined where none are kept. */
  put(key: string, object: StoredObject): string | undefined { return this.#add(key, object) }

  /** Deletes a key; where versions are kept it hides it behind a delete marker. */
  delete(key: string): string | undefined {
    if (this.versioning !== undefined) return this.#add(key, undefined)
    this.#keys.delete(key)
    return undefined
  }

  /** Deletes one version for good. */
  deleteVersion(key: string, id: string): void {
    const left = (this.#keys.get(key) ?? []).filter((version) => version.id !== id)
    if (left.length > 0) this.#keys.set(key, left)
    else this.#keys.delete(key)
  }

  /** Every key whose newest version is an object. */
  * objects(): Generator<readonly [key: string, object: StoredObject]> {
    for (const [key, [newest]] of this.#keys) if (newest?.object !== undefined) yield [key, newest.object]
  }

  /** Every version of every key, the newest of each key first. */
  * versions(): Generator<ObjectVersion> {
    for (const [key, versions] of this.#keys) {
      for (const [index, { id, object }] of versions.entries()) {
        yield { key, versionId: id, isLatest: index === 0, isDeleteMarker: object === undefined }
      }
    }
  }

  #add(key: string, object: StoredObject | undefined): string | undefined {
    const kept = this.versioning === undefined ? [] : this.#keys.get(key) ?? []
    const id = this.versioning === 'Enabled' ? `v${String(++this.#made)}` : ONLY_VERSION
    this.#keys.set(key, [{ id, object }, ...kept.filter((version) => version.id !== id)])
    return this.versioning === undefined ? undefined : id
  }
}

/** Buckets by name. */
export class MemoryStore {
  readonly #buckets = new Map<string, MemoryBucket>()
  readonly #open: boolean
  readonly #versioned: boolean

  /** With names: these buckets exist and no others. Without: each exists once it is asked for. */
  constructor(buckets?: readonly string[], { versioned = false }: { readonly versioned?: boolean } = {}) {
    this.#open = buckets === undefined
    this.#versioned = versioned
    for (const name of buckets ?? []) this.create(name)
  }

  bucket(name: string): MemoryBucket | undefined {
    if (this.#open && !this.#buckets.has(name)) this.create(name)
    return this.#buckets.get(name)
  }

  /** The names of all buckets, in order. */
  names(): readonly string[] { return [...this.#buckets.keys()].sort() }

  create(name: string): void { this.#buckets.set(name, new MemoryBucket(this.#versioned)) }
  remove(name: string): void { this.#buckets.delete(name) }
}
