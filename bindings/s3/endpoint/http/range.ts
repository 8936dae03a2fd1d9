// The Range header: one range of bytes, or none.
import { S3Error } from '../errors.ts'

/** Bytes `start` up to, not including, `end`. */
export interface ByteRange { readonly start: number; readonly end: number }

const ONE_RANGE = /^bytes\s*=\s*(\d*)\s*-\s*(\d*)$/i

/**
 * The range a header asks for of `sizeBytes` bytes; undefined when it is to be ignored (RFC 9110, 14.2): several ranges, which S3
 * does not serve, and what is no range at all.
 * @throws S3Error InvalidRange when it begins beyond the end, or asks for the last 0 bytes.
 */
export function rangeOf(header: string, sizeBytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = ONE_RANGE.exec(header.trim()) ?? []
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes)
  if (start >= end) {
    throw new S3Error('InvalidRange', undefined, { RangeRequested: header, ActualObjectSize: String(sizeBytes) },
      ['Content-Range', `bytes */${sizeBytes}`])
  }
  return { start, end }
}
