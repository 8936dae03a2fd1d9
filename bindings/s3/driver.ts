// What a driver of S3 does: the operations on one bucket, each one request, measured by the caller and never repaired.
import type { Call, Clock, Content } from '../sdk/index.ts'
import type { Bandwidth } from './bandwidth.ts'
import type { Facts, Sink } from './facts.ts'
import type { ApiFacts, ApiRequest } from './operations/api.ts'
import type { S3Settings } from './settings.ts'
import type { WireLog } from './wire-log.ts'

export type { Facts, Sink }

export interface PutRequest {
  readonly key: string
  readonly content: Content
  readonly contentType?: string
  /** Sent as `x-amz-meta-<name>`; names in lower case. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** A part of an object, both ends included; without `last` to its end, without `first` its last `last` bytes. */
export interface ByteRange { readonly first?: number; readonly last?: number }

export interface GetRequest {
  readonly key: string
  readonly range?: ByteRange
  /** Gets the body; without one it is counted and dropped. */
  readonly sink?: Sink
}

export interface GetFacts extends Facts {
  /** Size of the whole object, where the answer says it. */
  readonly sizeBytes?: number | undefined
}
export interface HeadFacts extends GetFacts {
  readonly contentType?: string | undefined
  readonly lastModified?: string | undefined
  readonly metadata: Readonly<Record<string, string>>
}

export interface ListRequest {
  readonly prefix: string
  readonly maxKeys?: number
  readonly startAfter?: string
  readonly continuationToken?: string
  readonly delimiter?: string
}
export interface ListedObject { readonly key: string; readonly sizeBytes: number; readonly etag: string; readonly lastModified: string }
/** One page of a listing, in the order of the keys' UTF-8 bytes. */
export interface ListFacts extends Facts {
  readonly objects: readonly ListedObject[]
  readonly commonPrefixes: readonly string[]
  /** Present when there is more. */
  readonly continuationToken?: string
}

export interface DeleteManyFacts extends Facts {
  /** Keys the store would not delete; all others are gone. */
  readonly failed: readonly { readonly key: string; readonly detail: string; readonly message: string }[]
}

export interface ListVersionsRequest {
  readonly prefix: string
  readonly maxKeys?: number
  /** What the page before said comes next. */
  readonly after?: VersionMarker
}
/** Where a listing of versions goes on; without a version id after all versions of the key. */
export interface VersionMarker { readonly key: string; readonly versionId?: string }
export interface VersionName {
  readonly key: string
  /** `null` (the text) is the one version of a bucket that keeps none. */
  readonly versionId: string
}
export interface ObjectVersion extends VersionName {
  readonly isLatest: boolean
  /** True for what a delete left behind in a bucket that keeps versions. */
  readonly isDeleteMarker: boolean
}
/** One page of a listing of versions and delete markers. */
export interface ListVersionsFacts extends Facts {
  readonly versions: readonly ObjectVersion[]
  /** Present when there is more. */
  readonly next?: VersionMarker
}

export interface ListUploadsRequest {
  readonly prefix: string
  readonly maxUploads?: number
  /** What the page before said comes next. */
  readonly after?: UploadMarker
}
/** Where a listing of uploads goes on; without an upload id after all uploads to the key. */
export interface UploadMarker { readonly key: string; readonly uploadId?: string }
/** A multipart upload that was neither completed nor aborted. */
export interface OpenUpload { readonly key: string; readonly uploadId: string }
/** One page of a listing of open multipart uploads. */
export interface ListUploadsFacts extends Facts {
  readonly uploads: readonly OpenUpload[]
  /** Present when there is more. */
  readonly next?: UploadMarker
}

/**
 * Operations on the bucket of the driver's settings. Each takes a Call (stop signal, timeout, marks) and either returns facts or
 * throws StorageError; a failed operation is never tried again. Keys are sent as they are: any Unicode text of 1 to 1024 bytes.
 */
export interface S3Driver {
  /** Makes sure of what the driver needs beside the store: a program. Throws StorageError('unsupported') with what to install. */
  ready?(): Promise<void>
  /** True of a driver that writes its requests to the context's `wireLog` itself; of any other its operations are shown. */
  readonly showsRequests?: true
  put(request: PutRequest, call: Call): Promise<Facts>
  get(request: GetRequest, call: Call): Promise<GetFacts>
  head(key: string, call: Call): Promise<HeadFacts>
  /** Deleting what isn't there is no error. */
  delete(key: string, call: Call): Promise<Facts>
  /** At most 1000 keys. */
  deleteMany(keys: readonly string[], call: Call): Promise<DeleteManyFacts>
  /** ListObjectsV2, one page. */
  list(request: ListRequest, call: Call): Promise<ListFacts>
  /** ListObjectVersions, one page. Code `unsupported` where the store keeps no versions. */
  listVersions(request: ListVersionsRequest, call: Call): Promise<ListVersionsFacts>
  /** Deletes versions and delete markers for good; at most 1000. */
  deleteVersions(versions: readonly VersionName[], call: Call): Promise<DeleteManyFacts>
  /** ListMultipartUploads, one page. Code `unsupported` where the store has no multipart uploads. */
  listUploads(request: ListUploadsRequest, call: Call): Promise<ListUploadsFacts>
  /** Ends an upload and drops its parts; one that is gone is `not_found` (detail NoSuchUpload). */
  abortUpload(upload: OpenUpload, call: Call): Promise<Facts>
  headBucket(call: Call): Promise<Facts>
  createBucket(call: Call): Promise<Facts>
  deleteBucket(call: Call): Promise<Facts>
  /**
   * Any operation of the S3 API, told in its own names. Code `unsupported` for one this driver can't do; a driver without it does
   * those above alone.
   */
  perform?(request: ApiRequest, call: Call): Promise<ApiFacts>
  /** Closes all connections; operations in flight end with code `cancelled`. */
  close(): Promise<void>
}

/** What a driver is opened with. */
export interface DriverContext {
  readonly settings: S3Settings
  readonly clock: Clock
  /** How many operations are in flight at once at most: a hint. */
  readonly concurrency: number
  /** The run's name, where there is a run: folders for temporary files are named by it. */
  readonly runId?: string
  /** What limits the bytes of bodies, where something does. */
  readonly bandwidth?: Bandwidth
  /** Where requests and answers are shown, when somebody debugs them. */
  readonly wireLog?: WireLog
}
export type OpenDriver = (context: DriverContext) => S3Driver
