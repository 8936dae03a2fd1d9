// Parts of objects as HTTP writes them.
import type { ByteRange } from './driver.ts'

/** The value of a `Range` header. */
export const rangeText = ({ first, last }: ByteRange): string => `bytes=${first ?? ''}-${last ?? ''}`

/** Size of the whole object from a `Content-Range`, `bytes 0-9/100`. */
export const sizeOfRange = (value: string | undefined): number | undefined => {
  const size = /^bytes \d+-\d+\/(\d{1,15})$/.exec(value ?? '')?.[1]
  return size === undefined ? undefined : Number(size)
}
