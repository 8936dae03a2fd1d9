// The closed set of ways a store can say no, and the error that carries one of them.

/**
 * Every code an operation can end with, beside 'ok'. Codes become tags and thresholds, so the set is closed;
 * what the store itself said is kept in `detail`.
 */
export const STORAGE_CODES = [
  'not_found', 'denied', 'conflict', 'precondition', 'throttled', 'unavailable', 'timeout', 'unreachable', 'cut', 'protocol',
  'invalid', 'unsupported', 'no_space', 'busy', 'blocklisted', 'corrupt', 'short', 'stale', 'lost', 'etag', 'torn', 'misplaced',
  'cancelled', 'other',
] as const
export type StorageCode = (typeof STORAGE_CODES)[number]

/** Codes that mean the data was wrong, not the request: they count in `verify_failed` too. */
export const VERIFY_CODES: ReadonlySet<StorageCode> = new Set(['corrupt', 'short', 'stale', 'lost', 'etag', 'torn', 'misplaced'])

/** What is known about a failure beside its code: the store's own code, the request's id, the endpoint. */
export interface StorageErrorFacts {
  /** The store's native code, e.g. `NoSuchKey`, `ENOENT`, `HTTP 503`. */
  readonly detail?: string
  readonly requestId?: string
  readonly endpoint?: string
  readonly cause?: unknown
}

/** The store said no, or could not be asked. It is a result: counted, tagged, given to the script. Any other error thrown is our bug. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code: StorageCode
  readonly detail: string | undefined
  readonly requestId: string | undefined
  readonly endpoint: string | undefined
  constructor(code: StorageCode, message: string, facts: StorageErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.detail = facts.detail
    this.requestId = facts.requestId
    this.endpoint = facts.endpoint
  }
}
