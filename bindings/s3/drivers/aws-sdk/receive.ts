// Bodies the SDK gives: read to their end, counted, handed over.
import { Readable } from 'node:stream'
import type { Sink } from '../../facts.ts'
import type { Operation } from '../http-operation.ts'

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
