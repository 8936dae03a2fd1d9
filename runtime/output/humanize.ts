// Numbers as people read them, in k6's manner: durations and shares are cut off, never rounded up to what was not reached.
import type { MetricContains } from '../plan/contains.ts'

export type TimeUnit = 's' | 'ms' | 'us' | null

const US_PER_MS = 1e3
const NS_PER_MS = 1e6
const MS_PER_SECOND = 1e3
const SECONDS_PER_MINUTE = 60
const FIXED = { s: { scale: 1 / MS_PER_SECOND, sign: 's' }, ms: { scale: 1, sign: 'ms' }, us: { scale: US_PER_MS, sign: 'µs' } } as const
const DATA_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const

/** Cuts off after `digits` decimals. What is a rounding error of a double below the next step counts as that step: 1.15, not 1.14. */
function cut(value: number, digits: number): number {
  const scale = 10 ** digits
  const scaled = value * scale
  const nearest = Math.round(scaled)
  return (Math.abs(scaled - nearest) <= Math.abs(scaled) * 1e-12 ? nearest : Math.trunc(scaled)) / scale
}

/** Hours, minutes and whole seconds: `1m30s`, `1h0m0s`. */
function clock(totalSeconds: number): string {
  const seconds = totalSeconds % SECONDS_PER_MINUTE
  const minutes = Math.floor(totalSeconds / SECONDS_PER_MINUTE)
  if (minutes < 60) return `${minutes}m${seconds}s`
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}s`
}

/** A duration in the unit that fits (`70µs`, `1.23s`, `1m30s`), or with two decimals in the one given. */
export function humanizeTime(ms: number, unit: TimeUnit): string {
  if (unit !== null) return `${(ms * FIXED[unit].scale).toFixed(2)}${FIXED[unit].sign}`
  if (!Number.isFinite(ms)) return String(ms)
  if (ms < 0) return `-${humanizeTime(-ms, unit)}`
  if (ms === 0) return '0s'
  if (ms * US_PER_MS < 1) return `${cut(ms * NS_PER_MS, 0)}ns`
  if (ms < 1) return `${cut(ms * US_PER_MS, 2)}µs`
  if (ms < MS_PER_SECOND) return `${cut(ms, 2)}ms`
  const seconds = ms / MS_PER_SECOND
  return seconds < SECONDS_PER_MINUTE ? `${cut(seconds, 2)}s` : clock(Math.trunc(seconds))
}

/** Bytes in decimal units: `999 B`, `1.5 kB`, `124 kB`. */
export function humanizeData(bytes: number): string {
  if (!Number.isFinite(bytes)) return String(bytes)
  if (bytes < 0) return `-${humanizeData(-bytes)}`
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < DATA_UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const tenths = Math.floor(value * 10 + 0.5) / 10
  const whole = unit === 0 && (Number.isInteger(value) || value >= 10)
  return `${tenths.toFixed(value < 10 && !whole ? 1 : 0)} ${DATA_UNITS[unit] ?? ''}`
}

/** A share of 0 … 1 as a percentage with two decimals. */
export const humanizeShare = (share: number): string => `${(cut(share * 100, 2)).toFixed(2)}%`

/** As humanizeShare, but a share that is not zero never reads as zero. */
export const humanizeFailed = (share: number): string => share > 0 && share < 0.0001 ? '<0.01%' : humanizeShare(share)

/** A plain number with at most six decimals. */
export const humanizeNumber = (value: number): string => String(parseFloat(value.toFixed(6)))

/** A value of a metric by what the metric contains. */
export function humanize(value: number, contains: MetricContains, unit: TimeUnit): string {
  switch (contains) {
    case 'time': return humanizeTime(value, unit)
    case 'data': return humanizeData(value)
    case 'default': return humanizeNumber(value)
    default: return contains satisfies never
  }
}

/** A rate or throughput in a table: three significant digits where it is small, whole numbers where it is large. */
export function humanizeRate(value: number): string {
  if (value === 0) return '0'
  if (value < 10) return value.toFixed(2)
  return value < 100 ? value.toFixed(1) : value.toFixed(0)
}
