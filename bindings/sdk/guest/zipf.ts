// Ranks by Zipf's law, on both sides of the border.

/**
 * Draws ranks from 1 to `count`, each as likely as rank^-exponent says: rejection-inversion (W. Hörmann, G. Derflinger:
 * "Rejection-inversion to generate variates from monotone discrete distributions", 1996), which needs no table, however many there are.
 */
export function zipfOver(exponent: number, count: number): (random: () => number) => number {
  const rest = 1 - exponent
  const height = (x: number): number => x ** -exponent
  /** The integral of `height` from 1, and its inverse: in the limit, a logarithm. */
  const area = (x: number): number => rest === 0 ? Math.log(x) : Math.expm1(rest * Math.log(x)) / rest
  const inverse = (y: number): number => Math.exp(rest === 0 ? y : Math.log1p(rest * y) / rest)
  const first = area(1.5) - 1
  const last = area(count + 0.5)
  const sure = 2 - inverse(area(2.5) - height(2))
  return (random) => {
    for (;;) {
      const y = last + random() * (first - last)
      const x = inverse(y)
      const rank = Math.min(count, Math.max(1, Math.round(x)))
      if (rank - x <= sure || y >= area(rank + 0.5) - height(rank)) return rank
    }
  }
}
