// What a handful of times says, and how a time is written.
import type { Finding } from '../../sdk/index.ts'

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

export function msText(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return `${ms.toFixed(ms < 10 ? 2 : 1)} ms`
}

export const ok = (check: string, value: string): Finding => ({ check, status: 'ok', value })
export const warning = (check: string, value: string, remedy: string): Finding => ({ check, status: 'warning', value, remedy })
export const failed = (check: string, value: string, remedy: string): Finding => ({ check, status: 'failed', value, remedy })

/** A delayed ACK waits this long on Linux, a little more where timers are coarse. */
const DELAYED_ACK_MS = { min: 36, max: 55 } as const

/**
 * True when small answers wait for a delayed ACK: the server writes head and body apart with Nagle's algorithm on, so that the body
 * stays with it until the client's ACK of the head, which comes 40 ms late. Answers to HEAD are one write and don't wait.
 */
export function waitsForAcks(getMs: readonly number[], headMs: readonly number[]): boolean {
  const base = median(headMs)
  const waiting = getMs.filter((ms) => ms - base >= DELAYED_ACK_MS.min && ms - base <= DELAYED_ACK_MS.max)
  return waiting.length * 2 >= getMs.length && getMs.length > 0
}
