// The pools of connections of clients that go over node:http: one for all VUs of a shard, or one for each.
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import type { S3Settings } from '../settings.ts'
import { tlsOptions } from '../tls.ts'

export interface AgentOptions {
  /** Present where the endpoint speaks TLS. */
  readonly tls: ConnectionOptions | undefined
  /** 0 = no limit. */
  readonly maxConnections: number
  /** False = every request has a connection of its own. */
  readonly keepConnections: boolean
  readonly keepSessions: boolean
  readonly poolPerVu: boolean
  readonly localAddress: string | undefined
}

/** What a target says of connections. Throws StorageError('invalid') for files of TLS that can't be used. */
export const agentOptionsOf = (settings: S3Settings): AgentOptions => ({
  tls: tlsOptions(settings), maxConnections: settings.maxConnections, keepConnections: settings.keepConnections,
  keepSessions: settings.tls.sessionReuse, poolPerVu: settings.connectionPool === 'per_vu', localAddress: settings.localAddress,
})

export class Agents {
  readonly #newAgent: () => HttpAgent
  readonly #shared: HttpAgent | undefined
  /** By the signal that is the VU's own. */
  readonly #byVu = new Map<AbortSignal, HttpAgent>()

  constructor({ tls, maxConnections, keepConnections, keepSessions, poolPerVu, localAddress }: AgentOptions) {
    const options = {
      keepAlive: keepConnections, scheduling: 'lifo' as const, maxSockets: maxConnections > 0 ? maxConnections : Infinity,
      ...(keepSessions ? {} : { maxCachedSessions: 0 }), ...(localAddress === undefined ? {} : { localAddress }),
    }
    this.#newAgent = () => tls === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ...tls })
    this.#shared = poolPerVu ? undefined : this.#newAgent()
  }

  /** The pool for requests of a VU, which its signal tells from others. */
  of(vu: AbortSignal | undefined): HttpAgent {
    if (this.#shared !== undefined) return this.#shared
    const known = vu === undefined ? undefined : this.#byVu.get(vu)
    if (known !== undefined) return known
    const agent = this.#newAgent()
    if (vu !== undefined) {
      this.#byVu.set(vu, agent)
      vu.addEventListener('abort', () => { if (this.#byVu.delete(vu)) agent.destroy() }, { once: true })
    }
    return agent
  }

  destroy(): void {
    this.#shared?.destroy()
    for (const agent of this.#byVu.values()) agent.destroy()
    this.#byVu.clear()
  }
}
