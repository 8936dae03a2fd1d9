// Putting bytes behind those an object has, as RADOS gateways do it: `PUT key?append&position=n`.
import { hash } from 'node:crypto'
import { receive } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { StoredObject } from '../store/objects.ts'
import { extrasOf } from './extras.ts'
import type { Operation } from './operation.ts'
import { PUT_MAX_BYTES } from './put-object.ts'
import { etagOf, keptHeaders } from './shapes.ts'
import { headerTags } from './tags.ts'

/** The object that is appended to; undefined where there is none yet. @throws S3Error. */
function appendable(x: Exchange, position: number): StoredObject | undefined {
  const { bucket, key } = x
  if (bucket.versioning !== undefined) throw new S3Error('InvalidBucketState', 'A bucket that keeps versions has no appending.')
  const present = bucket.get(key)
  if (present !== undefined && present.appends === undefined) throw new S3Error('ObjectNotAppendable')
  const sizeBytes = present?.sizeBytes ?? 0
  if (position !== sizeBytes) {
    throw new S3Error('PositionNotEqualToLength', undefined, { Length: String(sizeBytes), Position: String(position) })
  }
  return present
}

const appendObject: Operation = {
  name: 'AppendObject', level: 'object', method: 'PUT', subresource: 'append',
  async handle(x) {
    const { key, service, target: { query } } = x
    const position = query.count('position')
    if (position === undefined) throw new S3Error('InvalidArgument', 'Appending needs a position.', { ArgumentName: 'position' })
    appendable(x, position)
    const headers = keptHeaders(x)
    const tags = headerTags(x)
    const extras = extrasOf(x, x.bucket)
    using lease = service.store.capacity.lease()
    const body = await receive(x, { maxBytes: PUT_MAX_BYTES, tooLong: 'EntityTooLarge', lease, md5: service.etag === 'md5' })
    // Looked up again: while the body came, another request may have appended.
    const present = appendable(x, position)
    const appends = (present?.appends ?? 0) + 1
    const lead = etagOf(service, service.etag === 'md5' ? body.md5 : undefined)
    const etag = service.etag === 'md5' ? `"${hash('md5', `${present?.etag ?? ''}${lead}`, 'hex')}-${appends}"` : lead
    const sizeBytes = position + body.sizeBytes
    // What it was is given back when it is replaced, so all of what it is now is taken.
    lease.grow(position)
    lease.keep()
    x.bucket.put({
      key, pieces: [...present?.pieces ?? [], ...body.pieces], sizeBytes, etag, modified: service.moment(),
      headers: present?.headers ?? headers, checksum: undefined, tags: present?.tags ?? tags, appends, ...extras,
    })
    x.reply(200, ['ETag', etag, 'x-rgw-next-append-position', String(sizeBytes)])
  },
}

export const appendOperations: readonly Operation[] = [appendObject]
