// What a payload is: bytes named by size, seed and pattern, made by the host.

/** `random`: can't be compressed; `zero`: all zero; `text`: readable, compresses well. All but `zero` say in each 4 KiB who they are. */
export type PayloadPattern = 'random' | 'zero' | 'text'

export interface PayloadOptions {
  /** A whole number: the same seed and size give the same bytes. Without one, the object's name and the run's seed decide. */
  readonly seed?: number
  readonly pattern?: PayloadPattern
  /** Of random bytes: how many percent of each 4 KiB are zero. */
  readonly compressible?: number
  /** Of random bytes: how many percent of the 64 KiB units, after the first, are the same in every object. */
  readonly dedupable?: number
  /** From `fromFile()`. */
  readonly file?: number
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
  readonly compressible?: number
  readonly dedupable?: number
  readonly file?: number
}
