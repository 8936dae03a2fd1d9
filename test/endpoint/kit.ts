// Asks the endpoint by hand: requests signed by aws4, an implementation apart from ours, and bytes over bare sockets.
import aws4 from 'aws4'
import { createHash, createHmac } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import { crc32 } from 'node:zlib'
import type { RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'

export interface Question {
  readonly method?: string
  /** Path and query, percent-encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly secretKey?: string
  readonly accessKey?: string
  readonly region?: string
  /** Sent as it is: no signature. */
  readonly unsigned?: boolean
  /** Signs in the query. */
  readonly presigned?: boolean
  /** Leaves after so long, without an answer. */
  readonly destroyAfterMs?: number
  /** What happens to the headers after they are signed. */
  readonly tamper?: (headers: Record<string, string>) => void
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
  /** The Code of an error document. */
  readonly code: string | undefined
}

export interface SignedHead { readonly method: string; readonly path: string; readonly headers: Record<string, string> }

/** The head of a question, signed. */
export function signedHead(served: RunningEndpoint, question: Question): SignedHead {
  const method = question.method ?? 'GET'
  const headers: Record<string, string> = { Host: `127.0.0.1:${served.port}`, ...question.headers }
  if (question.body !== undefined && headers['Content-Length'] === undefined && headers['Transfer-Encoding'] === undefined) {
    headers['Content-Length'] = String(Buffer.byteLength(question.body))
  }
  if (question.unsigned === true) return { method, path: question.path, headers }
  if (question.presigned !== true) {
    headers['X-Amz-Content-Sha256'] ??= createHash('sha256').update(question.body ?? '').digest('hex')
  }
  const signed = aws4.sign(
    { service: 's3', region: question.region ?? served.region, method, path: question.path, headers,
      signQuery: question.presigned === true },
    { accessKeyId: question.accessKey ?? served.accessKey, secretAccessKey: question.secretKey ?? served.secretKey },
  )
  const all: Record<string, string> = {}
  for (const [name, value] of Object.entries(signed.headers ?? {})) all[name] = String(value)
  question.tamper?.(all)
  return { method, path: signed.path ?? question.path, headers: all }
}

/** Asks once, on a connection of its own. */
export function ask(served: RunningEndpoint, question: Question): Promise<Answer> {
  const head = signedHead(served, question)
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: served.port, agent: false, ...head }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (bytes: Buffer) => { pieces.push(bytes) })
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(pieces)
        const text = body.toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1] })
      })
    })
    request.on('error', reject)
    if (question.destroyAfterMs !== undefined) setTimeout(() => { request.destroy() }, question.destroyAfterMs)
    // As bytes: Node would write a text together with the head, all of it as UTF-8.
    request.end(typeof question.body === 'string' ? Buffer.from(question.body) : question.body)
  })
}

/** Sends the bytes over a bare connection and returns all that came until the far end closed it or `until` holds. */
export function talk(served: RunningEndpoint, sent: string | Uint8Array, until: (got: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = ''
    const socket = net.connect(served.port, '127.0.0.1', () => { socket.write(sent) })
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      got += text
      if (until(got)) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => { resolve(got) })
  })
}

/** A head as it goes over the wire. */
export const wireHead = ({ method, path, headers }: SignedHead): string =>
  `${method} ${path} HTTP/1.1\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`

/** A CRC32 as headers carry it. */
export function crc32Base64(data: string | Uint8Array): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(data))
  return bytes.toString('base64')
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Uint8Array, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** Signs the chunks of an aws-chunked body after a head that aws4 signed: the specification's formulas, written out once more. */
export class ChunkSigner {
  readonly #key: Buffer
  readonly #stamp: string
  readonly #scope: string
  #previous: string
  constructor(served: RunningEndpoint, head: SignedHead) {
    this.#stamp = head.headers['X-Amz-Date'] ?? ''
    const day = this.#stamp.slice(0, 8)
    this.#scope = `${day}/${served.region}/s3/aws4_request`
    this.#key = hmac(hmac(hmac(hmac(`AWS4${served.secretKey}`, day), served.region), 's3'), 'aws4_request')
    this.#previous = /Signature=(\w+)/.exec(head.headers['Authorization'] ?? '')?.[1] ?? ''
  }
  chunk(data: string): string {
    const toSign = `AWS4-HMAC-SHA256-PAYLOAD\n${this.#stamp}\n${this.#scope}\n${this.#previous}\n${sha256('')}\n${sha256(data)}`
    this.#previous = hmac(this.#key, toSign).toString('hex')
    const head = `${data.length.toString(16)};chunk-signature=${this.#previous}\r\n`
    return data === '' ? head : `${head}${data}\r\n`
  }
  trailer(lines: string): string {
    const toSign = `AWS4-HMAC-SHA256-TRAILER\n${this.#stamp}\n${this.#scope}\n${this.#previous}\n${sha256(lines)}`
    return `x-amz-trailer-signature:${hmac(this.#key, toSign).toString('hex')}\r\n`
  }
}

/** Resolves when `holds` does; fails after a while. */
export async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000; turn++) {
    if (holds()) return
    await new Promise((resolve) => { setTimeout(resolve, 2) })
  }
  throw new Error('it never came about')
}
