// The words in which drivers that keep images themselves refuse what can't be done.
import { StorageError, type StorageCode } from '../../sdk/index.ts'

const refusal = (code: StorageCode, detail: string) => (message: string): StorageError => new StorageError(code, message, { detail })

const missing = refusal('not_found', 'ENOENT')
export const existing = refusal('conflict', 'EEXIST')
export const inUse = refusal('busy', 'EBUSY')
export const readOnly = refusal('denied', 'EROFS')
export const fenced = refusal('blocklisted', 'EBLOCKLISTED')
export const impossible = refusal('invalid', 'EINVAL')
export const differs = refusal('precondition', 'EILSEQ')
export const unable = refusal('unsupported', 'driver')

export const noImage = (name: string): StorageError => missing(`there is no image ${name}`)
export const noSnapshot = (image: string, name: string): StorageError => missing(`image ${image} has no snapshot ${name}`)
export const shrinks = (name: string, from: number, to: number): StorageError =>
  impossible(`image ${name} would shrink from ${from} to ${to} bytes, and what is behind would be lost: allow it by allowShrink: true`)
