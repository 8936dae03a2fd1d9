// Contents as bodies the SDK takes: small ones whole, large ones as streams that hold a chunk at a time. And bodies it gives.
import { Readable } from 'node:stream'
import type { Content } from '../../../sdk/index.ts'
import type { Sink } from '../../facts.ts'
import type { Operation } from './operation.ts'

/** Bodies up to this go in one piece; the SDK can send only those again. */
const WHOLE_BYTES = 1024 ** 2
const CHUNK_BYTES = 64 * 1024

function* chunksOf(content: Content): Generator<Uint8Array> {
  for (let at = 0; at < content.sizeBytes;) {
    const chunk = content.chunk(at, CHUNK_BYTES)
    yield chunk
    at += chunk.length
  }
}

/** A body of the SDK's own kinds. */
export const bodyOf = (content: Content): Uint8Array | Readable =>
  content.sizeBytes <= WHOLE_BYTES ? Buffer.concat([...chunksOf(content)], content.sizeBytes)
    : Readable.from(chunksOf(content), { objectMode: false, highWaterMark: CHUNK_BYTES })

/** Counts a body as it comes, and gives it to the sink. */
export async function receive(body: unknown, operation: Operation, sink: Sink | undefined): Promise<void> {
  if (!(body instanceof Readable)) throw new TypeError('the SDK gives bodies as streams')
  const stop = (): void => { body.destroy(operation.ended) }
  operation.signal.addEventListener('abort', stop, { once: true })
  for await (const chunk of body) {
    const bytes = chunk as Uint8Array
    operation.bodyBytes += bytes.length
    sink?.(bytes)
  }
}
