// Shared by the tests of the S3 binding: servers that say what a test scripts, and drivers pointed at them.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { openDriver } from '../../bindings/s3/drivers/native/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { systemClock, type Clock, type JsonObject, type Timer } from '../../bindings/sdk/index.ts'

/** A raw server: `serve` gets each connection with its number, from 0. */
export class RawServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  connections = 0

  private constructor(serve: (socket: Socket, n: number) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket)
      // What a client cut off does to a scripted server is no part of the test.
      socket.on('error', () => { socket.destroy() })
      socket.on('close', () => { this.#sockets.delete(socket) })
      serve(socket, this.connections++)
    })
  }
  static async open(serve: (socket: Socket, n: number) => void): Promise<RawServer> {
    const server = new RawServer(serve)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }
  get port(): number { return (this.#server.address() as AddressInfo).port }
  get open(): number { return this.#sockets.size }
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Calls back with each whole request a socket carries: its head, and its body when it has a Content-Length. */
export function onRequests(socket: Socket, handle: (head: string, body: Buffer, n: number) => void): void {
  let pending = Buffer.alloc(0)
  let n = 0
  socket.on('data', (data: Buffer) => {
    pending = Buffer.concat([pending, data])
    for (;;) {
      const end = pending.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = pending.toString('latin1', 0, end)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (pending.length < end + 4 + length) return
      const body = Buffer.from(pending.subarray(end + 4, end + 4 + length))
      pending = pending.subarray(end + 4 + length)
      handle(head, body, n++)
    }
  })
}

export const sectionFor = (port: number, more: JsonObject = {}): JsonObject => ({
  endpoint: `http://127.0.0.1:${port}`, access_key: 'AKIATEST', secret_key: 'the-secret-of-the-test', bucket: 'bench', ...more,
})

export const nativeOn = (port: number, more: JsonObject = {}, clock: Clock = systemClock): S3Driver =>
  openDriver({ settings: settingsOf(sectionFor(port, more)), clock, concurrency: 8 })

/** A server and a driver on it, for tests that script what the server does. */
export class Scripted {
  #server: RawServer | undefined
  #driver: S3Driver | undefined
  get server(): RawServer {
    if (this.#server === undefined) throw new Error('start the server first')
    return this.#server
  }
  get driver(): S3Driver {
    if (this.#driver === undefined) throw new Error('start the server first')
    return this.#driver
  }
  async start(serve: (socket: Socket, n: number) => void, more: JsonObject = {}, clock?: Clock): Promise<void> {
    await this.close()
    this.#server = await RawServer.open(serve)
    this.#driver = nativeOn(this.#server.port, more, clock)
  }
  /** Every request is answered so; the connection stays open unless `thenEnds`. */
  answering(wire: string, thenEnds = false): Promise<void> {
    return this.start((socket) => {
      onRequests(socket, () => { if (thenEnds) socket.end(wire, 'latin1'); else socket.write(wire, 'latin1') })
    })
  }
  async close(): Promise<void> {
    await this.#driver?.close()
    await this.#server?.close()
    this.#server = this.#driver = undefined
  }
}

/** An answer to a GET of two bytes. */
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: "e"\r\n\r\nok'
/** An answer with an error document. */
export const errorAnswer = (status: string, code: string, more = '', message = 'because'): string => {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`
  return `HTTP/1.1 ${status} X\r\nContent-Type: application/xml\r\nx-amz-request-id: tx9\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** A clock that stands still until it is moved; the moments of dates are real ones. */
export class HandClock implements Clock {
  #now = 0
  #timers: { readonly moment: number; readonly wake: () => void }[] = []
  now(): number { return this.#now }
  epochMs(): number { return Date.UTC(2026, 0, 1) + this.#now }
  at(moment: number, wake: () => void): Timer {
    const timer = { moment, wake }
    this.#timers.push(timer)
    return { cancel: () => { this.#timers = this.#timers.filter((other) => other !== timer) } }
  }
  get waiting(): number { return this.#timers.length }
  /** Moves on, waking what is due in order. */
  move(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = this.#timers.filter(({ moment }) => moment <= end).sort((a, b) => a.moment - b.moment)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.moment)
      next.wake()
    }
    this.#now = end
  }
}

/** Resolves when the condition holds; looks again after every turn of the event loop. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => { setImmediate(resolve) })
}
