// Noise that can be repeated: normal numbers, and such of which each resembles the one before.
import type { Random } from '../../bindings/sdk/index.ts'

/** Standard normal numbers (Box and Muller). */
export const normals = (n: number, random: Random): readonly number[] => Array.from({ length: n }, () =>
  Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction()))

/** An AR(1) process of variance 1 from its first value on: each is `phi` of the one before and a shock of its own. */
export function autoregressive(n: number, phi: number, random: Random): readonly number[] {
  const shocks = normals(n, random)
  const values: number[] = []
  for (const shock of shocks) {
    const before = values.at(-1)
    values.push(before === undefined ? shock : phi * before + Math.sqrt(1 - phi * phi) * shock)
  }
  return values
}
