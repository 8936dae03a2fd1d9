// What a payload is: bytes named by size, seed and pattern, made by the host.

/** `random`: can't be compressed; `zero`: all zero; `text`: readable, compresses well. */
export type PayloadPattern = 'random' | 'zero' | 'text'

export interface PayloadOptions {
  /** A whole number: the same seed and size give the same bytes. Without one, the object's name and the run's seed decide. */
  readonly seed?: number
  readonly pattern?: PayloadPattern
}

/** A payload with its size among the options. */
export interface SizedPayload extends PayloadOptions {
  /** Bytes, or text with a unit: `'4KiB'`, `'1MB'`. */
  readonly size: number | string
}

/** Bytes a script names and never holds. */
export interface Payload {
  readonly payload: true
  readonly sizeBytes: number
  readonly seed?: number
  readonly pattern: PayloadPattern
}
