// The S3 documents the client reads and writes: errors, listings, multi-deletes, the making of a bucket.
import type { ListedObject } from './driver.ts'
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

/** A key of a listing with `encoding-type=url`. Throws XmlError. */
export const decodeUrl = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    if (error instanceof URIError) throw new XmlError('a key with wrong percent-encoding')
    throw error
  }
}

/** A page of ListObjectsV2. Throws XmlError. */
export function readListing(text: string): ListDocument {
  const root = rootOf(text, 'ListBucketResult')
  const plain = childText(root, 'EncodingType') === 'url' ? decodeUrl : (value: string) => value
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

function listed(element: XmlElement, plain: (text: string) => string): ListedObject {
  const key = childText(element, 'Key')
  const size = childText(element, 'Size')
  if (key === undefined || size === undefined || !/^\d{1,16}$/.test(size)) throw new XmlError('<Contents> without <Key> or <Size>')
  return {
    key: plain(key), sizeBytes: Number(size), etag: childText(element, 'ETag') ?? '', lastModified: childText(element, 'LastModified')
      ?? '',
  }
}

/** Keys a multi-delete could not delete. Throws XmlError. */
export const readDeleteFailures = (text: string): DeleteFailure[] =>
  rootOf(text, 'DeleteResult').children.filter(({ name }) => name === 'Error').map((entry) => ({
    key: childText(entry, 'Key') ?? '', detail: childText(entry, 'Code') ?? 'unknown', message: childText(entry, 'Message') ?? '',
  }))

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** What a multi-delete asks for; quiet: only failures are answered. */
export const writeDelete = (keys: readonly string[]): string =>
  `${HEAD}<Delete xmlns="${NAMESPACE}"><Quiet>true</Quiet>` +
  `${keys.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`).join('')}</Delete>`

/** The place a bucket's creation names; undefined where the region is the one that must not be named, or a gateway's own default. */
export const locationOf = (region: string): string | undefined => region === 'us-east-1' || region === 'default' ? undefined : region

/** The body of a bucket's creation; empty where no place is named. */
export function writeCreateBucket(region: string): string {
  const place = locationOf(region)
  return place === undefined ? '' : `${HEAD}<CreateBucketConfiguration xmlns="${NAMESPACE}">` +
    `<LocationConstraint>${escapeXml(place)}</LocationConstraint></CreateBucketConfiguration>`
}
