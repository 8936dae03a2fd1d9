// What the SDK's transport shows of its requests and their answers to whoever debugs them.
import type { IncomingMessage } from 'node:http'
import { PassThrough, pipeline, type Readable } from 'node:stream'
import { bytesContent } from '../../../sdk/index.ts'
import { BodyStart, type ShownRequest, type WireLog } from '../../wire-log.ts'
import type { Operation } from '../http-operation.ts'

/** A request as the SDK hands it down. */
export interface SdkRequest {
  readonly method: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Record<string, string>
  readonly body?: unknown
}

/** Shows a request with the head the SDK made and signed; undefined once enough were shown. */
export function showRequest(log: WireLog, sent: SdkRequest, target: string, operation: Operation | undefined): ShownRequest | undefined {
  const { method, headers, body } = sent
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const content = typeof body === 'string' ? bytesContent(Buffer.from(body)) : body instanceof Uint8Array ? bytesContent(body)
    : operation?.content
  return log.request(operation?.what ?? method, `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, content)
}

/** Shows an answer once it is whole; what is to be read in its place. */
export function showAnswer(response: IncomingMessage, shown: ShownRequest): Readable {
  const start = new BodyStart()
  let bodyBytes = 0
  const passed = new PassThrough({
    transform(chunk: Buffer, _encoding, done) {
      bodyBytes += chunk.length
      start.push(chunk)
      done(null, chunk)
    },
  })
  const { httpVersion, statusCode = 0, statusMessage = '', rawHeaders } = response
  const fields = rawHeaders.flatMap((name, index) => index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1] ?? ''}`] : [])
  const head = [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`, ...fields].join('\r\n')
  return pipeline(response, passed, (error) => {
    if (error) shown.failed(error)
    else shown.answered(head, start.bytes, bodyBytes)
  })
}
