// One page of a listing of versions: newest first within a key, delete markers among them.
import { S3Error } from '../errors.ts'
import type { ByteString } from '../http/byte-string.ts'
import { afterMarker, walk } from './listing.ts'
import type { Version } from './objects.ts'
import type { Bucket } from './store.ts'
import { NULL_VERSION } from './versions.ts'

interface VersionPageQuery {
  readonly prefix: ByteString
  /** Empty: none. */
  readonly delimiter: ByteString
  /** Versions and common prefixes together. */
  readonly limit: number
  /** The page begins behind this key or common prefix, or, with a version id, behind that version of the key. */
  readonly keyMarker: ByteString
  readonly versionIdMarker: string | undefined
}

interface ListedVersion { readonly version: Version; readonly isLatest: boolean }
interface Marker { readonly key: ByteString; readonly versionId: string | undefined }

export interface VersionPage {
  readonly versions: readonly ListedVersion[]
  readonly prefixes: readonly ByteString[]
  /** The last that was shown, where there is more; undefined on the last page. */
  readonly next: Marker | undefined
}

/**
 * How many of a key's versions, oldest first, are older than the marker. One that was deleted since still has its place by the order
 * in its id; only a deleted null version has not, and then the key is shown from its newest again: twice is better than never.
 */
function olderThan(bucket: Bucket, versions: readonly Version[], marker: string): number {
  if (marker === NULL_VERSION) {
    const at = versions.findLastIndex(({ versionId }) => versionId === NULL_VERSION)
    return at < 0 ? versions.length : at
  }
  const order = bucket.orderOf(marker)
  if (order === undefined) {
    throw new S3Error('InvalidArgument', 'version-id-marker is no version id.', { ArgumentName: 'version-id-marker' })
  }
  return versions.findLastIndex((version) => version.order < order) + 1
}

/** Reads one page. @throws S3Error InvalidArgument when the marker is no version id. */
export function readVersionPage(bucket: Bucket, query: VersionPageQuery): VersionPage {
  const { keyMarker, versionIdMarker, limit } = query
  const versions: ListedVersion[] = []
  const prefixes: ByteString[] = []
  let last: Marker | undefined
  const isFull = (): boolean => versions.length + prefixes.length === limit
  const from = versionIdMarker === undefined ? afterMarker(keyMarker, query) : keyMarker
  for (const { name, isPrefix } of limit === 0 ? [] : walk((position) => bucket.versions.allKeys(position), { ...query, from })) {
    if (isPrefix) {
      if (isFull()) return { versions, prefixes, next: last }
      prefixes.push(name)
      last = { key: name, versionId: undefined }
      continue
    }
    const all = bucket.versions.of(name)
    const count = versionIdMarker !== undefined && name === keyMarker ? olderThan(bucket, all, versionIdMarker) : all.length
    for (let at = count - 1; at >= 0; at--) {
      const version = all[at]
      if (version === undefined) break
      if (isFull()) return { versions, prefixes, next: last }
      versions.push({ version, isLatest: at === all.length - 1 })
      last = { key: name, versionId: version.versionId }
    }
  }
  return { versions, prefixes, next: undefined }
}
