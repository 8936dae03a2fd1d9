// A store, in a process of its own, that keeps its own record of the truth: when each request came, when it was answered, and with what.
//
// It speaks as much of S3 as a run needs, over bare sockets, so that as little as can be lies between its clock and the wire. The
// number of an iteration is the end of its key (`o-17`): delay, size and failure follow from it, whichever shard asks.
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { fateOf } from './shapes.ts'
import { sizeOf, type Answered, type Truth, type TruthOptions } from './truth.ts'

const CONTENT = Buffer.alloc(20_001, 'x')
const EMPTY_LIST = '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
const REFUSED = '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>as planted</Message></Error>'

const answer = (status: string, headers: readonly string[], body: string | Buffer, sent = true): Buffer => Buffer.concat([
  Buffer.from([`HTTP/1.1 ${status}`, `Content-Length: ${String(Buffer.byteLength(body))}`, ...headers, '', ''].join('\r\n')),
  ...sent ? [Buffer.from(body)] : [],
])

/** Serves until its parent is gone. */
class TruthServer {
  readonly #options: TruthOptions
  readonly #answered: Answered[] = []
  #firstMs: number | undefined

  constructor(options: TruthOptions) { this.#options = options }

  get answered(): readonly Answered[] { return this.#answered }

  /** Takes one connection's requests, one after the other. */
  take(socket: Socket): void {
    let rest: Buffer = Buffer.alloc(0)
    socket.setNoDelay(true).on('error', () => { socket.destroy() }).on('data', (data: Buffer) => {
      const receivedMs = performance.now()
      rest = rest.length === 0 ? data : Buffer.concat([rest, data])
      for (;;) {
        const end = rest.indexOf('\r\n\r\n')
        if (end === -1) return
        const head = rest.toString('latin1', 0, end)
        const bodyBytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
        if (rest.length < end + 4 + bodyBytes) return
        rest = rest.subarray(end + 4 + bodyBytes)
        this.#request(socket, head, bodyBytes, receivedMs)
      }
    })
  }

  #request(socket: Socket, head: string, bodyBytes: number, receivedMs: number): void {
    const [method = '', target = ''] = head.split(' ', 2)
    const number = Number(/\/o-(\d+)(?:\?|$)/.exec(target)?.[1] ?? NaN)
    const op = method === 'PUT' ? 'put' : 'get'
    if (Number.isNaN(number) || (method !== 'GET' && method !== 'PUT')) {
      socket.write(answer('200 OK', ['Content-Type: application/xml'], EMPTY_LIST, method !== 'HEAD'))
      return
    }
    const { ms, fails } = fateOf(this.#options.shape, number)
    this.#firstMs ??= receivedMs
    const dueMs = receivedMs - this.#firstMs + this.#options.atLeastMs + ms
    const { stall } = this.#options
    const laterMs = stall !== undefined && dueMs >= stall.fromMs && dueMs < stall.toMs ? stall.toMs : dueMs
    setTimeout(() => {
      const bytes = fails ? 0 : op === 'put' ? bodyBytes : sizeOf(number)
      const reply = fails ? answer('503 Slow Down', ['Content-Type: application/xml'], REFUSED)
        : answer('200 OK', ['ETag: "d41d8cd98f00b204e9800998ecf8427e"'], op === 'put' ? '' : CONTENT.subarray(0, bytes))
      this.#answered.push({ number, op, failed: fails, receivedMs, answeredMs: performance.now(), bytes })
      socket.write(reply)
    }, laterMs - dueMs + this.#options.atLeastMs + ms)
  }
}

const server = new TruthServer(JSON.parse(process.argv.at(-1) ?? '') as TruthOptions)
const lag = monitorEventLoopDelay({ resolution: 1 })
lag.enable()
const listener = createServer((socket) => { server.take(socket) }).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (listener.address() as AddressInfo).port })
})
process.on('message', () => { process.send?.({ answered: server.answered, lagMaxMs: lag.max / 1e6 } satisfies Truth) })
process.on('disconnect', () => { process.exit() })
