// The operations a client over node:http has under way: each timed, told of its end in the driver's own errors, and stopped when it closes.
import type { Call, Clock, StorageError } from '../../sdk/index.ts'
import { errorOfConnect, errorOfCut } from '../errors.ts'
import type { S3Settings } from '../settings.ts'
import { Operation } from './http-operation.ts'
import { cancelled } from './limit.ts'

/** What a client threw, as the error of the operation it threw it in. Throws on what is a bug of ours. */
export type ErrorOf = (error: unknown, operation: Operation, settings: S3Settings) => StorageError

export class HttpOperations {
  readonly #settings: S3Settings
  readonly #clock: Clock
  readonly #errorOf: ErrorOf
  readonly #inFlight = new Set<Operation>()
  #closed = false

  constructor(settings: S3Settings, clock: Clock, errorOf: ErrorOf) {
    this.#settings = settings
    this.#clock = clock
    this.#errorOf = errorOf
  }

  /** Has the client do one; `what` names it in messages. */
  async run<T>(what: string, call: Call, send: (operation: Operation) => Promise<T>): Promise<T> {
    const settings = this.#settings
    if (this.#closed || call.signal.aborted) throw cancelled(what)
    const operation = new Operation(what, call, this.#clock, settings.timeoutMs, settings.endpoint.url)
    this.#inFlight.add(operation)
    try {
      const facts = await send(operation)
      if (operation.ended !== undefined) throw operation.ended
      return facts
    } catch (error) {
      throw this.#errorOf(error, operation, settings)
    } finally {
      this.#inFlight.delete(operation)
      operation.close()
    }
  }

  /** Stops what is under way; nothing more is begun. */
  close(): void {
    this.#closed = true
    for (const operation of this.#inFlight) operation.stop(cancelled(operation.what))
  }
}

/** The error of an operation whose connection failed, by how far it had come. */
export const errorOfConnection = (error: unknown, { what, connected, answered, bodyBytes }: Operation, endpoint: string): StorageError =>
  connected ? errorOfCut(what, error, endpoint, answered ? `within the body of the answer, after ${bodyBytes} bytes` : 'before it answered')
    : errorOfConnect(error, endpoint)
