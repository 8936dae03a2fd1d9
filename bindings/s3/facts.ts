// What every operation of a driver takes and tells: where a body goes, and what is known of each request that ended well.

/** Takes a body chunk by chunk. The bytes are a view into a buffer that is used again: copy what must stay. It must not throw. */
export type Sink = (chunk: Uint8Array) => void

/** What is known of every request that ended well. */
export interface Facts {
  readonly status: number
  /** Payload bytes: of the body sent by a put, received by a get, else 0. */
  readonly bytes: number
  /** As the store writes it, quotes included. */
  readonly etag?: string | undefined
  readonly requestId?: string | undefined
  /** Bytes on the wire, heads included (inside TLS: before encryption). */
  readonly wireIn?: number
  readonly wireOut?: number
  /** How often an idle connection was found closed by the store and replaced. */
  readonly reconnects?: number
}
