// Carries the SDK's requests over node:http and node:https: its own handler, with the operation told what happens.
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { canonicalQuery } from '../../canonical.ts'
import type { WireLog } from '../../wire-log.ts'
import { Agents, type AgentOptions } from '../agents.ts'
import { Operation } from '../http-operation.ts'
import { showAnswer, showRequest, type SdkRequest } from './shown.ts'

interface SdkResponse {
  readonly statusCode: number
  readonly reason: string
  readonly headers: Record<string, string>
  readonly body: Readable
}

export interface TransportOptions extends AgentOptions {
  /** Where requests and answers are shown, when somebody debugs them. */
  readonly wireLog?: WireLog | undefined
}

/** Another protocol was asked for by the server; what follows is no HTTP. */
export class SwitchedError extends Error {
  override readonly name = 'SwitchedError'
}

export class Transport {
  readonly metadata = { handlerProtocol: 'http/1.1' }
  readonly #agents: Agents
  readonly #secure: boolean
  readonly #wireLog: WireLog | undefined

  constructor({ wireLog, ...options }: TransportOptions) {
    this.#secure = options.tls !== undefined
    this.#wireLog = wireLog
    this.#agents = new Agents(options)
  }

  handle(sent: SdkRequest, { abortSignal }: { readonly abortSignal?: object | undefined } = {}): Promise<{ response: SdkResponse }> {
    const { method, hostname, port, path, query, headers, body } = sent
    const operation = Operation.of(abortSignal)
    const target = path + queryOf(query)
    const shown = this.#wireLog && showRequest(this.#wireLog, sent, target, operation)
    return new Promise((resolve, reject) => {
      const request = (this.#secure ? httpsRequest : httpRequest)({
        method, headers, agent: this.#agents.of(operation?.call.signal), host: hostname.replace(/^\[|\]$/g, ''), path: target,
        ...(port === undefined ? {} : { port }),
      })
      operation?.attempt(request)
      const signal = operation?.signal
      const stop = (): void => { request.destroy(new Error('stopped')) }
      signal?.addEventListener('abort', stop, { once: true })
      request.on('close', () => { signal?.removeEventListener('abort', stop) })
      request.on('error', (error) => {
        shown?.failed(operation?.ended ?? error)
        reject(error)
      })
      request.on('upgrade', (_response, socket) => {
        socket.destroy()
        reject(new SwitchedError('the server switched protocols'))
      })
      request.on('response', (response) => {
        const { statusCode = 0, statusMessage: reason = '' } = response
        const answer = shown === undefined ? response : showAnswer(response, shown)
        resolve({ response: { statusCode, reason, headers: joined(response.headers), body: answer } })
      })
      if (signal?.aborted === true) stop()
      send(request, body)
    })
  }

  updateHttpClientConfig(): void { /* It has no options the SDK could change. */ }
  httpHandlerConfigs(): Record<string, never> { return {} }
  destroy(): void { this.#agents.destroy() }
}

function send(request: ClientRequest, body: unknown): void {
  if (body instanceof Readable) body.pipe(request)
  else if (typeof body === 'string' || body instanceof Uint8Array) request.end(body)
  else if (body === undefined || body === null) request.end()
  else throw new TypeError('the SDK sends texts, bytes and streams')
}

function queryOf(query: SdkRequest['query']): string {
  const all = Object.entries(query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value as readonly string[] : [value as string | null]).map((one) => [name, one ?? ''] as const))
  return all.length === 0 ? '' : `?${canonicalQuery(all)}`
}

const joined = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value ?? '']))
