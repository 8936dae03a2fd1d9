// Carries minio-js's requests over node:http and node:https, with the operation told what happens; a refusal is an error with its document.
import { AsyncLocalStorage } from 'node:async_hooks'
import { request as httpRequest, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Agents, type AgentOptions } from '../agents.ts'
import type { Operation } from '../http-operation.ts'

/** An error document larger than this is cut: nobody reads on. */
const ERROR_BYTES_MAX = 64 * 1024

/** What the store answered when it was no success. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  constructor(status: number, headers: IncomingHttpHeaders, body: string) {
    super(`the store answered ${status}`)
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** What minio-js asks of `node:http`. */
export class Transport {
  readonly #agents: Agents
  readonly #secure: boolean
  readonly #operations = new AsyncLocalStorage<Operation>()

  constructor(options: AgentOptions) {
    this.#secure = options.tls !== undefined
    this.#agents = new Agents(options)
  }

  /** Does `work`, whose requests are the operation's. */
  within<T>(operation: Operation, work: () => Promise<T>): Promise<T> { return this.#operations.run(operation, work) }

  request(options: RequestOptions, callback: (response: IncomingMessage) => void): ClientRequest {
    const operation = this.#operations.getStore()
    if (operation === undefined) throw new TypeError('a request that no operation made')
    const { signal } = operation
    // Its own way of retrying is not asked for, and it would drop the documents of errors that could be retried.
    const agent = this.#agents.of(operation.call.signal)
    const request = (this.#secure ? httpsRequest : httpRequest)({ ...options, agent }, (response) => {
      if ((response.statusCode ?? 0) < 300) callback(response)
      else void refused(response).then((error) => { request.emit('error', error) })
    })
    operation.attempt(request)
    const stop = (): void => { request.destroy(new Error('stopped')) }
    signal.addEventListener('abort', stop, { once: true })
    request.on('close', () => { signal.removeEventListener('abort', stop) })
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      request.emit('error', Object.assign(new Error('the server switched protocols'), { code: 'HPE_SWITCHED' }))
    })
    if (signal.aborted) stop()
    return request
  }

  destroy(): void { this.#agents.destroy() }
}

/** Reads an answer that is no success; what was read until it broke off stands for all. */
async function refused(response: IncomingMessage): Promise<Error> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer)
      bytes += (chunk as Buffer).length
      if (bytes >= ERROR_BYTES_MAX) break
    }
  } catch (error) {
    return error instanceof Error ? error : new TypeError(String(error))
  }
  return new AnswerError(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString('utf8'))
}
