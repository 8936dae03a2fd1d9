// What scripts give the operations of `chopsticks/s3` and get from them.

/** Bytes named by `payload()`. */
export interface PayloadName { readonly payload: true; readonly sizeBytes: number; readonly seed?: number; readonly pattern?: string }
/** What can be stored: a payload, or up to 1 MiB carried out of the script. */
export type Body = PayloadName | string | Uint8Array

/** What every operation takes. */
export interface S3Options {
  /** Codes that are no failure here: `['not_found']`. */
  readonly expect?: readonly string[]
  readonly tags?: Record<string, string>
  /** How long it may take, in ms; by default what the target says. */
  readonly timeout?: number
  /** false = return the StorageError instead of throwing it. */
  readonly throw?: boolean
}
/** Which bucket, and who signs. */
export interface PlaceOptions extends S3Options {
  /** One of the run's own, made by `createBucket`; by default the target's. */
  readonly bucket?: string
  /** The request carries no signature. */
  readonly anonymous?: boolean
}
/** What requests about one object take. */
export interface AskedOptions extends PlaceOptions {
  /** The signature stands in the URL, which is good for so many seconds (true: 900). */
  readonly presigned?: boolean | number
  /** Have the reply say all that the answer's head says: `versionId`, checksums, locks, … With most other options it does so anyway. */
  readonly details?: boolean
}
export type ChecksumName = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
/** Kept by a customer's key: 32 bytes in base64. */
export interface CustomerKey { readonly customerKey: string }
export interface Retention { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly until: Date | string }
export type CannedAcl =
  'private' | 'public-read' | 'public-read-write' | 'authenticated-read' | 'bucket-owner-read' | 'bucket-owner-full-control'

/** What an object keeps beside its bytes. */
export interface ObjectOptions {
  readonly contentType?: string
  readonly metadata?: Record<string, string>
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  /** Its own tags, not those of its measurement. */
  readonly tagging?: Record<string, string>
  readonly acl?: CannedAcl
  readonly storageClass?: string
  readonly sse?: 'AES256' | 'aws:kms' | { readonly kmsKeyId: string } | CustomerKey
  readonly retention?: Retention
  readonly legalHold?: boolean
}
export interface PutOptions extends AskedOptions, ObjectOptions {
  /** Only over an object of this tag; `*`: over any. */
  readonly ifMatch?: string
  /** `*`: only where there is none. */
  readonly ifNoneMatch?: string
  /** A checksum of the body, sent for the store to check and to keep. */
  readonly checksum?: ChecksumName
}
export interface HeadOptions extends AskedOptions {
  readonly versionId?: string
  readonly ifMatch?: string
  /** Code `precondition` where the object has this tag still. */
  readonly ifNoneMatch?: string
  readonly ifModifiedSince?: Date | string
  readonly ifUnmodifiedSince?: Date | string
  readonly sse?: CustomerKey
}
export interface GetOptions extends HeadOptions {
  /** First and last byte, both included (without a last: to the end), or a text like 'bytes=-100'. */
  readonly range?: readonly [first: number, last?: number] | string
  /** What to bring into the script, up to 1 MiB: `text`, `json`, or `bytes`. By default the body is counted and dropped. */
  readonly body?: 'text' | 'json' | 'bytes'
  /**
   * true: every byte is checked, by the host, against what the object says of itself; a payload: against that one; false: nothing is.
   * Differences have code `corrupt`, `short`, `misplaced`, `torn` or `stale`.
   */
  readonly verify?: PayloadName | boolean
  /**
   * true: the store is asked for the object's checksum, and the body is held against it; one that does not fit is `corrupt`. Parts of
   * objects, and objects that have none, are not judged.
   */
  readonly checksum?: boolean
}
export interface DeleteOptions extends AskedOptions {
  /** Deletes this version for good. */
  readonly versionId?: string
  readonly ifMatch?: string
  readonly bypassGovernance?: boolean
}
export interface ListOptions extends S3Options {
  readonly prefix?: string
  /** 1 to 1000, default 1000. */
  readonly maxKeys?: number
  readonly startAfter?: string
  readonly continuationToken?: string
  readonly delimiter?: string
  readonly bucket?: string
}

export interface S3Result {
  readonly status: number
  /** Payload bytes sent or received. */
  readonly bytes: number
  readonly etag?: string
  readonly requestId?: string
  /** Of a bucket that keeps versions; see `details`. */
  readonly versionId?: string
  readonly deleteMarker?: boolean
}
export interface GetResult extends S3Result {
  /** The object's whole size. */
  readonly sizeBytes?: number
  /** The body in the form asked for. */
  readonly body?: unknown
}
export interface HeadResult extends S3Result {
  readonly sizeBytes?: number
  readonly contentType?: string
  readonly lastModified?: string
  readonly metadata: Record<string, string>
}
export interface ListedObject { readonly key: string; readonly sizeBytes: number; readonly etag: string; readonly lastModified: string }
export interface ListResult extends S3Result {
  readonly objects: readonly ListedObject[]
  readonly commonPrefixes: readonly string[]
  /** Present when there is more: give it to the next list. */
  readonly continuationToken?: string
}
/** An object that was there before the run: to be read only. */
export interface ExistingObject {
  get(options?: GetOptions): Promise<GetResult>
  head(options?: HeadOptions): Promise<HeadResult>
}

/** Which store: a target of the targets file, and a driver where it isn't that one's own. */
export interface S3Target { readonly target?: string; readonly driver?: string }

/** The common operations. All keys are below the run's own prefix; what is created there is deleted at the end. */
export interface CommonStore {
  /** Stores an object in one request. */
  put(key: string, body: Body, options?: PutOptions): Promise<S3Result>
  /** Reads an object or a part of it. */
  get(key: string, options?: GetOptions): Promise<GetResult>
  /** Asks about an object. */
  head(key: string, options?: HeadOptions): Promise<HeadResult>
  /** Deletes an object; one that isn't there is no error. */
  delete(key: string, options?: DeleteOptions): Promise<S3Result>
  /** Deletes up to 1000 objects in one request; given as `{ key, versionId }`, these versions for good. */
  deleteMany(
    keys: readonly (string | { readonly key: string; readonly versionId: string })[],
    options?: S3Options & { readonly bucket?: string },
  ): Promise<S3Result & { readonly deleted: number }>
  /** Lists one page. */
  list(options?: ListOptions): Promise<ListResult>
  /** An object that was there before the run, by its whole key. */
  existing(key: string): ExistingObject
}
