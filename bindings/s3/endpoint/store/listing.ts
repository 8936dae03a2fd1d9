// One page of a listing: which keys and common prefixes it shows, and where the next begins.
import { successorOf } from '../http/byte-string.ts'
import type { ByteString } from '../http/byte-string.ts'

/** Keys in order, from any position on. */
export type OrderedKeys = (from: ByteString) => Iterable<ByteString>

interface WalkQuery {
  readonly prefix: ByteString
  /** Empty: none. */
  readonly delimiter: ByteString
  /** Nothing below this position is shown. */
  readonly from: ByteString
}

/** What a listing shows: a key, or the common prefix that stands for all keys beginning with it. */
export interface Shown { readonly name: ByteString; readonly isPrefix: boolean }

interface PageQuery extends WalkQuery {
  /** Keys and common prefixes together. */
  readonly limit: number
}

export interface Page {
  readonly keys: readonly ByteString[]
  readonly prefixes: readonly ByteString[]
  /** The last key or common prefix shown. */
  readonly last: ByteString | undefined
  /** Where the next page begins; undefined when this is the last. */
  readonly next: ByteString | undefined
}

/** The position right behind a key: no byte string lies between the two. */
export const behind = (key: ByteString): ByteString => `${key}\0` as ByteString

/** The common prefix a key hides behind; undefined for none. */
function commonPrefixOf(key: ByteString, { prefix, delimiter }: Pick<WalkQuery, 'prefix' | 'delimiter'>): ByteString | undefined {
  const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
  return cut < 0 ? undefined : key.slice(0, cut + delimiter.length) as ByteString
}

/** Where a page begins whose marker is a key or a common prefix that the page before it showed. */
export function afterMarker(marker: ByteString, query: Pick<WalkQuery, 'prefix' | 'delimiter'>): ByteString {
  if (marker === '') return marker
  const isCommonPrefix = marker.startsWith(query.prefix) && commonPrefixOf(marker, query) === marker
  return isCommonPrefix ? successorOf(marker) ?? behind(marker) : behind(marker)
}

/**
 * All that a listing shows, in order. Keys that share what stands before the first delimiter after the prefix are shown as that
 * common prefix, once, and jumped over: a listing costs by what it shows, not by what hides behind it.
 */
export function* walk(keys: OrderedKeys, query: WalkQuery): Generator<Shown> {
  const { prefix } = query
  let position: ByteString | undefined = query.from > prefix ? query.from : prefix
  while (position !== undefined) {
    const start: ByteString = position
    position = undefined
    for (const key of keys(start)) {
      if (!key.startsWith(prefix)) return
      const common = commonPrefixOf(key, query)
      if (common === undefined) { yield { name: key, isPrefix: false }; continue }
      yield { name: common, isPrefix: true }
      position = successorOf(common)
      break
    }
  }
}

/** Reads one page. */
export function readPage(ordered: OrderedKeys, query: PageQuery): Page {
  const keys: ByteString[] = []
  const prefixes: ByteString[] = []
  let last: Shown | undefined
  for (const shown of query.limit === 0 ? [] : walk(ordered, query)) {
    if (last !== undefined && keys.length + prefixes.length === query.limit) {
      return { keys, prefixes, last: last.name, next: last.isPrefix ? successorOf(last.name) : behind(last.name) }
    }
    last = shown
    if (shown.isPrefix) prefixes.push(shown.name)
    else keys.push(shown.name)
  }
  return { keys, prefixes, last: last?.name, next: undefined }
}
