// Answers a request with an S3 error document, also when its body has not arrived yet.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { S3Error } from '../errors.ts'
import { errorDocument, leaf } from '../xml/writer.ts'
import { declaresBody } from './exchange.ts'

/** A body up to this long is read to its end after a refusal, so that the connection can go on. */
const DRAIN_MAX_BYTES = 1024 * 1024
/** How long a longer one is read, so that the client sees the answer before the connection ends (RFC 9112, 9.6). */
const LINGER_MS = 2000

/** The error document. `resource` is the path as it was asked for. */
export const documentOf = (error: S3Error, resource: string, requestId: string): string => errorDocument(
  leaf('Code', error.code), leaf('Message', error.message),
  ...Object.entries(error.details).map(([name, text]) => leaf(name, text)),
  leaf('Resource', resource), leaf('RequestId', requestId),
)

/** Sends the refusal. `awaitsContinue`: the client was never told to send its body. */
export function refuse(
  request: IncomingMessage, response: ServerResponse, error: S3Error, requestId: string, awaitsContinue: boolean,
): void {
  if (response.headersSent) { response.destroy(); return }
  const document = documentOf(error, (request.url ?? '/').split('?', 1)[0] ?? '/', requestId)
  const unread = declaresBody(request) && !request.readableEnded
  const lengthBytes = Number(request.headers['content-length'] ?? Infinity)
  const closes = unread && (awaitsContinue || lengthBytes > DRAIN_MAX_BYTES)
  response.writeHead(error.status, [
    'x-amz-request-id', requestId, 'Server', 'chopsticks', ...error.headers, ...(closes ? ['Connection', 'close'] : []),
    'Content-Type', 'application/xml', 'Content-Length', String(Buffer.byteLength(document)),
  ])
  if (!closes || awaitsContinue) {
    response.end(document)
    request.resume()
    return
  }
  response.write(document)
  const timer = setTimeout(() => { response.end() }, LINGER_MS)
  const over = (): void => { clearTimeout(timer); response.end() }
  request.once('end', over).once('close', over).resume()
}
