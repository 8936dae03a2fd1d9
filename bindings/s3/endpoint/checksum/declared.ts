// Which checksum a request declares for its body, in a header or for its trailer.
import type { IncomingHttpHeaders } from 'node:http'
import { S3Error } from '../errors.ts'
import { CHECKSUMS, CHECKSUM_BYTES } from '../../checksum/digest.ts'
import type { ChecksumName } from '../../checksum/digest.ts'

/** A checksum as it is stored and shown: base64, for composite ones with `-<parts>` after it. */
export interface Checksum {
  readonly name: ChecksumName
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

export interface DeclaredChecksum {
  readonly name: ChecksumName
  /** Undefined: it comes in the trailer. */
  readonly value: string | undefined
}

/** `x-amz-checksum-crc32` and so on. */
export const headerOf = (name: ChecksumName): string => `x-amz-checksum-${name.toLowerCase()}`
/** `ChecksumCRC32` and so on, the name in XML. */
export const elementOf = (name: ChecksumName): string => `Checksum${name}`

/** The algorithm of that name in any case. @throws S3Error InvalidRequest for none. */
export function checksumNamed(name: string): ChecksumName {
  const upper = name.toUpperCase()
  const found = CHECKSUMS.find((each) => each === upper)
  if (found === undefined) throw new S3Error('InvalidRequest', `${name} is no checksum algorithm; known: ${CHECKSUMS.join(', ')}.`)
  return found
}

/** @throws S3Error InvalidRequest when the text is not base64 of as many bytes as the checksum has. */
export function checkedValue(name: ChecksumName, value: string): string {
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length !== CHECKSUM_BYTES[name] || bytes.toString('base64') !== value) {
    throw new S3Error('InvalidRequest', `${headerOf(name)} must be the base64 form of ${CHECKSUM_BYTES[name]} bytes.`)
  }
  return value
}

const headerText = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

/**
 * The one checksum the request declares; undefined for none.
 * @throws S3Error InvalidRequest when it declares several, an unknown one, or one that is no base64 of the right length.
 */
export function declaredChecksum(headers: IncomingHttpHeaders): DeclaredChecksum | undefined {
  const declared: DeclaredChecksum[] = []
  for (const name of CHECKSUMS) {
    const value = headerText(headers, headerOf(name))
    if (value !== undefined) declared.push({ name, value: checkedValue(name, value) })
  }
  for (const trailer of (headerText(headers, 'x-amz-trailer') ?? '').split(',')) {
    const name = trailer.trim().toLowerCase()
    if (name.startsWith('x-amz-checksum-')) declared.push({ name: checksumNamed(name.slice('x-amz-checksum-'.length)), value: undefined })
  }
  const [first, ...others] = declared
  if (others.length > 0) throw new S3Error('InvalidRequest', 'A request may declare one checksum only.')
  const wanted = headerText(headers, 'x-amz-sdk-checksum-algorithm')
  if (wanted !== undefined && checksumNamed(wanted) !== first?.name) {
    throw new S3Error('InvalidRequest', `x-amz-sdk-checksum-algorithm is ${wanted}, but no header or trailer brings it.`)
  }
  return first
}
