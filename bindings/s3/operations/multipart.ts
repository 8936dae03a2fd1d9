// Multipart uploads step by step: begun, sent part by part, completed or aborted, and asked about.
import { isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import { contentOf, keyOf, rangeOf } from '../arguments.ts'
import { rangeText } from '../ranges.ts'
import { mayWrite, outcomeOf, perform, type OperationContext, type ScriptOperation } from './context.ts'
import { driverFor } from './names.ts'
import { SOURCE_OPTIONS, copySourceOf } from './objects.ts'
import { KEPT_OPTIONS, declared, requestOptions, type OptionName, type RequestOptions } from './options.ts'
import { listIn, shownFields, textIn } from './reply.ts'

/** S3's limit on parts, and on their numbers. */
export const PARTS_MAX = 10_000

/** An upload as `createUpload` tells of it, and as the steps after it take it. */
interface UploadName { readonly key: string; readonly uploadId: string; readonly name: string }

function uploadOf(op: string, value: Json | undefined, { prefix }: OperationContext): UploadName {
  const { key, uploadId } = isJsonObject(value) ? value : {}
  if (typeof uploadId !== 'string' || uploadId === '') throw invalid(`${op}: give it what createUpload returned: { key, uploadId }`)
  return { key: keyOf(op, key, prefix), uploadId, name: key as string }
}

function partNumberOf(op: string, value: Json | undefined): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > PARTS_MAX) {
    throw invalid(`${op}: the part's number must be 1 to ${PARTS_MAX}`)
  }
  return value
}

/** What an upload is begun with, for the object it will be. */
export const CREATE_OPTIONS = [...KEPT_OPTIONS, 'contentType', 'metadata', 'checksum', 'bucket'] as const satisfies readonly OptionName[]
/** What stands with every part and the end of an upload, too. */
const PART_OPTIONS = ['sse', 'checksum', 'bucket'] as const satisfies readonly OptionName[]

/** Only a customer's key goes with the parts; other encryption is the upload's. */
export function partParams({ params }: RequestOptions): RequestOptions['params'] {
  return Object.fromEntries(Object.entries(params).filter(([member]) => member.startsWith('SSECustomer')))
}

const createUpload: ScriptOperation = async (context, [name, given], call) => {
  mayWrite('createUpload', context)
  const key = keyOf('createUpload', name, context.prefix)
  const own = optionsOf('createUpload', given, CREATE_OPTIONS)
  const { params, checksum, ...rest } = requestOptions('createUpload', own, CREATE_OPTIONS, context) ?? { params: {} }
  const facts = await perform(context, 'createUpload',
    { api: 'CreateMultipartUpload', key, ...rest, params: { ...params, ...declared(checksum) } }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, { ...shownFields(facts.fields), key: name as string })
}

const uploadPart: ScriptOperation = async (context, [upload, number, body, given], call) => {
  mayWrite('uploadPart', context)
  const { key, uploadId, name } = uploadOf('uploadPart', upload, context)
  const PartNumber = partNumberOf('uploadPart', number)
  const options = requestOptions('uploadPart', optionsOf('uploadPart', given, PART_OPTIONS), PART_OPTIONS, context) ?? { params: {} }
  const facts = await perform(context, 'uploadPart', {
    ...options, api: 'UploadPart', key, content: contentOf(body, name, context.seed),
    params: { ...partParams(options), UploadId: uploadId, PartNumber },
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, true, { ...shownFields(facts.fields), partNumber: PartNumber })
}

const PART_COPY_OPTIONS = [...SOURCE_OPTIONS, 'sse'] as const

const uploadPartCopy: ScriptOperation = async (context, [upload, number, from, given], call) => {
  mayWrite('uploadPartCopy', context)
  const { key, uploadId } = uploadOf('uploadPartCopy', upload, context)
  const PartNumber = partNumberOf('uploadPartCopy', number)
  const { range: asked, ...own } = optionsOf('uploadPartCopy', given, [...PART_COPY_OPTIONS, 'range'])
  const range = rangeOf(asked)
  if (range !== undefined && (range.first === undefined || range.last === undefined)) {
    throw invalid('uploadPartCopy: range must be [first, last] with both ends given')
  }
  const options = requestOptions('uploadPartCopy', own, PART_COPY_OPTIONS, context) ?? { params: {} }
  const facts = await perform(context, 'uploadPartCopy', {
    ...options, api: 'UploadPartCopy', key,
    params: {
      ...options.params, UploadId: uploadId, PartNumber, CopySource: copySourceOf('uploadPartCopy', from, context),
      ...(range === undefined ? {} : { CopySourceRange: rangeText(range) }),
    },
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, { ...shownFields(facts.fields), partNumber: PartNumber })
}

/** A part for the list that completes an upload: its number and tag, and its checksum where it has one. */
function partOf(value: Json): JsonObject {
  const { partNumber, etag, ...more } = isJsonObject(value) ? value : {}
  if (typeof partNumber !== 'number' || typeof etag !== 'string') {
    throw invalid('completeUpload: each part must be what uploadPart returned: { partNumber, etag }')
  }
  return { PartNumber: partNumber, ETag: etag, ...checksumMembers(more) }
}

/** `checksumCRC32C` and its like, by the API's names. */
export function checksumMembers(reply: JsonObject): JsonObject {
  const found: Record<string, Json> = {}
  for (const [name, value] of Object.entries(reply)) {
    if (/^checksum(?:CRC|SHA)/.test(name) && typeof value === 'string') found[`C${name.slice(1)}`] = value
  }
  return found
}

const COMPLETE_OPTIONS = ['ifMatch', 'ifNoneMatch', 'sse', 'bucket'] as const

const completeUpload: ScriptOperation = async (context, [upload, parts, given], call) => {
  mayWrite('completeUpload', context)
  const { key, uploadId } = uploadOf('completeUpload', upload, context)
  if (!Array.isArray(parts) || parts.length === 0 || parts.length > PARTS_MAX) {
    throw invalid(`completeUpload: give an array of 1 to ${PARTS_MAX} parts`)
  }
  const given2 = optionsOf('completeUpload', given, COMPLETE_OPTIONS)
  const { params, ...rest } = requestOptions('completeUpload', given2, COMPLETE_OPTIONS, context) ?? { params: {} }
  const facts = await perform(context, 'completeUpload', {
    api: 'CompleteMultipartUpload', key, ...rest, params: { ...params, UploadId: uploadId },
    document: { Parts: parts.map((part: Json) => partOf(part)) },
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, shownFields(facts.fields))
}

const abortUpload: ScriptOperation = async (context, [upload, given], call) => {
  const { bucket } = optionsOf('abortUpload', given, ['bucket'])
  if (bucket === undefined) mayWrite('abortUpload', context)
  const { key, uploadId } = uploadOf('abortUpload', upload, context)
  const facts = await driverFor('abortUpload', bucket, context).abortUpload({ key, uploadId }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, undefined)
}

const listParts: ScriptOperation = async (context, [upload, given], call) => {
  const { key, uploadId } = uploadOf('listParts', upload, context)
  const { maxParts, after, bucket } = optionsOf('listParts', given, ['maxParts', 'after', 'bucket'])
  for (const value of [maxParts, after]) {
    if (value !== undefined && (typeof value !== 'number' || !Number.isInteger(value))) {
      throw invalid('listParts: maxParts and after must be whole numbers')
    }
  }
  const { params: _none, ...rest } = requestOptions('listParts', { bucket }, ['bucket'], context) ?? { params: {} }
  const facts = await perform(context, 'listParts', {
    api: 'ListParts', key, ...rest,
    params: {
      UploadId: uploadId, ...(typeof maxParts === 'number' ? { MaxParts: maxParts } : {}),
      ...(typeof after === 'number' ? { PartNumberMarker: after } : {}),
    },
  }, call)
  const { fields } = facts
  return outcomeOf(facts, context.settings.endpoint.url, false, {
    parts: listIn(fields, 'Parts').map((part) => ({
      partNumber: Number(textIn(part, 'PartNumber')), etag: textIn(part, 'ETag'), sizeBytes: Number(textIn(part, 'Size')),
    })),
    ...(textIn(fields, 'IsTruncated') === 'true' ? { next: Number(textIn(fields, 'NextPartNumberMarker')) } : {}),
  })
}

const LIST_UPLOADS = ['prefix', 'maxUploads', 'after', 'bucket'] as const
const listUploads: ScriptOperation = async (context, [given], call) => {
  const { prefix = '', maxUploads, after, bucket } = optionsOf('listUploads', given, LIST_UPLOADS)
  if (typeof prefix !== 'string') throw invalid('listUploads: prefix must be a text')
  if (maxUploads !== undefined && typeof maxUploads !== 'number') throw invalid('listUploads: maxUploads must be a whole number')
  const cut = context.prefix.length
  const marker = after === undefined ? undefined : uploadOf('listUploads', after, context)
  const facts = await driverFor('listUploads', bucket, context).listUploads({
    prefix: context.prefix + prefix, ...(maxUploads === undefined ? {} : { maxUploads }),
    ...(marker === undefined ? {} : { after: marker }),
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, {
    uploads: facts.uploads.map(({ key, uploadId }) => ({ key: key.slice(cut), uploadId })),
    ...(facts.next === undefined ? {} : { next: { key: facts.next.key.slice(cut), uploadId: facts.next.uploadId ?? '' } }),
  })
}

export const MULTIPART_OPERATIONS = {
  createUpload, uploadPart, uploadPartCopy, completeUpload, abortUpload, listParts, listUploads,
} as const satisfies Readonly<Record<string, ScriptOperation>>
