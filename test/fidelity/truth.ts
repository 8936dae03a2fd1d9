// What a store of known truth is told and tells: how it behaves, and what it answered when.
import type { Shape } from './shapes.ts'

/** How it is told to behave, in its last argument. */
export interface TruthOptions {
  readonly shape: Shape
  /** Added to every delay, ms: what lies between the two clocks is then small against it. */
  readonly atLeastMs: number
  /** From the first request on; while it lasts nothing is answered. */
  readonly stall?: { readonly fromMs: number; readonly toMs: number }
}

/** One request as the server saw it; moments by its own clock, ms. */
export interface Answered {
  readonly number: number
  readonly op: 'get' | 'put'
  readonly failed: boolean
  readonly receivedMs: number
  readonly answeredMs: number
  /** Bytes of the payload, of what was not refused. */
  readonly bytes: number
}

export interface Truth {
  readonly answered: readonly Answered[]
  /** How late the server's own event loop was at worst, ms. */
  readonly lagMaxMs: number
}

/** Bytes of an iteration's object; every fourth iteration writes its, all others read. */
export const sizeOf = (number: number): number => 1 + number * 7919 % 20_000
