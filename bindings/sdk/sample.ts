// What one operation left behind: the only thing measurements are made of.
import type { StorageCode } from './errors.ts'

/** Tag names and values; both are short strings. */
export type Tags = Readonly<Record<string, string>>

/** One storage operation, timed. Moments are ms on the shard's monotonic clock. */
export interface Sample {
  /** The workload's name, the prefix of its metrics: `s3`, `rbd`, … */
  readonly workload: string
  /** The operation's name within the workload: `get`, `put`, … */
  readonly op: string
  readonly driver: string
  readonly target: string
  /** When the operation should have started: the moment of the call, or the iteration's due moment in open models. */
  readonly due: number
  /** True in open models, where iterations are due whatever those before them do: response time (ended - due) is counted there. */
  readonly paced: boolean
  readonly started: number
  /** The moment of the first byte of the answer; undefined where there was none. */
  readonly firstByte: number | undefined
  /** How long making its connection took, and the TLS handshake on it, ms; undefined where there was one already. */
  readonly connectingMs?: number | undefined
  readonly tlsMs?: number | undefined
  /** How long it took to be handed to the storage, of what is left; ms, undefined where nobody told. */
  readonly submissionMs?: number | undefined
  /** How long its driver prepared and took in files, which is none of its time, ms; undefined where it did not. */
  readonly stagingMs?: number | undefined
  /** How often it was tried again. */
  readonly retries?: number
  /** Where it went, of a target with several endpoints; undefined of others, so that series don't multiply. */
  readonly endpoint?: string | undefined
  readonly ended: number
  /** Payload bytes received and sent. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Bytes on the wire, heads included, where the driver knows them; else the payload's. */
  readonly wireIn: number
  readonly wireOut: number
  readonly code: 'ok' | StorageCode
  /** True when data was checked and found right; data found wrong shows in the code. */
  readonly verified: boolean
  /** True of an operation made of steps, which are samples of their own: it has a Trend of its own, and counts in nothing else. */
  readonly composite?: boolean
  /** True when the code is one the script said it expects (`{ expect: [...] }`), so it is no failure. */
  readonly expected: boolean
}
