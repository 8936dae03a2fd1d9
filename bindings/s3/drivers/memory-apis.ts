// The memory driver's part of the S3 API: what its store can do of it, by the API's own names.
import { hash } from 'node:crypto'
import { StorageError, isJsonObject, type Content, type Json, type JsonObject } from '../../sdk/index.ts'
import type { ApiFacts, ApiName, ApiRequest, Params } from '../operations/api.ts'
import { listIn, textIn } from '../operations/reply.ts'
import { sliceOf } from '../slice.ts'
import { etagOf, joined, missing, piecesOf } from './memory-content.ts'
import { memoryPage } from './memory-listing.ts'
import type { MemoryBucket, MemoryStore, MemoryUpload, StoredObject } from './memory-store.ts'

/** What an operation works on. */
interface Scene {
  readonly store: MemoryStore
  readonly bucketName: string
  readonly request: ApiRequest
  readonly params: Params
  readonly key: string
  /** Now, as HTTP writes it. */
  readonly now: string
}
type Told = Partial<Omit<ApiFacts, 'fields'>> & { readonly fields?: JsonObject }

const refused = (code: 'invalid' | 'precondition' | 'conflict' | 'unsupported', api: string, detail: string): StorageError =>
  new StorageError(code, `${api}: the store answered ${detail}`, { detail })
const paramText = (params: Params, member: string): string | undefined => {
  const value = params[member]
  return value === undefined || typeof value === 'object' ? undefined : String(value)
}
const contentIn = ({ content, api }: ApiRequest): Content => {
  if (content === undefined) throw new TypeError(`${api} sends a content`)
  return content
}

function bucketOf({ store, bucketName }: Scene): MemoryBucket {
  const bucket = store.bucket(bucketName)
  if (bucket === undefined) throw missing('NoSuchBucket', bucketName)
  return bucket
}

function objectIn(bucket: MemoryBucket, key: string, versionId: string | undefined, api: string): StoredObject {
  if (versionId === undefined) {
    const object = bucket.get(key)
    if (object === undefined) throw missing('NoSuchKey', `${api} ${key}`)
    return object
  }
  const version = bucket.version(key, versionId)
  if (version === undefined) throw missing('NoSuchVersion', `${api} ${key}`)
  if (version === null) throw refused('unsupported', `${api} ${key}`, 'MethodNotAllowed')
  return version
}
const objectOf = (scene: Scene): StoredObject =>
  objectIn(bucketOf(scene), scene.key, paramText(scene.params, 'VersionId'), scene.request.api)

const names = (header: string, etag: string): boolean => header === '*' || header.replaceAll('"', '') === etag.replaceAll('"', '')

/** Throws what a store answers where the conditions of a request don't hold for what is there. */
function checkConditions({ params, request: { api } }: Scene, present: StoredObject | undefined, lead = ''): void {
  const [match, none] = [paramText(params, `${lead}IfMatch`), paramText(params, `${lead}IfNoneMatch`)]
  if (match !== undefined && present === undefined) throw missing('NoSuchKey', api)
  if (match !== undefined && !names(match, present?.etag ?? '')) throw refused('precondition', api, 'PreconditionFailed')
  if (none !== undefined && present !== undefined && names(none, present.etag)) throw refused('precondition', api, 'PreconditionFailed')
  const since = paramText(params, `${lead}IfModifiedSince`)
  const until = paramText(params, `${lead}IfUnmodifiedSince`)
  const changed = Date.parse(present?.lastModified ?? '')
  if ((since !== undefined && changed <= Date.parse(since)) || (until !== undefined && changed > Date.parse(until))) {
    throw refused('precondition', api, 'PreconditionFailed')
  }
}

const KEPT = ['CacheControl', 'ContentDisposition', 'ContentEncoding', 'ContentLanguage'] as const
const tagsIn = (params: Params): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(paramText(params, 'Tagging') ?? '').entries())

/** What a request says of the object it makes. */
function madeOf(params: Params): MemoryUpload['made'] {
  const metadata = params['Metadata']
  return {
    contentType: paramText(params, 'ContentType') ?? 'binary/octet-stream', metadata: typeof metadata === 'object' ? metadata : {},
    kept: Object.fromEntries(KEPT.flatMap((member) => params[member] === undefined ? [] : [[member, String(paramText(params, member))]])),
    tags: tagsIn(params),
  }
}

function stored({ now, key }: Scene, bucket: MemoryBucket, content: Content, etag: string, made: MemoryUpload['made']): JsonObject {
  const versionId = bucket.put(key, { ...made, content, etag, lastModified: now })
  return versionId === undefined ? {} : { VersionId: versionId }
}

function shown(object: StoredObject): Told {
  const { contentType, lastModified, kept, metadata, etag, tags } = object
  const count = Object.keys(tags).length
  return {
    etag, metadata,
    fields: { ...kept, ContentType: contentType, LastModified: lastModified, ...(count === 0 ? {} : { TagCount: String(count) }) },
  }
}

function spanOf(range: string | undefined, sizeBytes: number): readonly [from: number, to: number] {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? []
  if (range === undefined) return [0, sizeBytes]
  const from = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const to = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)
  if (from >= to) throw refused('invalid', 'GetObject', 'InvalidRange')
  return [from, to]
}

function get(scene: Scene): Told {
  const object = objectOf(scene)
  checkConditions(scene, object)
  const range = paramText(scene.params, 'Range')
  const [from, to] = spanOf(range, object.content.sizeBytes)
  for (const piece of piecesOf(object.content, from, to)) scene.request.sink?.(piece)
  const told = shown(object)
  return {
    ...told, status: range === undefined ? 200 : 206, bytes: to - from, contentLength: to - from,
    fields: { ...told.fields, ...(range === undefined ? {} : { ContentRange: `bytes ${from}-${to - 1}/${object.content.sizeBytes}` }) },
  }
}

/** The object `CopySource` names. */
function sourceOf(scene: Scene): StoredObject {
  const named = paramText(scene.params, 'CopySource') ?? ''
  const [, place = '', name = '', version] = /^([^/]+)\/([^?]+)(?:\?versionId=(.*))?$/.exec(named) ?? []
  const bucket = bucketOf({ ...scene, bucketName: decodeURIComponent(place) })
  const object = objectIn(bucket, decodeURIComponent(name), version && decodeURIComponent(version), scene.request.api)
  checkConditions(scene, object, 'CopySource')
  return object
}

function uploadOf(scene: Scene): MemoryUpload {
  const id = paramText(scene.params, 'UploadId') ?? ''
  const bucket = bucketOf(scene)
  const upload = bucket.uploads.get(id) === scene.key ? bucket.begun.get(id) : undefined
  if (upload === undefined) throw missing('NoSuchUpload', `${scene.request.api} ${scene.key}`)
  return upload
}

function putPart(scene: Scene, content: Content): string {
  const etag = etagOf(content)
  uploadOf(scene).parts.set(Number(paramText(scene.params, 'PartNumber')), { content, etag })
  return etag
}

/** S3's lower bound for every part but the last. */
const PART_MIN_BYTES = 5 * 1024 ** 2

function complete(scene: Scene): Told {
  const { request: { document, api }, params, key } = scene
  const upload = uploadOf(scene)
  const bucket = bucketOf(scene)
  const named = isJsonObject(document) ? (document['Parts'] as readonly JsonObject[]) : []
  const rises = named.every(({ PartNumber: number }, index) => index === 0 || Number(named[index - 1]?.['PartNumber']) < Number(number))
  if (!rises) throw refused('invalid', api, 'InvalidPartOrder')
  const parts = named.map(({ PartNumber: number, ETag: etag }, index) => {
    const part = upload.parts.get(number as number)
    if (part === undefined || part.etag !== etag) throw refused('invalid', api, 'InvalidPart')
    if (index < named.length - 1 && part.content.sizeBytes < PART_MIN_BYTES) throw refused('invalid', api, 'EntityTooSmall')
    return part
  })
  checkConditions(scene, bucket.get(key))
  const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex')))
  const etag = `"${hash('md5', digests, 'hex')}-${parts.length}"`
  const id = paramText(params, 'UploadId') ?? ''
  bucket.uploads.delete(id)
  bucket.begun.delete(id)
  return { etag, fields: stored(scene, bucket, joined(parts.map(({ content }) => content)), etag, upload.made) }
}

function append(scene: Scene): Told {
  const bucket = bucketOf(scene)
  const present = bucket.get(scene.key)
  const content = contentIn(scene.request)
  if (Number(paramText(scene.params, 'AppendPosition')) !== (present?.content.sizeBytes ?? 0)) {
    throw refused('conflict', 'AppendObject', 'PositionNotEqualToLength')
  }
  const whole = present === undefined ? content : joined([present.content, content])
  const etag = etagOf(whole)
  const fields = stored(scene, bucket, whole, etag, present ?? madeOf(scene.params))
  return { etag, bytes: content.sizeBytes, fields: { ...fields, NextAppendPosition: String(whole.sizeBytes) } }
}

let uploads = 0

const OPERATIONS: Readonly<Partial<Record<ApiName, (scene: Scene) => Told>>> = {
  PutObject(scene) {
    const content = contentIn(scene.request)
    const bucket = bucketOf(scene)
    checkConditions(scene, bucket.get(scene.key))
    const etag = etagOf(content)
    return { etag, bytes: content.sizeBytes, fields: stored(scene, bucket, content, etag, madeOf(scene.params)) }
  },
  GetObject: get,
  HeadObject(scene) {
    const object = objectOf(scene)
    checkConditions(scene, object)
    return { ...shown(object), contentLength: object.content.sizeBytes }
  },
  DeleteObject(scene) {
    const versionId = paramText(scene.params, 'VersionId')
    const bucket = bucketOf(scene)
    if (versionId === undefined) {
      if (scene.params['IfMatch'] !== undefined) checkConditions(scene, bucket.get(scene.key))
      const marker = bucket.delete(scene.key)
      return { status: 204, fields: marker === undefined ? {} : { DeleteMarker: 'true', VersionId: marker } }
    }
    const wasMarker = bucket.version(scene.key, versionId) === null
    bucket.deleteVersion(scene.key, versionId)
    return { status: 204, fields: { VersionId: versionId, ...(wasMarker ? { DeleteMarker: 'true' } : {}) } }
  },
  CopyObject(scene) {
    const source = sourceOf(scene)
    const bucket = bucketOf(scene)
    checkConditions(scene, bucket.get(scene.key))
    const made = scene.params['MetadataDirective'] === 'REPLACE' ? madeOf(scene.params) : source
    const tags = scene.params['TaggingDirective'] === 'REPLACE' ? tagsIn(scene.params) : source.tags
    const etag = source.etag.includes('-') ? etagOf(source.content) : source.etag
    return { etag, fields: stored(scene, bucket, source.content, etag, { ...made, tags }) }
  },
  AppendObject: append,
  CreateMultipartUpload(scene) {
    const bucket = bucketOf(scene)
    const id = `memory-${String(++uploads)}`
    bucket.uploads.set(id, scene.key)
    bucket.begun.set(id, { made: madeOf(scene.params), parts: new Map() })
    return { fields: { UploadId: id } }
  },
  UploadPart: (scene) => {
    const content = contentIn(scene.request)
    return { etag: putPart(scene, content), bytes: content.sizeBytes }
  },
  UploadPartCopy(scene) {
    const { content } = sourceOf(scene)
    const range = paramText(scene.params, 'CopySourceRange')
    const [from, to] = spanOf(range, content.sizeBytes)
    return { etag: putPart(scene, sliceOf(content, from, to)) }
  },
  CompleteMultipartUpload: complete,
  ListParts(scene) {
    const after = Number(paramText(scene.params, 'PartNumberMarker') ?? 0)
    const max = Number(paramText(scene.params, 'MaxParts') ?? 1000)
    const all = [...uploadOf(scene).parts].filter(([number]) => number > after).sort(([a], [b]) => a - b)
    const page = all.slice(0, max)
    return {
      fields: {
        Parts: page.map(([number, { content, etag }]) => ({ PartNumber: String(number), ETag: etag, Size: String(content.sizeBytes) })),
        IsTruncated: String(all.length > max), NextPartNumberMarker: String(page.at(-1)?.[0] ?? 0),
      },
    }
  },
  GetObjectTagging: (scene) => ({ fields: { TagSet: Object.entries(objectOf(scene).tags).map(([Key, Value]) => ({ Key, Value })) } }),
  PutObjectTagging(scene) {
    const { document } = scene.request
    objectOf(scene).tags = Object.fromEntries(listIn(isJsonObject(document) ? document : {}, 'TagSet')
      .map((tag) => [textIn(tag, 'Key'), textIn(tag, 'Value')]))
    return {}
  },
  DeleteObjectTagging(scene) {
    objectOf(scene).tags = {}
    return { status: 204 }
  },
  ListObjects: (scene) => ({ fields: memoryPage(bucketOf(scene), (member) => paramText(scene.params, member)) }),
  GetBucketVersioning: (scene) => ({ fields: { Status: bucketOf(scene).versioning ?? '' } }),
  PutBucketVersioning(scene) {
    const { document } = scene.request
    bucketOf(scene).versioning = isJsonObject(document) && document['Status'] === 'Enabled' ? 'Enabled' : 'Suspended'
    return {}
  },
  CreateBucket({ store, bucketName }) {
    if (store.names().includes(bucketName)) throw refused('conflict', 'CreateBucket', 'BucketAlreadyOwnedByYou')
    store.create(bucketName)
    return {}
  },
  HeadBucket(scene) {
    bucketOf(scene)
    return {}
  },
  DeleteBucket(scene) {
    if (!bucketOf(scene).empty) throw refused('conflict', 'DeleteBucket', 'BucketNotEmpty')
    scene.store.remove(scene.bucketName)
    return { status: 204 }
  },
  ListBuckets: ({ store }) => ({ fields: { Buckets: store.names().map((Name): Json => ({ Name })) } }),
}

/** Does one operation. Throws StorageError: `unsupported` for one the store hasn't, and what a store would answer. */
export function memoryApi(store: MemoryStore, bucketName: string, request: ApiRequest, now: string): ApiFacts {
  const { api, params = {}, key = '' } = request
  const operation = OPERATIONS[api]
  if (operation === undefined) throw refused('unsupported', api, '501 NotImplemented')
  return {
    status: 200, bytes: 0, metadata: {}, contentLength: undefined, fields: {},
    ...operation({ store, bucketName, request, params, key, now }),
  }
}
