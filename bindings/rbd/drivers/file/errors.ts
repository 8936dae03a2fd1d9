// What the operating system says of files, in our codes.
import { StorageError, type StorageCode } from '../../../sdk/index.ts'

const CODES: Readonly<Record<string, StorageCode>> = {
  ENOENT: 'not_found', EEXIST: 'conflict', EACCES: 'denied', EPERM: 'denied', EROFS: 'denied', EBADF: 'denied', ENOSPC: 'no_space',
  EDQUOT: 'no_space', EFBIG: 'no_space', EBUSY: 'busy', EINVAL: 'invalid', ETIMEDOUT: 'timeout',
}

/** The error of an operation on an image; anything that is no system error is a bug, and thrown as it is. */
export function fileError(doing: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === undefined) throw error
  return new StorageError(CODES[code] ?? 'other', `${doing}: ${code}`, { detail: code, cause: error })
}
