// Contents as bodies other clients take: small ones whole, large ones as streams that hold a chunk at a time.
import { Readable } from 'node:stream'
import type { Content } from '../../sdk/index.ts'

/** Bodies up to this go in one piece; clients can send only those again. */
const WHOLE_BYTES = 1024 ** 2
const CHUNK_BYTES = 64 * 1024

function* chunksOf(content: Content): Generator<Uint8Array> {
  for (let at = 0; at < content.sizeBytes;) {
    const chunk = content.chunk(at, CHUNK_BYTES)
    yield chunk
    at += chunk.length
  }
}

/** A body of the kinds that clients over node:http take. */
export const bodyOf = (content: Content): Buffer | Readable =>
  content.sizeBytes <= WHOLE_BYTES ? Buffer.concat([...chunksOf(content)], content.sizeBytes)
    : Readable.from(chunksOf(content), { objectMode: false, highWaterMark: CHUNK_BYTES })
