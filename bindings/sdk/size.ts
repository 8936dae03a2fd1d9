// Sizes in bytes as options write them: KiB is 1024, KB is 1000, and what could mean either is refused.
import type { Json } from './json.ts'

/** A text or value that is no size; the message says what one looks like. */
export class SizeError extends Error { override readonly name = 'SizeError' }

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n, b: 1n,
  kb: 1_000n, mb: 1_000_000n, gb: 1_000_000_000n, tb: 1_000_000_000_000n,
  kib: 1n << 10n, mib: 1n << 20n, gib: 1n << 30n, tib: 1n << 40n,
}
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/**
 * Whole bytes: `4096`, `'4096'`, `'4KiB'`, `'1.5 MB'`; letters in any case. A bare letter (`64k`) is refused, for fio reads it as
 * 65536 and others as 64000; so is what makes no whole number of bytes. Throws SizeError.
 */
export function parseSize(value: Json): number {
  if (typeof value === 'number') return whole(value, String(value))
  const match = typeof value === 'string' ? /^(\d+)(?:\.(\d+))? ?([a-z]*)$/i.exec(value) : null
  if (match === null) throw new SizeError(`${JSON.stringify(value)} is no size: write bytes, or a text like '4KiB' or '1MB'`)
  const [, digits = '', fraction = '', unit = ''] = match
  const shown = JSON.stringify(value)
  if (/^[kmgt]$/i.test(unit)) {
    const letter = unit.toUpperCase()
    throw new SizeError(`${shown} can be read in two ways: write ${digits}${letter}iB (1024s) or ${digits}${letter}B (1000s)`)
  }
  const size = Object.hasOwn(UNITS, unit.toLowerCase()) ? UNITS[unit.toLowerCase()] : undefined
  if (size === undefined) {
    throw new SizeError(`${shown} has the unknown unit ${unit}: there are B, KB, MB, GB, TB and KiB, MiB, GiB, TiB`)
  }
  const scale = 10n ** BigInt(fraction.length)
  const scaled = BigInt(digits + fraction) * size
  if (scaled % scale !== 0n) throw new SizeError(`${shown} is no whole number of bytes`)
  return whole(Number(scaled / scale), shown)
}

function whole(bytes: number, shown: string): number {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new SizeError(`${shown} is no size: it must be a whole number of bytes from 0 to 8 PiB`)
  }
  return bytes
}

/** Exact and short: the largest binary unit that divides it (`64MiB`, `1536KiB`, `1000B`); parseSize reads it back. */
export function formatSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value !== 0 && value % 1024 === 0 && unit < BINARY.length - 1) {
    value /= 1024
    unit++
  }
  return `${value}${BINARY[unit] ?? ''}`
}
