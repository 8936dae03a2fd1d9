// The floor of the driver bench: a client on bare sockets that does the least that a signed S3 request needs, and trusts the server.
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls'

/** The keys it signs with. */
export const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE'
export const SECRET_KEY = 'secret-of-the-bench'
const REGION = 'us-east-1'
const EMPTY = createHash('sha256').digest('hex')

/** One connection; `done` is called when an answer is whole. */
interface Line { readonly socket: Socket; done: () => void }

/** Signs as shared bench clients do: signing key and date kept, one hash and one HMAC object a request. */
class BareSigner {
  readonly #host: string
  #second = 0
  #date = ''
  #key: KeyObject | undefined
  #scope = ''
  constructor(host: string) { this.#host = host }

  headers(method: string, path: string, payloadHash: string): string {
    const now = Date.now()
    const second = Math.floor(now / 1000)
    if (second !== this.#second || this.#key === undefined) {
      this.#second = second
      this.#date = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '')
      const day = this.#date.slice(0, 8)
      const step = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
      this.#key = createSecretKey(step(step(step(step(`AWS4${SECRET_KEY}`, day), REGION), 's3'), 'aws4_request'))
      this.#scope = `${day}/${REGION}/s3/aws4_request`
    }
    const names = 'host;x-amz-content-sha256;x-amz-date'
    const signed = `host:${this.#host}\nx-amz-content-sha256:${payloadHash}\nx-amz-date:${this.#date}\n`
    const request = `${method}\n${path}\n\n${signed}\n${names}\n${payloadHash}`
    const digest = createHash('sha256').update(request).digest('hex')
    const signature = createHmac('sha256', this.#key).update(`AWS4-HMAC-SHA256\n${this.#date}\n${this.#scope}\n${digest}`).digest('hex')
    return `x-amz-date: ${this.#date}\r\nx-amz-content-sha256: ${payloadHash}\r\n` +
      `Authorization: AWS4-HMAC-SHA256 Credential=${ACCESS_KEY}/${this.#scope}, SignedHeaders=${names}, Signature=${signature}\r\n`
  }
}

export class BareClient {
  readonly #port: number
  readonly #host: string
  readonly #signer: BareSigner
  readonly #body: Buffer
  readonly #idle: Line[] = []
  readonly #all: Line[] = []

  readonly #secure: SecureContext | undefined

  constructor(port: number, sizeBytes: number, over: 'tcp' | 'tls' = 'tcp') {
    this.#secure = over === 'tls' ? createSecureContext() : undefined
    this.#port = port
    this.#host = `127.0.0.1:${port}`
    this.#signer = new BareSigner(this.#host)
    this.#body = Buffer.alloc(sizeBytes, 9)
  }

  run(op: 'get' | 'put', key: string): Promise<void> {
    return new Promise((resolve) => {
      const line = this.#idle.pop() ?? this.#open()
      const { socket } = line
      line.done = () => {
        this.#idle.push(line)
        resolve()
      }
      const method = op === 'get' ? 'GET' : 'PUT'
      const path = `/bench/${key}`
      const length = op === 'put' ? `Content-Length: ${this.#body.length}\r\n` : ''
      const auth = this.#signer.headers(method, path, op === 'put' ? 'UNSIGNED-PAYLOAD' : EMPTY)
      const head = `${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${auth}${length}\r\n`
      if (op === 'get') socket.write(head, 'latin1')
      else {
        socket.cork()
        socket.write(head, 'latin1')
        socket.write(this.#body)
        socket.uncork()
      }
    })
  }

  close(): void { for (const { socket } of this.#all) socket.destroy() }

  #open(): Line {
    let leftBytes = -1
    let head = ''
    const feed = (length: number, buffer: Uint8Array): boolean => {
      let at = 0
      if (leftBytes < 0) {
        head += (buffer as Buffer).toString('latin1', 0, Math.min(length, 4096))
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return true
        leftBytes = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
        if (head.slice(9, 12) !== '200') throw new Error(head)
        at = end + 4
        head = ''
      }
      leftBytes -= length - at
      if (leftBytes <= 0) {
        leftBytes = -1
        line.done()
      }
      return true
    }
    const onread = { buffer: Buffer.allocUnsafe(256 * 1024), callback: feed }
    const to = { port: this.#port, host: '127.0.0.1', noDelay: true, onread }
    const socket = this.#secure === undefined ? connect(to)
      : connectTls({ ...to, secureContext: this.#secure, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    const line: Line = { socket, done: () => undefined }
    this.#all.push(line)
    return line
  }
}
