// The buckets: objects with their versions, open uploads, tags.
import { ENTRY_BYTES, Capacity } from './capacity.ts'
import type { CannedAcl, Encryption, Retention } from './extras.ts'
import type { DeleteMarker, Moment, NewObject, Part, StoredObject, Tag, Upload, Version } from './objects.ts'
import { Versions } from './versions.ts'
import type { VersionIds, Versioning } from './versions.ts'
import { S3Error } from '../errors.ts'
import type { ByteString } from '../http/byte-string.ts'

/** One bucket. What its objects and parts occupy of the capacity is given back as they go. */
export class Bucket {
  readonly name: string
  readonly created: Moment
  readonly versions: Versions
  /** By id. */
  readonly uploads = new Map<string, Upload>()
  versioning: Versioning | undefined
  tags: readonly Tag[] = []
  acl: CannedAcl = 'private'
  /** JSON text. */
  policy: string | undefined
  /** The rules as XML. */
  lifecycle: string | undefined
  /** What objects have whose upload says nothing of it. */
  encryption: Exclude<Encryption, { readonly kind: 'customer' }> | undefined
  /** Present in buckets made for it; how long new objects are kept, where that was said. */
  lock: { readonly usual: { readonly mode: Retention['mode']; readonly days: number } | undefined } | undefined
  readonly #capacity: Capacity
  readonly #versionIds: VersionIds

  constructor(name: string, created: Moment, capacity: Capacity, versionIds: VersionIds) {
    this.name = name
    this.created = created
    this.versions = new Versions(capacity)
    this.#capacity = capacity
    this.#versionIds = versionIds
  }

  get isEmpty(): boolean { return this.versions.isEmpty }
  /** The current object of a key. */
  get(key: ByteString): StoredObject | undefined { return this.versions.get(key) }
  /** The order of a version id, also of one that is gone; undefined for what was never one. */
  orderOf(versionId: string): number | undefined { return this.#versionIds.orderOf(versionId) }

  /** Stores an object whose room (its size and an entry) was taken before, and returns it as the version it became. */
  put(object: NewObject): StoredObject {
    const { key, pieces, sizeBytes, etag, modified, headers, checksum, tags, appends, encryption, acl, retention, legalHold } = object
    const { versionId, order } = this.#versionIds.next(this.versioning)
    const stored: StoredObject = {
      isMarker: false, key, pieces, sizeBytes, etag, modified, headers, checksum, appends, versionId, order,
      encryption, tags, acl, retention, legalHold,
    }
    if (this.versioning === undefined) this.versions.replace(stored)
    else this.versions.push(stored)
    return stored
  }

  /** Deletes what a key shows. With versioning a marker is put before its versions and returned. @throws S3Error QuotaExceeded. */
  delete(key: ByteString, modified: Moment): DeleteMarker | undefined {
    if (this.versioning === undefined) { this.versions.remove(key); return undefined }
    this.#capacity.take(ENTRY_BYTES)
    const marker: DeleteMarker = { isMarker: true, key, modified, ...this.#versionIds.next(this.versioning) }
    this.versions.push(marker)
    return marker
  }

  /** Deletes one version for good and returns it; undefined when it was not there. */
  deleteVersion(key: ByteString, versionId: string): Version | undefined { return this.versions.removeVersion(key, versionId) }

  /** Begins an upload whose room (an entry) was taken before. */
  beginUpload(upload: Upload): void { this.uploads.set(upload.id, upload) }

  /** Stores a part whose room was taken before. */
  putPart(upload: Upload, part: Part): void {
    const replaced = upload.parts.get(part.number)
    if (replaced !== undefined) this.#capacity.give(replaced.sizeBytes + ENTRY_BYTES)
    upload.parts.set(part.number, part)
  }

  /** Ends an upload; the room of its parts is given back but for those in `kept`, whose payload an object takes over. */
  endUpload(upload: Upload, kept: ReadonlySet<Part> = new Set()): void {
    this.uploads.delete(upload.id)
    this.#capacity.give(ENTRY_BYTES)
    for (const part of upload.parts.values()) this.#capacity.give(ENTRY_BYTES + (kept.has(part) ? 0 : part.sizeBytes))
  }
}

/** All buckets of an endpoint. */
export class Store {
  readonly capacity: Capacity
  readonly #versionIds: VersionIds
  readonly #buckets = new Map<string, Bucket>()
  constructor(maxBytes: number, versionIds: VersionIds) {
    this.capacity = new Capacity(maxBytes)
    this.#versionIds = versionIds
  }

  has(name: string): boolean { return this.#buckets.has(name) }
  /** In order of their names. */
  buckets(): Bucket[] { return [...this.#buckets.values()].sort((a, b) => a.name < b.name ? -1 : 1) }
  /** @throws S3Error NoSuchBucket. */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name)
    if (bucket === undefined) throw new S3Error('NoSuchBucket', undefined, { BucketName: name })
    return bucket
  }

  /** @throws S3Error InvalidBucketName, BucketAlreadyOwnedByYou. */
  create(name: string, created: Moment): void {
    if (!/^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
      throw new S3Error('InvalidBucketName', undefined, { BucketName: name })
    }
    if (this.#buckets.has(name)) throw new S3Error('BucketAlreadyOwnedByYou', undefined, { BucketName: name })
    this.#buckets.set(name, new Bucket(name, created, this.capacity, this.#versionIds))
  }

  /** Deletes an empty bucket, with the uploads open in it. @throws S3Error NoSuchBucket, BucketNotEmpty. */
  delete(name: string): void {
    const bucket = this.bucket(name)
    if (!bucket.isEmpty) throw new S3Error('BucketNotEmpty', undefined, { BucketName: name })
    for (const upload of bucket.uploads.values()) bucket.endUpload(upload)
    this.#buckets.delete(name)
  }
}
