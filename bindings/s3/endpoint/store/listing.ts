// One page of a listing: which keys and common prefixes it shows, and where the next begins.
import { successorOf } from '../http/byte-string.ts'
import type { ByteString } from '../http/byte-string.ts'
import type { SortedKeys } from './sorted-keys.ts'

interface PageQuery {
  readonly prefix: ByteString
  /** Empty: none. */
  readonly delimiter: ByteString
  /** Nothing below this position is shown. */
  readonly from: ByteString
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

/**
 * Reads one page. Keys that share what stands before the first delimiter after the prefix are shown as that common prefix, once,
 * and jumped over: a page costs by what it shows, not by what hides behind it.
 */
export function readPage(sorted: SortedKeys<ByteString>, query: PageQuery): Page {
  const { prefix, delimiter, limit } = query
  const keys: ByteString[] = []
  const prefixes: ByteString[] = []
  let last: ByteString | undefined
  let position: ByteString | undefined = query.from > prefix ? query.from : prefix
  while (position !== undefined && limit > 0) {
    const start: ByteString = position
    position = undefined
    for (const key of sorted.from(start)) {
      if (!key.startsWith(prefix)) break
      if (keys.length + prefixes.length === limit) {
        return { keys, prefixes, last, next: last === undefined || last === prefixes.at(-1) ? start : behind(last) }
      }
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      if (cut < 0) { keys.push(last = key); continue }
      last = key.slice(0, cut + delimiter.length) as ByteString
      prefixes.push(last)
      position = successorOf(last)
      break
    }
  }
  return { keys, prefixes, last, next: undefined }
}
