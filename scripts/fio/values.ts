// Values of fio's job files, read: sizes, times, switches, and what is said apart for reads, writes and trims.

/** Why a value can't be used, without its key. */
export class FioValueError extends Error { override readonly name = 'FioValueError' }

const POWERS = 'kmgtp'

/** `4k`, `1M`, `4096`, `10gb`: fio counts in 1024s, and its `ki` in 1000s, which nobody means. Throws FioValueError. */
export function fioBytes(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([kmgtp]?)b?$/i.exec(text.trim()) ?? []
  const bytes = Math.round(Number(number) * 1024 ** (unit === '' ? 0 : POWERS.indexOf(unit.toLowerCase()) + 1))
  if (number === '' || !Number.isSafeInteger(bytes)) throw new FioValueError(`"${text}" is no size: write 4k, 1m or 10g`)
  return bytes
}

/** Bytes, or percent of what there is. Throws FioValueError. */
export function fioPart(text: string, ofBytes: number): number {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text.trim()) ?? []
  if (percent === undefined) return fioBytes(text)
  if (Number(percent) > 100) throw new FioValueError(`${text} is more than there is`)
  return Math.floor(ofBytes * Number(percent) / 100 / 4096) * 4096
}

const MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, '': 1000, ms: 1, us: 0.001 }

/** A time in ms; a bare number is seconds. Throws FioValueError. */
export function fioMs(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text.trim()) ?? []
  const ms = MS[unit.toLowerCase()]
  if (number === '' || ms === undefined) throw new FioValueError(`"${text}" is no time: write 30, 30s, 500ms or 5m`)
  return Number(number) * ms
}

/** A whole number. Throws FioValueError. */
export function fioCount(text: string, min: number): number {
  const count = Number(text)
  if (!/^\d+$/.test(text.trim()) || count < min) throw new FioValueError(`"${text}" is no whole number from ${min} on`)
  return count
}

/** 1 or 0. Throws FioValueError. */
export function fioYes(text: string): boolean {
  if (!/^[01]$/.test(text.trim())) throw new FioValueError(`"${text}" is neither 1 nor 0`)
  return text.trim() === '1'
}

export type Side = 'read' | 'write' | 'trim'
const SIDES: readonly Side[] = ['read', 'write', 'trim']

/** Of `reads,writes,trims` what holds for these: a side that isn't said is as the one before. Throws FioValueError where they differ. */
export function fioSided(text: string, sides: readonly Side[]): string {
  const said = text.split(',').map((one) => one.trim())
  const values = new Set(sides.map((side) => said[Math.min(SIDES.indexOf(side), said.length - 1)] ?? ''))
  const [value = '', ...others] = values
  if (value === '' || others.length > 0) {
    throw new FioValueError(`"${text}" has reads and writes differ, which one loop can't: split the job`)
  }
  return value
}
