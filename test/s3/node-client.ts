// node:http's client, fed the bytes of an answer from a stream: what another parser makes of them.
import { request } from 'node:http'
import { Duplex } from 'node:stream'

/** What a client makes of an answer. `cut` = it ended too early; `refused` = it is no HTTP. */
export interface Reading {
  readonly verdict: 'whole' | 'cut' | 'refused'
  readonly status?: number
  readonly interim?: readonly number[]
  /** Names in lower case with values, in the order in which they came. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
}

/** A connection whose other side sends the pieces, one a turn, and hangs up. */
class Script extends Duplex {
  readonly #pieces: Buffer[]
  constructor(pieces: readonly Buffer[]) {
    super({ autoDestroy: true })
    this.#pieces = [...pieces]
  }
  override _read(): void {
    const piece = this.#pieces.shift()
    setImmediate(() => { if (!this.destroyed) this.push(piece ?? null) })
  }
  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void { done() }
}

/** Sends a request and reads the pieces as its answer, the end of the connection behind them. */
export function nodeReads(pieces: readonly Buffer[], method: 'GET' | 'HEAD'): Promise<Reading> {
  return new Promise((resolve) => {
    const interim: number[] = []
    const sent = request({ method, host: 'store.test', createConnection: () => new Script(pieces) })
    sent.on('information', ({ statusCode }) => { interim.push(statusCode) })
    sent.on('upgrade', (_response, socket) => {
      socket.destroy()
      resolve({ verdict: 'refused' })
    })
    let heard: Omit<Reading, 'verdict'> | undefined
    const end = (error: unknown): void => {
      const parse = error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('HPE_')
      resolve({ verdict: parse ? 'refused' : 'cut', ...heard })
    }
    sent.on('error', end)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      const { rawHeaders } = response
      const headers = rawHeaders.flatMap((name, i) => i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1] ?? ''] as const] : [])
      heard = { status: response.statusCode ?? 0, interim, headers }
      response.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      response.on('error', end)
      response.on('end', () => { resolve({ verdict: 'whole', ...heard, body: Buffer.concat(chunks).toString('latin1') }) })
    })
    sent.end()
  })
}
