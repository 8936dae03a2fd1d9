// Durations as options write them, in whole nanoseconds: Go's grammar, and k6's longer one with days and bare milliseconds.
import type { Json } from './json.ts'
import { parseNumber } from './number.ts'

/** A text or value that is no duration; the message says why, and what one looks like. */
export class DurationError extends Error { override readonly name = 'DurationError' }

const NS_MAX = 2n ** 63n - 1n
const NS_MIN = -(2n ** 63n)
const NS_PER_MS = 1e6
const NS_PER_DAY = 86_400_000_000_000n
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n, us: 1_000n, 'µs': 1_000n, 'μs': 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n,
}

/** int64, as everywhere durations come from. Throws DurationError beyond it. */
function inRange(ns: bigint, text: string): bigint {
  if (ns > NS_MAX || ns < NS_MIN) throw new DurationError(`${JSON.stringify(text)} is too long for a duration (at most 292 years)`)
  return ns
}

/**
 * Go's `time.ParseDuration`: `1m30s`, `-1.5h`, `.5s`, `1s1s`, `0`; units ns, us, ms, s, m, h; no spaces. What is smaller than a
 * nanosecond is cut off. Answers nanoseconds. Throws DurationError.
 */
export function parseGoDuration(text: string): bigint {
  const negative = text.startsWith('-')
  let rest = negative || text.startsWith('+') ? text.slice(1) : text
  if (rest === '0') return 0n
  if (rest === '') throw new DurationError(`${JSON.stringify(text)} is no duration: write one like '1m30s' or '500ms'`)
  let total = 0n
  while (rest !== '') {
    // A group is a number and all that follows it up to the next one, so that an unknown unit is named whole.
    const [group, whole = '', fraction = '', unit = ''] = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest) ?? ['']
    if (whole + fraction === '') throw new DurationError(`${JSON.stringify(text)} is no duration: write one like '1m30s' or '500ms'`)
    if (unit === '') throw new DurationError(`${JSON.stringify(text)} lacks a unit behind a number: there are ns, us, ms, s, m, h`)
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined
    if (size === undefined) {
      throw new DurationError(`${JSON.stringify(text)} has the unknown unit ${JSON.stringify(unit)}: there are ns, us, ms, s, m, h`)
    }
    total += BigInt(whole || 0) * size + BigInt(fraction || 0) * size / 10n ** BigInt(fraction.length)
    rest = rest.slice(group.length)
  }
  return inRange(negative ? -total : total, text)
}

/** Milliseconds, fractions allowed, as whole nanoseconds; what is smaller is cut off. Throws DurationError for NaN and infinities. */
function millisecondsToNs(ms: number, text: string): bigint {
  if (!Number.isFinite(ms)) throw new DurationError(`${text} is no duration: it must be finite`)
  return inRange(BigInt(Math.trunc(ms * NS_PER_MS || 0)), text)
}

/**
 * k6's longer grammar, of scripts, config files and the environment: a bare number is milliseconds (`1000`, `0.5`, `1e3`); whole
 * days may come first (`1d12h`, `-2d`); else as parseGoDuration. Answers nanoseconds. Throws DurationError.
 */
export function parseExtendedDuration(text: string): bigint {
  const ms = parseNumber(text)
  if (ms !== undefined) return millisecondsToNs(ms, text)
  const day = text.indexOf('d')
  if (day === -1) return parseGoDuration(text)
  const days = text.slice(0, day)
  if (!/^[+-]?\d+$/.test(days)) throw new DurationError(`${JSON.stringify(text)} is no duration: days must be whole, like '1d12h'`)
  const more = day + 1 === text.length ? 0n : parseGoDuration(text.slice(day + 1))
  if (more < 0n) throw new DurationError(`${JSON.stringify(text)} is no duration: after the days there can be no sign`)
  const wholeDays = BigInt(days.replace('+', '')) * NS_PER_DAY
  return inRange(days.startsWith('-') ? wholeDays - more : wholeDays + more, text)
}

/** A duration as a script or a config file has it: a number is milliseconds, a text as parseExtendedDuration. Throws DurationError. */
export function parseDuration(value: Json): bigint {
  if (typeof value === 'number') return millisecondsToNs(value, String(value))
  if (typeof value === 'string') return parseExtendedDuration(value)
  throw new DurationError(`${JSON.stringify(value)} is no duration: write a text like '1m30s', or milliseconds`)
}

/** A duration (`'1m30s'`, or a number of ms) in ms; undefined when it is none, or not above 0. */
export function durationMs(value: Json): number | undefined {
  try {
    const ms = Number(parseDuration(value)) / 1e6
    return ms > 0 ? ms : undefined
  } catch (error) {
    if (error instanceof DurationError) return undefined
    throw error
  }
}

/** As Go prints a duration: `1m30s`, `1h0m0s`, `1.5ms`, `0s`. Takes nanoseconds. */
export function formatDuration(ns: bigint): string {
  if (ns === 0n) return '0s'
  const sign = ns < 0n ? '-' : ''
  const size = ns < 0n ? -ns : ns
  if (size < 1_000n) return `${sign}${size}ns`
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`
  const minutes = size / 60_000_000_000n
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`
  if (minutes === 0n) return sign + seconds
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`
}

/** `value` / 10^`digits`, without zeros at the end. */
function decimal(value: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits)
  const fraction = (value % scale).toString().padStart(digits, '0').replace(/0+$/, '')
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`
}
