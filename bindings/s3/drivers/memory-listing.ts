// Listings of the memory driver's buckets, in S3's order.
import type { JsonObject } from '../../sdk/index.ts'
import type { ListedObject } from '../driver.ts'
import type { MemoryBucket } from './memory-store.ts'

/** S3 lists by bytes of UTF-8; JavaScript compares UTF-16 units, which differs beyond the basic plane. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** What is named below a prefix, in a listing's order; what has one key stays in the order it came in. */
export const below = <T extends { readonly key: string }>(prefix: string, all: Iterable<T>): T[] =>
  [...all].filter(({ key }) => key.startsWith(prefix)).sort((a, b) => byBytes(a.key, b.key))

/** Where a listing goes on after a key and an id of that key's; after all of the key where the id is gone or not given. */
export function resumed<T extends { readonly key: string }>(
  all: readonly T[], key: string | undefined, id: string | undefined, idOf: (entry: T) => string,
): number {
  if (key === undefined) return 0
  const at = all.findIndex((entry) => entry.key === key && idOf(entry) === id)
  if (at >= 0) return at + 1
  const next = all.findIndex((entry) => byBytes(entry.key, key) > 0)
  return next < 0 ? all.length : next
}

interface PageQuery {
  readonly prefix: string
  readonly delimiter: string | undefined
  readonly maxKeys: number
  /** The last key or common prefix of the page before; '' for the first. */
  readonly after: string
}

/** One page; `last` is where the next begins, where there is one. */
export function pageOf(bucket: MemoryBucket, { prefix, delimiter = '', maxKeys, after }: PageQuery): {
  readonly objects: readonly ListedObject[]; readonly commonPrefixes: readonly string[]; readonly last: string | undefined
} {
  const all = below(prefix, [...bucket.objects()].map(([key, object]) => ({ key, object })))
  const objects: ListedObject[] = []
  const commonPrefixes: string[] = []
  let last = ''
  for (const { key, object: { content, etag, lastModified } } of all) {
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const name = cut < 0 ? key : key.slice(0, cut + delimiter.length)
    if (byBytes(name, after) <= 0 || name === last) continue
    if (objects.length + commonPrefixes.length === maxKeys) return { objects, commonPrefixes, last }
    last = name
    if (cut < 0) objects.push({ key, sizeBytes: content.sizeBytes, etag, lastModified: new Date(lastModified).toISOString() })
    else commonPrefixes.push(name)
  }
  return { objects, commonPrefixes, last: undefined }
}

/** The same as ListObjects answers it, in the API's names. */
export function memoryPage(bucket: MemoryBucket, param: (member: string) => string | undefined): JsonObject {
  const { objects, commonPrefixes, last } = pageOf(bucket, {
    prefix: param('Prefix') ?? '', delimiter: param('Delimiter'), maxKeys: Number(param('MaxKeys') ?? 1000), after: param('Marker') ?? '',
  })
  return {
    IsTruncated: String(last !== undefined), ...(last === undefined ? {} : { NextMarker: last }),
    Contents: objects.map(({ key, sizeBytes, etag, lastModified }) =>
      ({ Key: key, Size: String(sizeBytes), ETag: etag, LastModified: lastModified })),
    CommonPrefixes: commonPrefixes.map((Prefix) => ({ Prefix })),
  }
}
