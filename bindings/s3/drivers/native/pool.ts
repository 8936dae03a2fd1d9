// The connections to one endpoint: one per operation in flight, reused last in first out, watched by one coarse timer.
import { StorageError, type Call, type Clock, type Timer } from '../../../sdk/index.ts'
import type { Bandwidth } from '../../bandwidth.ts'
import type { Address } from './address.ts'
import { Connection, WRITE_BUFFER_BYTES, type ConnectionOwner } from './connection.ts'
import { Exchange, type Answer, type ExchangeRequest } from './exchange.ts'

export interface PoolOptions {
  readonly address: Address
  /** For messages: `http://host:port`. */
  readonly endpoint: string
  readonly clock: Clock
  /** 0 = as many as there are operations in flight. */
  readonly maxConnections: number
  /** How long an operation may take that has no limit of its own; ms. */
  readonly timeoutMs: number
  /** False = a connection is closed after one exchange. */
  readonly keepConnections: boolean
  /** True = a TLS session is resumed by later connections. */
  readonly keepSessions: boolean
  readonly bandwidth: Bandwidth | undefined
}

/** Memory that all connections of a thread can share: each use of it is over before the next can begin. */
export interface PoolBuffers { readonly read: Buffer; write: Buffer }
export const poolBuffers = (): PoolBuffers =>
  ({ read: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES), write: Buffer.allocUnsafeSlow(WRITE_BUFFER_BYTES) })

/** Stays in the processor's cache between the kernel's copy and ours; with less, large bodies need more calls. */
export const READ_BUFFER_BYTES = 128 * 1024
const SWEEP_MS = { min: 5, max: 250 } as const
/** RFC 9110 leaves the time open; clients in the field wait one second. */
const CONTINUE_WAIT_MS = 1000

export class Pool implements ConnectionOwner {
  readonly endpoint: string
  readonly readBuffer: Buffer
  readonly continueWaitMs = CONTINUE_WAIT_MS
  readonly keepConnections: boolean
  readonly bandwidth: Bandwidth | undefined
  readonly #buffers: PoolBuffers
  readonly #options: PoolOptions
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #settling: Connection[] = []
  #waiting: Exchange[] = []
  #session: Buffer | undefined
  #closed = false
  #sweep: Timer | undefined
  #sweepMs: number = SWEEP_MS.max
  readonly #watched = new WeakSet<AbortSignal>()
  #lastSignal: AbortSignal | undefined

  constructor(options: PoolOptions, buffers = poolBuffers()) {
    this.#options = options
    this.endpoint = options.endpoint
    this.keepConnections = options.keepConnections
    this.bandwidth = options.bandwidth
    this.#buffers = buffers
    this.readBuffer = buffers.read
  }

  get writeBuffer(): Buffer { return this.#buffers.write }
  set writeBuffer(buffer: Buffer) { this.#buffers.write = buffer }

  /**
   * Sends a request and gives its answer, whatever the status. Rejects with StorageError: unreachable, cut, protocol, timeout,
   * cancelled. Time spent waiting for one of `maxConnections` counts towards the timeout.
   */
  request(request: ExchangeRequest, call: Call): Promise<Answer> {
    const timeoutMs = call.timeoutMs > 0 ? call.timeoutMs : this.#options.timeoutMs
    const exchange = new Exchange(request, call, timeoutMs > 0 ? this.now() + timeoutMs : Infinity)
    if (this.#closed || call.signal.aborted) exchange.fail(cancelled(request.what))
    else {
      if (call.signal !== this.#lastSignal) this.#watch(call.signal)
      if (this.#sweep === undefined || timeoutMs < 8 * this.#sweepMs) this.#arm(timeoutMs)
      this.#place(exchange)
    }
    return exchange.promise
  }

  /** Ends everything: operations in flight end with code `cancelled`. */
  close(): void {
    this.#closed = true
    this.#sweep?.cancel()
    this.#failAll(() => cancelled, () => true)
    for (const connection of this.#all) connection.destroy()
  }

  now(): number { return this.#options.clock.now() }
  at(moment: number, wake: () => void): Timer { return this.#options.clock.at(moment, wake) }

  released(connection: Connection): void {
    const next = this.#waiting.length > 0 ? this.#waiting.shift() : undefined
    if (next === undefined) this.#idle.push(connection)
    else connection.run(next)
  }

  withdrawn(connection: Connection): void {
    const at = this.#idle.lastIndexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  settling(connection: Connection): void {
    if (this.#settling.push(connection) > 1) return
    setImmediate(() => { for (const each of this.#settling.splice(0)) each.settled() })
  }

  gone(connection: Connection): void {
    this.withdrawn(connection)
    this.#all.delete(connection)
    const next = this.#waiting.shift()
    if (next !== undefined) this.#place(next)
  }

  replaced(connection: Connection, exchange: Exchange): void {
    this.withdrawn(connection)
    this.#all.delete(connection)
    if (this.#closed) {
      exchange.fail(cancelled(exchange.request.what))
      return
    }
    exchange.restart()
    this.#open().run(exchange)
  }

  keepSession(session: Buffer): void { if (this.#options.keepSessions) this.#session = session }

  #place(exchange: Exchange): void {
    const idle = this.#idle.pop()
    if (idle !== undefined) idle.run(exchange)
    else if (this.#options.maxConnections > 0 && this.#all.size >= this.#options.maxConnections) this.#waiting.push(exchange)
    else this.#open().run(exchange)
  }

  #open(): Connection {
    const { address } = this.#options
    const resumed = address.tls === undefined || this.#session === undefined ? address.tls : { ...address.tls, session: this.#session }
    const connection = new Connection(this, { ...address, tls: resumed })
    this.#all.add(connection)
    return connection
  }

  /** One listener a signal, however many operations it is used for: signals live as long as a VU. */
  #watch(signal: AbortSignal): void {
    this.#lastSignal = signal
    if (this.#watched.has(signal)) return
    this.#watched.add(signal)
    signal.addEventListener('abort', () => {
      this.#failAll(() => cancelled, (exchange) => exchange.call.signal === signal) }, { once: true
    })
  }

  #failAll(reason: (exchange: Exchange) => (what: string) => StorageError, which: (exchange: Exchange) => boolean): void {
    const waiting = this.#waiting.filter(which)
    if (waiting.length > 0) this.#waiting = this.#waiting.filter((exchange) => !which(exchange))
    for (const exchange of waiting) exchange.fail(reason(exchange)(exchange.request.what))
    for (const connection of this.#all) {
      const { exchange } = connection
      if (exchange !== undefined && which(exchange)) connection.fail(reason(exchange)(exchange.request.what))
    }
  }

  /** Makes sure the sweep comes often enough for a timeout: it is late by an eighth of it at most, by 250 ms for long ones. */
  #arm(timeoutMs: number): void {
    const wanted = timeoutMs > 0 ? Math.max(SWEEP_MS.min, Math.min(this.#sweepMs, timeoutMs / 8)) : this.#sweepMs
    if (this.#sweep !== undefined && wanted >= this.#sweepMs) return
    this.#sweepMs = wanted
    this.#sweep?.cancel()
    this.#sweep = this.#options.clock.at(this.now() + wanted, () => { this.#tick() })
  }

  #tick(): void {
    const now = this.now()
    this.#sweep = undefined
    this.#failAll(
      (exchange) => (what) => timedOut(what, exchange, this.endpoint),
      (exchange) => exchange.deadline <= now,
    )
    for (const connection of this.#all) {
      const { exchange } = connection
      if (exchange === undefined) connection.idleSince ||= now
      else if (exchange.continueBy > 0 && exchange.continueBy <= now) connection.stopWaiting()
    }
    if (!this.#closed && (this.#all.size > 0 || this.#waiting.length > 0)) {
      this.#sweep = this.#options.clock.at(now + this.#sweepMs, () => { this.#tick() })
    }
  }
}

const cancelled = (what: string): StorageError => new StorageError('cancelled', `${what}: stopped before it ended`)

const timedOut = (what: string, exchange: Exchange, endpoint: string): StorageError => {
  const so = exchange.head !== undefined ? 'the answer had begun but was not whole'
    : exchange.hasUnsentBody ? `${exchange.sentBytes} bytes of the body were handed over` : 'there was no answer'
  return new StorageError('timeout', `${what}: ${so} when the operation's time was over`, { detail: 'timeout', endpoint })
}
