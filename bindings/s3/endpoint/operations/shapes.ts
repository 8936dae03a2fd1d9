// Small pieces that several answers share: dates, owners, the headers kept with an object.
import { elementOf, headerOf } from '../checksum/declared.ts'
import type { Checksum } from '../checksum/declared.ts'
import { S3Error } from '../errors.ts'
import type { Exchange, Service } from '../http/exchange.ts'
import type { Moment } from '../store/objects.ts'
import { leaf, node } from '../xml/writer.ts'

/** Of documents that configure something. */
export const CONFIGURATION_MAX_BYTES = 64 * 1024
const METADATA_MAX_BYTES = 2048
const KEPT = ['cache-control', 'content-disposition', 'content-language', 'expires'] as const

export const isoDate = (moment: Moment): string => new Date(moment.epochMs).toISOString()

/** The one user there is, as `Owner` or `Initiator`. */
export const ownerOf = (service: Service, element: 'Owner' | 'Initiator'): string =>
  node(element, leaf('ID', service.accessKey), leaf('DisplayName', 'chopsticks'))

/** The headers of an upload that GET and HEAD repeat, names and values in turn. @throws S3Error MetadataTooLarge. */
export function keptHeaders(x: Exchange): string[] {
  const kept = ['Content-Type', x.header('content-type') ?? 'binary/octet-stream']
  for (const name of KEPT) {
    const value = x.header(name)
    if (value !== undefined) kept.push(name, value)
  }
  // aws-chunked says how the body travelled, not what it is.
  const encodings = x.header('content-encoding')?.split(',').map((each) => each.trim()).filter((each) => each !== 'aws-chunked'
    && each !== '')
  if (encodings !== undefined && encodings.length > 0) kept.push('content-encoding', encodings.join(','))
  let metadataBytes = 0
  for (const name in x.request.headers) {
    if (!name.startsWith('x-amz-meta-')) continue
    const value = x.header(name) ?? ''
    metadataBytes += name.length - 'x-amz-meta-'.length + value.length
    kept.push(name, value)
  }
  if (metadataBytes > METADATA_MAX_BYTES) throw new S3Error('MetadataTooLarge', undefined, { Size: String(metadataBytes) })
  return kept
}

/** The headers that show a checksum. */
export const checksumHeaders = (checksum: Checksum | undefined): string[] =>
  checksum === undefined ? [] : [headerOf(checksum.name), checksum.value, 'x-amz-checksum-type', checksum.type]

/** The same as XML elements. */
export const checksumElements = (checksum: Checksum | undefined): string =>
  checksum === undefined ? '' : leaf(elementOf(checksum.name), checksum.value) + leaf('ChecksumType', checksum.type)

/** What listings say of a checksum: which it is, not its value. */
export const checksumListed = (checksum: Checksum | undefined): string =>
  checksum === undefined ? '' : leaf('ChecksumAlgorithm', checksum.name) + leaf('ChecksumType', checksum.type)

/** The ETag of a body: its MD5, or something unique where speed was chosen over it. */
export const etagOf = (service: Service, md5: Buffer | undefined): string =>
  md5 === undefined ? `"${service.uniqueId()}-1"` : `"${md5.toString('hex')}"`
