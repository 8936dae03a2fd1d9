// All that `new S3()` can do, for scripts: the operations beyond the common ones, and what they take and tell.
import type {
  Body, CannedAcl, ChecksumName, CommonStore, CustomerKey, ListedObject, ListOptions, ObjectOptions, PlaceOptions, Retention, S3Options,
  S3Result,
} from './types.ts'

interface VersionOptions extends PlaceOptions { readonly versionId?: string }
/** What is copied: a key of the run's, a version of it, or by its whole key what was there before. */
export type CopySource = string | {
  readonly key: string; readonly versionId?: string
  /** True: `key` is a whole key, and `bucket` a whole name. */
  readonly existing?: boolean
  readonly bucket?: string
}
interface SourceOptions {
  readonly sourceSse?: CustomerKey
  readonly sourceIfMatch?: string
  readonly sourceIfNoneMatch?: string
  readonly bucket?: string
}
/** What is given takes the place of the source's. */
export interface CopyOptions extends S3Options, ObjectOptions, SourceOptions {
  readonly checksum?: ChecksumName
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
}
export interface AppendOptions extends S3Options, ObjectOptions {
  /** How many bytes the object has; 0 (default) makes it. */
  readonly position?: number
  readonly bucket?: string
}
export interface CreateUploadOptions extends S3Options, ObjectOptions {
  /** Parts then carry one, too. */
  readonly checksum?: ChecksumName
  readonly bucket?: string
}
/** Give it the same `sse` and `bucket` as createUpload. */
export interface PartOptions extends S3Options { readonly sse?: CustomerKey; readonly checksum?: ChecksumName; readonly bucket?: string }
export interface UploadOptions extends CreateUploadOptions {
  /** Bytes of each part but the last: a number or a text such as '8MiB' (default). */
  readonly partSize?: number | string
  /** Sizes of all parts instead, adding up to the body's. */
  readonly partSizes?: readonly (number | string)[]
  /** Parts in flight at once; default 4. */
  readonly concurrency?: number
  /** True: when all parts are sent the upload is aborted, not completed. */
  readonly abort?: boolean
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
}
/** An upload that is open. */
export interface UploadName { readonly key: string; readonly uploadId: string }
export interface PartResult extends S3Result { readonly partNumber: number }
/** One of the parts that complete an upload: what uploadPart or uploadPartCopy gave. */
export type PartName = Pick<PartResult, 'partNumber' | 'etag'>
export interface VersionMarker { readonly key: string; readonly versionId?: string }
export interface ListedVersion {
  readonly key: string; readonly versionId: string; readonly isLatest: boolean; readonly isDeleteMarker: boolean
}
export interface Grant { readonly grantee: string; readonly permission: string }
export interface LifecycleRule {
  readonly id?: string
  readonly prefix?: string
  readonly enabled?: boolean
  readonly expirationDays?: number
  readonly noncurrentDays?: number
  readonly abortUploadDays?: number
}
type ListV1Options = Omit<ListOptions, 'startAfter' | 'continuationToken'> & PlaceOptions & { readonly marker?: string }
type Reply<T> = Promise<S3Result & Readonly<T>>

/** Object storage at one target, with all its operations. */
export interface S3 extends CommonStore {
  /** Lists page after page: `for await (const { key } of s3.listAll({ prefix: 'a/' }))`. */
  listAll(options?: ListOptions): AsyncGenerator<ListedObject, void>
  /** One page of the older listing; `marker` of the reply, where there is one, begins the next. */
  listV1(options?: ListV1Options): Reply<{ objects: readonly ListedObject[]; commonPrefixes: readonly string[]; marker?: string }>
  /** One page of versions and delete markers; `next`, where there is one, is the next page's `after`. */
  listVersions(options?: PlaceOptions & { readonly prefix?: string; readonly maxKeys?: number; readonly after?: VersionMarker }):
    Reply<{ versions: readonly ListedVersion[]; next?: VersionMarker }>

  /** Has the store copy an object. */
  copy(from: CopySource, to: string, options?: CopyOptions): Promise<S3Result>
  /** Puts bytes behind those an object has, where the gateway can; `nextAppendPosition` is where the next go. */
  append(key: string, body: Body, options?: AppendOptions): Reply<{ nextAppendPosition?: number }>
  getTags(key: string, options?: VersionOptions): Reply<{ tagging: Record<string, string> }>
  /** Replaces all of an object's tags. */
  putTags(key: string, tags: Record<string, string>, options?: VersionOptions): Promise<S3Result>
  deleteTags(key: string, options?: VersionOptions): Promise<S3Result>
  getAcl(key: string, options?: VersionOptions): Reply<{ grants: readonly Grant[] }>
  putAcl(key: string, acl: CannedAcl, options?: VersionOptions): Promise<S3Result>
  getRetention(key: string, options?: VersionOptions): Reply<{ retention: Retention }>
  putRetention(key: string, retention: Retention, options?: VersionOptions & { readonly bypassGovernance?: boolean }): Promise<S3Result>
  getLegalHold(key: string, options?: VersionOptions): Reply<{ legalHold: boolean }>
  putLegalHold(key: string, hold: boolean, options?: VersionOptions): Promise<S3Result>

  /** A whole multipart upload, aborted when it fails. Parts are measured one by one, the whole as `s3_composite_duration{op:upload}`. */
  upload(key: string, body: Body, options?: UploadOptions): Reply<{ uploadId: string; parts: number }>
  createUpload(key: string, options?: CreateUploadOptions): Promise<S3Result & UploadName>
  uploadPart(upload: UploadName, partNumber: number, body: Body, options?: PartOptions): Promise<PartResult>
  /** A part copied by the store, all of the source or a range of it. */
  uploadPartCopy(
    upload: UploadName, partNumber: number, from: CopySource,
    options?: S3Options & SourceOptions & { readonly range?: readonly [first: number, last: number] | string; readonly sse?: CustomerKey },
  ): Promise<PartResult>
  completeUpload(
    upload: UploadName, parts: readonly PartName[],
    options?: Omit<PartOptions, 'checksum'> & { readonly ifMatch?: string; readonly ifNoneMatch?: string },
  ): Promise<S3Result>
  abortUpload(upload: UploadName, options?: PlaceOptions): Promise<S3Result>
  /** One page of an upload's parts; `next` is the next page's `after`. */
  listParts(upload: UploadName, options?: S3Options & { readonly maxParts?: number; readonly after?: number; readonly bucket?: string }):
    Reply<{ parts: readonly { readonly partNumber: number; readonly etag: string; readonly sizeBytes: number }[]; next?: number }>
  listUploads(options?: PlaceOptions & { readonly prefix?: string; readonly maxUploads?: number; readonly after?: UploadName }):
    Reply<{ uploads: readonly UploadName[]; next?: UploadName }>

  /** Makes a bucket of the run's own, which is deleted at the end. Its name in the store begins with the run's prefix. */
  createBucket(name: string, options?: S3Options & { readonly acl?: CannedAcl; readonly objectLock?: boolean }): Promise<S3Result>
  headBucket(name: string, options?: S3Options & { readonly anonymous?: boolean }): Promise<S3Result>
  deleteBucket(name: string, options?: S3Options): Promise<S3Result>
  /** The run's own buckets. */
  listBuckets(options?: S3Options): Reply<{ buckets: readonly string[] }>
  // What follows is about all of a bucket: one of the run's own by `{ bucket }`, or the target's where the run made it or may change it.
  getVersioning(options?: PlaceOptions): Reply<{ versioning: 'Enabled' | 'Suspended' | 'Off' }>
  putVersioning(status: 'Enabled' | 'Suspended', options?: PlaceOptions): Promise<S3Result>
  getBucketAcl(options?: PlaceOptions): Reply<{ grants: readonly Grant[] }>
  putBucketAcl(acl: CannedAcl, options?: PlaceOptions): Promise<S3Result>
  /** `policy` is its JSON text. */
  getPolicy(options?: PlaceOptions): Reply<{ policy: string }>
  putPolicy(policy: object | string, options?: PlaceOptions): Promise<S3Result>
  deletePolicy(options?: PlaceOptions): Promise<S3Result>
  getLifecycle(options?: PlaceOptions): Reply<{ rules: readonly { readonly id: string; readonly enabled: boolean }[] }>
  putLifecycle(rules: readonly LifecycleRule[], options?: PlaceOptions): Promise<S3Result>
  deleteLifecycle(options?: PlaceOptions): Promise<S3Result>
  getEncryption(options?: PlaceOptions): Reply<{ algorithm: string }>
  putEncryption(algorithm: 'AES256' | { readonly kmsKeyId: string }, options?: PlaceOptions): Promise<S3Result>
  deleteEncryption(options?: PlaceOptions): Promise<S3Result>
  getLockConfig(options?: PlaceOptions): Reply<{ enabled: boolean; mode?: string; days?: number }>
  putLockConfig(rule: { readonly mode: Retention['mode']; readonly days: number }, options?: PlaceOptions): Promise<S3Result>
}
