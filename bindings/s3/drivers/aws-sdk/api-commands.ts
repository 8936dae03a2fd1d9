// Operations of the S3 API as commands of the SDK, which uses the same names.
import {
  CompleteMultipartUploadCommand, CopyObjectCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteBucketCommand,
  DeleteBucketEncryptionCommand, DeleteBucketLifecycleCommand, DeleteBucketPolicyCommand, DeleteObjectCommand,
  DeleteObjectTaggingCommand, GetBucketAclCommand, GetBucketEncryptionCommand, GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand, GetBucketVersioningCommand, GetObjectAclCommand, GetObjectCommand, GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand, GetObjectRetentionCommand, GetObjectTaggingCommand, HeadBucketCommand, HeadObjectCommand,
  ListBucketsCommand, ListObjectsCommand, ListPartsCommand, PutBucketAclCommand, PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand, PutBucketPolicyCommand, PutBucketVersioningCommand, PutObjectAclCommand, PutObjectCommand,
  PutObjectLegalHoldCommand, PutObjectLockConfigurationCommand, PutObjectRetentionCommand, PutObjectTaggingCommand, UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/index.ts'
import { HEADER_OF, apiOf, type ApiName, type ApiRequest } from '../../operations/api.ts'
import { checkHeader } from '../../request-parts.ts'
import { bodyOf } from '../body.ts'

/** Commands as they are made here: the members of an input are the tables' to know, so one type stands for all. */
type AnyCommand = new (input: object) => PutObjectCommand

const COMMANDS = {
  PutObject: PutObjectCommand, GetObject: GetObjectCommand, HeadObject: HeadObjectCommand, DeleteObject: DeleteObjectCommand,
  CopyObject: CopyObjectCommand, CreateMultipartUpload: CreateMultipartUploadCommand, UploadPart: UploadPartCommand,
  UploadPartCopy: UploadPartCopyCommand, CompleteMultipartUpload: CompleteMultipartUploadCommand, ListParts: ListPartsCommand,
  GetObjectTagging: GetObjectTaggingCommand, PutObjectTagging: PutObjectTaggingCommand, DeleteObjectTagging: DeleteObjectTaggingCommand,
  GetObjectAcl: GetObjectAclCommand, PutObjectAcl: PutObjectAclCommand,
  GetObjectRetention: GetObjectRetentionCommand, PutObjectRetention: PutObjectRetentionCommand,
  GetObjectLegalHold: GetObjectLegalHoldCommand, PutObjectLegalHold: PutObjectLegalHoldCommand,
  ListObjects: ListObjectsCommand, CreateBucket: CreateBucketCommand, HeadBucket: HeadBucketCommand, DeleteBucket: DeleteBucketCommand,
  GetBucketVersioning: GetBucketVersioningCommand, PutBucketVersioning: PutBucketVersioningCommand,
  GetBucketAcl: GetBucketAclCommand, PutBucketAcl: PutBucketAclCommand,
  GetBucketPolicy: GetBucketPolicyCommand, PutBucketPolicy: PutBucketPolicyCommand, DeleteBucketPolicy: DeleteBucketPolicyCommand,
  GetBucketLifecycleConfiguration: GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfiguration: PutBucketLifecycleConfigurationCommand, DeleteBucketLifecycle: DeleteBucketLifecycleCommand,
  GetBucketEncryption: GetBucketEncryptionCommand, PutBucketEncryption: PutBucketEncryptionCommand,
  DeleteBucketEncryption: DeleteBucketEncryptionCommand,
  GetObjectLockConfiguration: GetObjectLockConfigurationCommand, PutObjectLockConfiguration: PutObjectLockConfigurationCommand,
  ListBuckets: ListBucketsCommand,
} as unknown as Readonly<Record<Exclude<ApiName, 'AppendObject'>, AnyCommand>>

/** Members the SDK takes as `Date`. */
const DATES: ReadonlySet<string> = new Set(['IfModifiedSince', 'IfUnmodifiedSince', 'ObjectLockRetainUntilDate', 'RetainUntilDate'])

function sdkValue(member: string, value: Json | undefined): unknown {
  if (DATES.has(member) && typeof value === 'string') return new Date(value)
  if (Array.isArray(value)) return value.map((item: Json) => sdkValue('', item))
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, sdkValue(name, inner)])) : value
}

/** The headers a request's texts become must be fit for it: the SDK sends them as they are. */
function checkParams(params: NonNullable<ApiRequest['params']>): void {
  for (const [member, value] of Object.entries(params)) {
    if (typeof value === 'object') for (const [name, text] of Object.entries(value)) checkHeader(`x-amz-meta-${name}`, text)
    else if (typeof value === 'string' && HEADER_OF[member] !== undefined) checkHeader(HEADER_OF[member], value)
  }
}

/** The command of a request; undefined for what the SDK has none for. */
export function commandOf(request: ApiRequest, ownBucket: string): PutObjectCommand | undefined {
  const { api, key, params = {}, document, content, checksum, bucket = ownBucket } = request
  if (api === 'AppendObject') return undefined
  checkParams(params)
  const { on, sends } = apiOf(api)
  const member = typeof sends === 'object' ? sends.member : undefined
  const command = new COMMANDS[api]({
    ...(on === 'service' ? {} : { Bucket: bucket }), ...(key === undefined ? {} : { Key: key }),
    ...sdkValue('', params) as object,
    ...(document === undefined || member === undefined ? {} : { [member]: sdkValue(member, document) }),
    ...(content === undefined ? {} : { Body: bodyOf(content), ContentLength: content.sizeBytes }),
    ...(checksum === undefined ? {} : { ChecksumAlgorithm: checksum }),
  })
  if (document !== undefined) addMd5(command)
  return command
}

/** Documents carry an MD5 beside the SDK's own checksum: gateways of before 2025 refuse some without. */
function addMd5(command: PutObjectCommand): void {
  command.middlewareStack.add((next) => (args) => {
    const { headers, body } = args.request as { headers: Record<string, string>; body?: unknown }
    if (typeof body === 'string' || body instanceof Uint8Array) headers['content-md5'] = createHash('md5').update(body).digest('base64')
    return next(args)
  }, { step: 'build', name: 'documentMd5', priority: 'low' })
}

/** What the SDK gives, with every value a text, and what it puts under a member of the document's own put at the top. */
export function fieldsOf(api: ApiName, output: object): JsonObject {
  const { $metadata: _metadata, Body: _body, Metadata: _own, ...rest } = output as Readonly<Record<string, unknown>>
  const { answers } = apiOf(api)
  const fields = textsOf(rest)
  if (answers === 'text') return { Text: fields['Policy'] }
  const inner = answers?.member === undefined ? undefined : fields[answers.member]
  return isJsonObject(inner) ? { ...fields, ...inner } : fields
}

const textsOf = (structure: object): JsonObject =>
  Object.fromEntries(Object.entries(structure).map(([name, inner]) => [name, asTexts(inner)]))

function asTexts(value: unknown): Json | undefined {
  if (value === undefined || value === null) return undefined
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map((item: unknown) => asTexts(item) ?? null)
  if (typeof value === 'object') return textsOf(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}
