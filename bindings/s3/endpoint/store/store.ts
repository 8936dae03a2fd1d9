// The objects: buckets of keys in order, payloads as the pieces they arrived in.
import { ENTRY_BYTES, Capacity } from './capacity.ts'
import { SortedKeys } from './sorted-keys.ts'
import { S3Error } from '../errors.ts'
import type { Checksum } from '../checksum/declared.ts'
import type { ByteString } from '../http/byte-string.ts'

/** A moment in whole seconds, as S3 keeps it. */
export interface Moment {
  readonly epochMs: number
  /** As in Last-Modified. */
  readonly httpDate: string
}

export interface StoredObject {
  readonly key: ByteString
  readonly pieces: readonly Buffer[]
  readonly sizeBytes: number
  /** With its quotes. */
  readonly etag: string
  readonly modified: Moment
  /** What GET and HEAD repeat of the upload's headers (Content-Type, x-amz-meta-*, …): names and values in turn. */
  readonly headers: readonly string[]
  readonly checksum: Checksum | undefined
}

/** One part of a multipart upload. */
export interface Part {
  readonly number: number
  readonly pieces: readonly Buffer[]
  readonly sizeBytes: number
  readonly etag: string
  readonly modified: Moment
  readonly checksum: Checksum | undefined
}

/** A multipart upload that is neither completed nor aborted. */
export interface Upload {
  readonly id: string
  readonly key: ByteString
  readonly initiated: Moment
  readonly headers: readonly string[]
  readonly checksum: Pick<Checksum, 'name' | 'type'> | undefined
  readonly parts: Map<number, Part>
}

/** One bucket. What its objects and parts occupy of the capacity is given back as they go. */
export class Bucket {
  readonly name: string
  readonly created: Moment
  readonly keys = new SortedKeys<ByteString>()
  /** By id. */
  readonly uploads = new Map<string, Upload>()
  readonly #objects = new Map<ByteString, StoredObject>()
  readonly #capacity: Capacity

  constructor(name: string, created: Moment, capacity: Capacity) {
    this.name = name
    this.created = created
    this.#capacity = capacity
  }

  get objectCount(): number { return this.#objects.size }
  get(key: ByteString): StoredObject | undefined { return this.#objects.get(key) }

  /** Stores an object whose room (its size and an entry) was taken before; what it replaces gives its room back. */
  put(object: StoredObject): void {
    const replaced = this.#objects.get(object.key)
    if (replaced === undefined) this.keys.add(object.key)
    else this.#capacity.give(replaced.sizeBytes + ENTRY_BYTES)
    this.#objects.set(object.key, object)
  }

  delete(key: ByteString): void {
    const object = this.#objects.get(key)
    if (object === undefined) return
    this.#objects.delete(key)
    this.keys.delete(key)
    this.#capacity.give(object.sizeBytes + ENTRY_BYTES)
  }

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
  readonly #buckets = new Map<string, Bucket>()
  constructor(maxBytes: number) { this.capacity = new Capacity(maxBytes) }

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
    this.#buckets.set(name, new Bucket(name, created, this.capacity))
  }

  /** Deletes an empty bucket, with the uploads open in it. @throws S3Error NoSuchBucket, BucketNotEmpty. */
  delete(name: string): void {
    const bucket = this.bucket(name)
    if (bucket.objectCount > 0) throw new S3Error('BucketNotEmpty', undefined, { BucketName: name })
    for (const upload of bucket.uploads.values()) bucket.endUpload(upload)
    this.#buckets.delete(name)
  }
}
