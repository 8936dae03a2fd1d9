// The S3 documents the client reads and writes: errors, listings, multi-deletes, the making of a bucket.
import type { ListedObject, ObjectVersion, OpenUpload, UploadMarker, VersionMarker, VersionName } from './driver.ts'
import { XmlError, childText, escapeXml, parseXml, type XmlElement } from './xml.ts'

export interface ErrorDocument {
  readonly code: string
  readonly message?: string
  readonly requestId?: string
  readonly region?: string
  readonly endpoint?: string
}
export interface ListDocument {
  readonly objects: readonly ListedObject[]
  readonly commonPrefixes: readonly string[]
  readonly continuationToken?: string
}
export interface VersionsDocument { readonly versions: readonly ObjectVersion[]; readonly next?: VersionMarker }
export interface UploadsDocument { readonly uploads: readonly OpenUpload[]; readonly next?: UploadMarker }
export interface DeleteFailure { readonly key: string; readonly detail: string; readonly message: string }

const rootOf = (text: string, name: string): XmlElement => {
  const root = parseXml(text)
  if (root.name !== name) throw new XmlError(`<${root.name.slice(0, 40)}> instead of <${name}>`)
  return root
}

/** The error a body tells of; undefined when it is no error document (a proxy's page, nothing at all). */
export function readError(text: string): ErrorDocument | undefined {
  let root: XmlElement
  try {
    root = rootOf(text, 'Error')
  } catch (error) {
    // Gateways and proxies send what they like with an error status: the status itself then says what there is to know.
    if (error instanceof XmlError) return undefined
    throw error
  }
  const code = childText(root, 'Code')
  if (code === undefined || code === '') return undefined
  const message = childText(root, 'Message')
  const requestId = childText(root, 'RequestId')
  const region = childText(root, 'Region')
  const endpoint = childText(root, 'Endpoint')
  return {
    code,
    ...(message === undefined ? {} : { message }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  }
}

const decodeUrl = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    if (error instanceof URIError) throw new XmlError('a key with wrong percent-encoding')
    throw error
  }
}

type Plain = (text: string) => string
const plainOf = (root: XmlElement): Plain => (childText(root, 'EncodingType') === 'url' ? decodeUrl : (value) => value)

/** A page of ListObjectsV2. Throws XmlError. */
export function readListing(text: string): ListDocument {
  const root = rootOf(text, 'ListBucketResult')
  const plain = plainOf(root)
  const objects: ListedObject[] = []
  const commonPrefixes: string[] = []
  for (const child of root.children) {
    if (child.name === 'CommonPrefixes') {
      const prefix = childText(child, 'Prefix')
      if (prefix === undefined) throw new XmlError('<CommonPrefixes> without <Prefix>')
      commonPrefixes.push(plain(prefix))
    } else if (child.name === 'Contents') objects.push(listed(child, plain))
  }
  const truncated = childText(root, 'IsTruncated')
  const token = childText(root, 'NextContinuationToken')
  if (truncated !== 'true' && truncated !== 'false') throw new XmlError('a listing without <IsTruncated>')
  if (truncated === 'true' && (token === undefined ||
    token === '')) throw new XmlError('a truncated listing without <NextContinuationToken>')
  return { objects, commonPrefixes, ...(truncated === 'true' && token !== undefined ? { continuationToken: token } : {}) }
}

function listed(element: XmlElement, plain: Plain): ListedObject {
  const key = childText(element, 'Key')
  const size = childText(element, 'Size')
  if (key === undefined || size === undefined || !/^\d{1,16}$/.test(size)) throw new XmlError('<Contents> without <Key> or <Size>')
  return {
    key: plain(key), sizeBytes: Number(size), etag: childText(element, 'ETag') ?? '', lastModified: childText(element, 'LastModified')
      ?? '',
  }
}

/** A child's text, which must be there and not empty. */
function neededText(element: XmlElement, name: string): string {
  const text = childText(element, name)
  if (text === undefined || text === '') throw new XmlError(`<${element.name}> without <${name}>`)
  return text
}

/**
 * The key a truncated listing goes on after; undefined when it is whole. Gateways differ: some write it as it is where they encode
 * all other keys, so what is the name of an entry of the page is not decoded once more; some leave it out, and mean the last entry.
 */
function nextKey(root: XmlElement, plain: Plain, entries: readonly { readonly key: string }[]): string | undefined {
  const truncated = childText(root, 'IsTruncated')
  if (truncated === 'false') return undefined
  if (truncated !== 'true') throw new XmlError('a listing without <IsTruncated>')
  const raw = childText(root, 'NextKeyMarker') ?? ''
  const key = raw === '' ? entries.at(-1)?.key : entries.some((entry) => entry.key === raw) ? raw : plain(raw)
  if (key === undefined) throw new XmlError('a truncated listing without <NextKeyMarker>')
  return key
}

/** A page of ListObjectVersions. Throws XmlError. */
export function readVersions(text: string): VersionsDocument {
  const root = rootOf(text, 'ListVersionsResult')
  const plain = plainOf(root)
  const versions = root.children.filter(({ name }) => name === 'Version' || name === 'DeleteMarker').map((entry): ObjectVersion => ({
    key: plain(neededText(entry, 'Key')), versionId: neededText(entry, 'VersionId'),
    isLatest: childText(entry, 'IsLatest') === 'true', isDeleteMarker: entry.name === 'DeleteMarker',
  }))
  const key = nextKey(root, plain, versions)
  if (key === undefined) return { versions }
  const versionId = childText(root, 'NextVersionIdMarker')
  return { versions, next: { key, ...(versionId === undefined || versionId === '' ? {} : { versionId }) } }
}

/** A page of ListMultipartUploads. Throws XmlError. */
export function readUploads(text: string): UploadsDocument {
  const root = rootOf(text, 'ListMultipartUploadsResult')
  const plain = plainOf(root)
  const uploads = root.children.filter(({ name }) => name === 'Upload')
    .map((entry): OpenUpload => ({ key: plain(neededText(entry, 'Key')), uploadId: neededText(entry, 'UploadId') }))
  const key = nextKey(root, plain, uploads)
  if (key === undefined) return { uploads }
  const uploadId = childText(root, 'NextUploadIdMarker')
  return { uploads, next: { key, ...(uploadId === undefined || uploadId === '' ? {} : { uploadId }) } }
}

/** Keys a multi-delete could not delete. Throws XmlError. */
export const readDeleteFailures = (text: string): DeleteFailure[] =>
  rootOf(text, 'DeleteResult').children.filter(({ name }) => name === 'Error').map((entry) => ({
    key: childText(entry, 'Key') ?? '', detail: childText(entry, 'Code') ?? 'unknown', message: childText(entry, 'Message') ?? '',
  }))

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** What a multi-delete asks for, of keys or of versions; quiet: only failures are answered. */
export const writeDelete = (entries: readonly (Pick<VersionName, 'key'> & Partial<VersionName>)[]): string =>
  `${HEAD}<Delete xmlns="${NAMESPACE}"><Quiet>true</Quiet>` +
  `${entries.map(({ key, versionId }) => {
    const version = versionId === undefined ? '' : `<VersionId>${escapeXml(versionId)}</VersionId>`
    return `<Object><Key>${escapeXml(key)}</Key>${version}</Object>`
  }).join('')}</Delete>`

/** The body of a bucket's creation: empty where the region is the one that must not be named, or a gateway's own default. */
export const writeCreateBucket = (region: string): string => region === 'us-east-1' || region === 'default' ? ''
  : `${HEAD}<CreateBucketConfiguration xmlns="${NAMESPACE}">` +
    `<LocationConstraint>${escapeXml(region)}</LocationConstraint></CreateBucketConfiguration>`
