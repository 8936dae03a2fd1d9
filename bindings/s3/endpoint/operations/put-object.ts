// Storing an object.
import { receive } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import { checkWriteCondition } from '../http/conditions.ts'
import type { Exchange } from '../http/exchange.ts'
import type { StoredObject } from '../store/objects.ts'
import { piecesBetween } from '../store/pieces.ts'
import { encryptionHeaders } from './encryption.ts'
import { extrasOf } from './extras.ts'
import type { Operation } from './operation.ts'
import { checksumHeaders, etagOf, keptHeaders } from './shapes.ts'
import { headerTags } from './tags.ts'
import { versionHeaders } from './versions.ts'

/** S3's limit for one PUT. */
export const PUT_MAX_BYTES = 5 * 1024 ** 3

/** The first half of what is put, and of what was there the second; all of it where that had another size. */
function torn(x: Exchange, pieces: readonly Buffer[], old: StoredObject | undefined, sizeBytes: number): readonly Buffer[] {
  if (old?.sizeBytes !== sizeBytes) return pieces
  x.plant('torn')
  const half = Math.floor(sizeBytes / 2)
  return [...piecesBetween(pieces, 0, half), ...piecesBetween(old.pieces, half, sizeBytes)]
}

const putObject: Operation = {
  name: 'PutObject', level: 'object', method: 'PUT',
  async handle(x) {
    const { key, service } = x
    const { 'content-length': length, 'transfer-encoding': transfer } = x.request.headers
    if (length === undefined && transfer === undefined) throw new S3Error('MissingContentLength')
    const headers = keptHeaders(x)
    const tags = headerTags(x)
    const extras = extrasOf(x, x.bucket)
    using lease = service.store.capacity.lease()
    const body = await receive(x, { maxBytes: PUT_MAX_BYTES, tooLong: 'EntityTooLarge', lease, md5: service.etag === 'md5' })
    // Looked up again: while the body came, others may have deleted the bucket or written the key.
    const { bucket } = x
    checkWriteCondition(x, bucket.get(key))
    const etag = etagOf(service, service.etag === 'md5' ? body.md5 : undefined)
    if (x.fault?.loses === true) {
      x.plant(bucket.get(key) === undefined ? 'lost' : 'stale')
      x.reply(200, ['ETag', etag])
      return
    }
    lease.keep()
    const { sizeBytes, checksum } = body
    const pieces = x.fault?.tears === true ? torn(x, body.pieces, bucket.get(key), sizeBytes) : body.pieces
    const stored = bucket.put({ key, pieces, sizeBytes, etag, modified: service.moment(), headers, checksum, tags, ...extras })
    x.reply(200, ['ETag', etag, ...versionHeaders(bucket, stored), ...encryptionHeaders(extras.encryption), ...checksumHeaders(checksum)])
  },
}

export const putOperations: readonly Operation[] = [putObject]
