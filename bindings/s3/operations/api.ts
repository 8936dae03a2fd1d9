// The S3 API beyond the narrow driver interface, as one table: what each operation is on the wire, and under S3's own name.
//
// Requests and answers are told in the names of the S3 API reference (`VersionId`, `TagSet`, …), which the SDKs use too: a driver over
// an SDK passes them on, the native driver writes them as the query, the headers or the document the tables here name.
import type { Call, Content, JsonObject } from '../../sdk/index.ts'
import type { ChecksumName } from '../checksum/digest.ts'
import type { Facts, Sink } from '../facts.ts'

interface Api {
  readonly method: 'GET' | 'PUT' | 'POST' | 'HEAD' | 'DELETE'
  readonly on: 'object' | 'bucket' | 'service'
  /** The query parameter that asks for it, where one does. */
  readonly query?: string
  /** The body: an object's bytes, or a document: its member in requests, and its root element; without an element it is plain text. */
  readonly sends?: 'content' | { readonly member: string; readonly element?: string }
  /** The answer's document: its root element, or `text` for one that is no XML; `member`: where SDKs put it, if not at the top. */
  readonly answers?: { readonly element: string; readonly member?: string } | 'text'
}

const configuration = (query: string, element: string, member?: string) => ({
  get: { method: 'GET', query, answers: member === undefined ? { element } : { element, member } },
  put: { method: 'PUT', query, sends: { member: member ?? element, element } },
  delete: { method: 'DELETE', query },
} as const)
const tagging = configuration('tagging', 'Tagging')
const versioning = configuration('versioning', 'VersioningConfiguration')
const lifecycle = configuration('lifecycle', 'LifecycleConfiguration')
const encryption = configuration('encryption', 'ServerSideEncryptionConfiguration', 'ServerSideEncryptionConfiguration')
const lock = configuration('object-lock', 'ObjectLockConfiguration', 'ObjectLockConfiguration')
const retention = configuration('retention', 'Retention', 'Retention')
const legalHold = configuration('legal-hold', 'LegalHold', 'LegalHold')
const object = { on: 'object' } as const
const bucket = { on: 'bucket' } as const
const acl = {
  get: { method: 'GET', query: 'acl', answers: { element: 'AccessControlPolicy' } }, put: { method: 'PUT', query: 'acl' },
} as const

const APIS = {
  PutObject: { ...object, method: 'PUT', sends: 'content' },
  GetObject: { ...object, method: 'GET' },
  HeadObject: { ...object, method: 'HEAD' },
  DeleteObject: { ...object, method: 'DELETE' },
  CopyObject: { ...object, method: 'PUT', answers: { element: 'CopyObjectResult', member: 'CopyObjectResult' } },
  /** A RADOS gateway's own: bytes put behind those an object has. */
  AppendObject: { ...object, method: 'PUT', query: 'append', sends: 'content' },
  CreateMultipartUpload: { ...object, method: 'POST', query: 'uploads', answers: { element: 'InitiateMultipartUploadResult' } },
  UploadPart: { ...object, method: 'PUT', sends: 'content' },
  UploadPartCopy: { ...object, method: 'PUT', answers: { element: 'CopyPartResult', member: 'CopyPartResult' } },
  CompleteMultipartUpload: {
    ...object, method: 'POST', sends: { member: 'MultipartUpload', element: 'CompleteMultipartUpload' },
    answers: { element: 'CompleteMultipartUploadResult' },
  },
  ListParts: { ...object, method: 'GET', answers: { element: 'ListPartsResult' } },
  GetObjectTagging: { ...object, ...tagging.get },
  PutObjectTagging: { ...object, ...tagging.put },
  DeleteObjectTagging: { ...object, ...tagging.delete },
  GetObjectAcl: { ...object, ...acl.get },
  PutObjectAcl: { ...object, ...acl.put },
  GetObjectRetention: { ...object, ...retention.get },
  PutObjectRetention: { ...object, ...retention.put },
  GetObjectLegalHold: { ...object, ...legalHold.get },
  PutObjectLegalHold: { ...object, ...legalHold.put },
  ListObjects: { ...bucket, method: 'GET', answers: { element: 'ListBucketResult' } },
  CreateBucket: { ...bucket, method: 'PUT', sends: { member: 'CreateBucketConfiguration', element: 'CreateBucketConfiguration' } },
  HeadBucket: { ...bucket, method: 'HEAD' },
  DeleteBucket: { ...bucket, method: 'DELETE' },
  GetBucketVersioning: { ...bucket, ...versioning.get },
  PutBucketVersioning: { ...bucket, ...versioning.put },
  GetBucketAcl: { ...bucket, ...acl.get },
  PutBucketAcl: { ...bucket, ...acl.put },
  GetBucketPolicy: { ...bucket, method: 'GET', query: 'policy', answers: 'text' },
  PutBucketPolicy: { ...bucket, method: 'PUT', query: 'policy', sends: { member: 'Policy' } },
  DeleteBucketPolicy: { ...bucket, method: 'DELETE', query: 'policy' },
  GetBucketLifecycleConfiguration: { ...bucket, ...lifecycle.get },
  PutBucketLifecycleConfiguration: { ...bucket, ...lifecycle.put },
  DeleteBucketLifecycle: { ...bucket, ...lifecycle.delete },
  GetBucketEncryption: { ...bucket, ...encryption.get },
  PutBucketEncryption: { ...bucket, ...encryption.put },
  DeleteBucketEncryption: { ...bucket, ...encryption.delete },
  GetObjectLockConfiguration: { ...bucket, ...lock.get },
  PutObjectLockConfiguration: { ...bucket, ...lock.put },
  ListBuckets: { on: 'service', method: 'GET', answers: { element: 'ListAllMyBucketsResult' } },
} as const satisfies Readonly<Record<string, Api>>
export type ApiName = keyof typeof APIS
export const API_NAMES = Object.keys(APIS) as readonly ApiName[]
/** The entry of an operation, without what only this one's has. */
export const apiOf = (name: ApiName): Api => APIS[name]

/** Members that are sent as query parameters. */
export const QUERY_OF: Readonly<Record<string, string>> = {
  VersionId: 'versionId', UploadId: 'uploadId', PartNumber: 'partNumber', AppendPosition: 'position', MaxParts: 'max-parts',
  PartNumberMarker: 'part-number-marker', Prefix: 'prefix', Delimiter: 'delimiter', Marker: 'marker', MaxKeys: 'max-keys',
  EncodingType: 'encoding-type',
}

/** Members that are sent as headers; `Metadata` is one for each of its names. */
export const HEADER_OF: Readonly<Record<string, string>> = {
  ContentType: 'content-type', CacheControl: 'cache-control', ContentDisposition: 'content-disposition',
  ContentEncoding: 'content-encoding', ContentLanguage: 'content-language',
  IfMatch: 'if-match', IfNoneMatch: 'if-none-match', IfModifiedSince: 'if-modified-since', IfUnmodifiedSince: 'if-unmodified-since',
  Range: 'range', ACL: 'x-amz-acl', Tagging: 'x-amz-tagging', StorageClass: 'x-amz-storage-class',
  ServerSideEncryption: 'x-amz-server-side-encryption', SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  SSECustomerAlgorithm: 'x-amz-server-side-encryption-customer-algorithm', SSECustomerKey: 'x-amz-server-side-encryption-customer-key',
  SSECustomerKeyMD5: 'x-amz-server-side-encryption-customer-key-md5',
  CopySource: 'x-amz-copy-source', CopySourceRange: 'x-amz-copy-source-range', CopySourceIfMatch: 'x-amz-copy-source-if-match',
  CopySourceIfNoneMatch: 'x-amz-copy-source-if-none-match', MetadataDirective: 'x-amz-metadata-directive',
  TaggingDirective: 'x-amz-tagging-directive',
  CopySourceSSECustomerAlgorithm: 'x-amz-copy-source-server-side-encryption-customer-algorithm',
  CopySourceSSECustomerKey: 'x-amz-copy-source-server-side-encryption-customer-key',
  CopySourceSSECustomerKeyMD5: 'x-amz-copy-source-server-side-encryption-customer-key-md5',
  ObjectLockMode: 'x-amz-object-lock-mode', ObjectLockRetainUntilDate: 'x-amz-object-lock-retain-until-date',
  ObjectLockLegalHoldStatus: 'x-amz-object-lock-legal-hold', BypassGovernanceRetention: 'x-amz-bypass-governance-retention',
  ObjectLockEnabledForBucket: 'x-amz-bucket-object-lock-enabled',
  ChecksumAlgorithm: 'x-amz-checksum-algorithm', ChecksumType: 'x-amz-checksum-type', ChecksumMode: 'x-amz-checksum-mode',
}

/** What answers say in headers, by member. `ETag`, `x-amz-meta-…` and the request's id are facts of every answer. */
export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  VersionId: 'x-amz-version-id', DeleteMarker: 'x-amz-delete-marker', CopySourceVersionId: 'x-amz-copy-source-version-id',
  ServerSideEncryption: 'x-amz-server-side-encryption', SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  SSECustomerAlgorithm: 'x-amz-server-side-encryption-customer-algorithm', TagCount: 'x-amz-tagging-count',
  ObjectLockMode: 'x-amz-object-lock-mode', ObjectLockRetainUntilDate: 'x-amz-object-lock-retain-until-date',
  ObjectLockLegalHoldStatus: 'x-amz-object-lock-legal-hold', NextAppendPosition: 'x-rgw-next-append-position',
  ChecksumCRC32: 'x-amz-checksum-crc32', ChecksumCRC32C: 'x-amz-checksum-crc32c', ChecksumCRC64NVME: 'x-amz-checksum-crc64nvme',
  ChecksumSHA1: 'x-amz-checksum-sha1', ChecksumSHA256: 'x-amz-checksum-sha256', ChecksumType: 'x-amz-checksum-type',
  StorageClass: 'x-amz-storage-class', CacheControl: 'cache-control', ContentDisposition: 'content-disposition',
  ContentEncoding: 'content-encoding', ContentLanguage: 'content-language', ContentType: 'content-type', LastModified: 'last-modified',
  PartsCount: 'x-amz-mp-parts-count', ContentRange: 'content-range',
}

/** Members of requests by name; texts, but for `Metadata` and what is true or a number. */
export type Params = Readonly<Record<string, string | number | boolean | Readonly<Record<string, string>>>>

/** Who signs a request, where it isn't the target's own keys in its head. */
type Signature = 'anonymous' | { readonly presignedSeconds: number }

/** One operation of the S3 API. */
export interface ApiRequest {
  readonly api: ApiName
  /** Default: the settings' own. */
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  readonly params?: Params | undefined
  /** The document to send, in the API's names; lists stand where SDKs have lists. A text where the document is no XML. */
  readonly document?: JsonObject | string | undefined
  readonly content?: Content | undefined
  /** A checksum of the content to send with it, for the store to check. */
  readonly checksum?: ChecksumName | undefined
  readonly sink?: Sink | undefined
  /** Told what the head of a success says, as `fields` of the answer will, before the body comes. */
  readonly onFields?: ((fields: JsonObject) => void) | undefined
  readonly signature?: Signature | undefined
}

/** The answer: what every one tells, and its headers and document in the API's names, every value a text. */
export interface ApiFacts extends Facts {
  readonly fields: JsonObject
  readonly metadata: Readonly<Record<string, string>>
  /** As the head says it. */
  readonly contentLength: number | undefined
}

/** A driver's part of all this. One that can't do an operation throws StorageError('unsupported'). */
export interface ApiDriver {
  perform(request: ApiRequest, call: Call): Promise<ApiFacts>
}
