// What Ceph answers with when something fails, an errno value, as storage errors.
import { constants } from 'node:os'
import { StorageError, type StorageCode } from '../../sdk/index.ts'

/** Of Linux, where Node does not name them: what Ceph's libraries answer with is Linux's wherever they run. */
const MORE_NAMES: Readonly<Record<number, string>> = { 108: 'ESHUTDOWN', 112: 'EHOSTDOWN' }

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]))

/** The name of an errno value, its number where there is none. */
export const errnoName = (errno: number): string => MORE_NAMES[errno] ?? NAMES.get(errno) ?? `errno ${errno}`

/** ESHUTDOWN is what a client gets that was blocklisted: Ceph calls it EBLOCKLISTED. */
const CODES: Readonly<Record<string, StorageCode>> = {
  ENOENT: 'not_found', ENODEV: 'not_found', ENXIO: 'not_found',
  EPERM: 'denied', EACCES: 'denied', EROFS: 'denied', EKEYREJECTED: 'denied',
  EBUSY: 'busy', ENOTEMPTY: 'busy', ETXTBSY: 'busy', EEXIST: 'conflict', EILSEQ: 'precondition',
  EINVAL: 'invalid', ERANGE: 'invalid', EDOM: 'invalid', EFBIG: 'invalid', ENAMETOOLONG: 'invalid', EBADF: 'invalid',
  ENOSPC: 'no_space', EDQUOT: 'no_space', ESHUTDOWN: 'blocklisted',
  EOPNOTSUPP: 'unsupported', ENOTSUP: 'unsupported', ENOSYS: 'unsupported',
  ETIMEDOUT: 'timeout', EAGAIN: 'unavailable', ENOTCONN: 'unreachable',
  ECONNREFUSED: 'unreachable', EHOSTUNREACH: 'unreachable', ENETUNREACH: 'unreachable', EHOSTDOWN: 'unreachable',
  ECONNRESET: 'cut', ECONNABORTED: 'cut', EPIPE: 'cut', ECANCELED: 'cancelled',
}

/** What the errno of a failed image operation means, in a few words; undefined where its name says enough. */
const MEANING: Readonly<Record<string, string>> = {
  ESHUTDOWN: 'this client was blocklisted: its exclusive lock was broken by another',
  EROFS: 'the image is read-only here: a snapshot, or opened so, or another client holds its lock',
  EBUSY: 'it is in use: a client watches it, or it has clones or protected snapshots',
  ENOTEMPTY: 'it has snapshots',
  EILSEQ: 'the data there was another',
}

/** The storage error of a failed call: `what` says what was tried, on what. `returned` is what the function returned: -errno. */
export function errorOf(returned: number, what: string): StorageError {
  const name = errnoName(-returned)
  const meaning = MEANING[name]
  const detail = name === 'ESHUTDOWN' ? 'EBLOCKLISTED' : name
  return new StorageError(CODES[name] ?? 'other', `${what}: ${detail}${meaning === undefined ? '' : ` (${meaning})`}`, { detail })
}

/** What the function returned, where it did not fail. Throws StorageError otherwise. */
export function succeeded(returned: number, what: string): number {
  if (returned < 0) throw errorOf(returned, what)
  return returned
}
