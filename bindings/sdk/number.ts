// Numbers as texts in options and thresholds write them: the grammar of Go's ParseFloat, which k6's users know.

const DECIMAL = /^[+-]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/
const HEXADECIMAL = /^([+-]?)0[xX]((?:_?[\da-fA-F])*)(?:\.((?:[\da-fA-F](?:_?[\da-fA-F])*)?))?[pP]([+-]?\d(?:_?\d)*)$/
const SPECIAL = /^(?:[+-]?inf(?:inity)?|nan)$/i

/** True for the texts that say infinity or not-a-number: `Inf`, `-infinity`, `NaN`, in any case. */
export const isNonFiniteText = (text: string): boolean => SPECIAL.test(text)

/**
 * Reads a finite number: `5`, `.5`, `5.`, `-1e-3`, `1_000`, `0x1p-2` (a hexadecimal number needs its exponent). No spaces.
 * Undefined when the text is none, or says NaN or an infinity, or is too large for a double.
 */
export function parseNumber(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text.replaceAll('_', '')) : parseHexadecimal(text)
  return value !== undefined && Number.isFinite(value) ? value : undefined
}

function parseHexadecimal(text: string): number | undefined {
  const match = HEXADECIMAL.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = ''] = match.map((part: string | undefined) => part?.replaceAll('_', '') ?? '')
  if (whole + fraction === '') return undefined
  const magnitude = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length)
  return sign === '-' ? -magnitude : magnitude
}
