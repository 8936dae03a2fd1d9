// Tails of the distributions tests are read against: Student's t and, as its limit, the normal one.

/** Lanczos' approximation with g = 7 and nine coefficients: ln Γ(x) for x > 0, to about 15 digits. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x)
  const shifted = x - 1
  const base = shifted + 7.5
  const sum = LANCZOS.reduce((total, coefficient, at) => at === 0 ? coefficient : total + coefficient / (shifted + at), 0)
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum)
}

const FRACTION_TERMS_MAX = 500
const TINY = 1e-300
const keepOff = (value: number): number => Math.abs(value) < TINY ? TINY : value

/** The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz' method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / keepOff(1 - (a + b) * x / (a + 1))
  let product = d
  for (let m = 1; m <= FRACTION_TERMS_MAX; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / keepOff(1 + even * d)
    c = keepOff(1 + even / c)
    product *= d * c
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / keepOff(1 + odd * d)
    c = keepOff(1 + odd / c)
    product *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return product
}

/** The regularised incomplete beta function I_x(a, b); `rest` is 1 - x, given apart so that an x near 1 loses no digits. */
function incompleteBeta(x: number, rest: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (rest <= 0) return 1
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log(rest))
  // The fraction converges fast on one side of the mean; the other side is its mirror image.
  return x < (a + 1) / (a + b + 2) ? front * betaFraction(x, a, b) / a : 1 - front * betaFraction(rest, b, a) / b
}

/** With more degrees of freedom than this, ln Γ's digits cancel, and t is the normal distribution to ten digits. */
const NORMAL_FROM = 1e9

/** The upper tail of the normal distribution, P(Z > z). */
function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z)
  if (z > 3) {
    // Mills' ratio as a continued fraction: relative precision where the series below would cancel.
    let fraction = z
    for (let k = 200; k >= 1; k--) fraction = z + k / fraction
    return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) / fraction
  }
  let term = z
  let sum = z
  for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && k < 400; k++) {
    term *= z * z / (2 * k + 1)
    sum += term
  }
  return Math.max(0, 0.5 - sum * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI))
}

/** P(|T| > |t|) of Student's t with `df` degrees of freedom (a fraction is allowed; Infinity: the normal distribution). */
export function twoSidedTail(t: number, df: number): number {
  if (Number.isNaN(t)) throw new RangeError('a tail is that of a number')
  if (!(df > 0)) throw new RangeError(`degrees of freedom are positive, not ${df}`)
  if (!Number.isFinite(t)) return 0
  if (df > NORMAL_FROM) return Math.min(1, 2 * normalTail(Math.abs(t)))
  const square = t * t
  return incompleteBeta(df / (df + square), square / (df + square), df / 2, 0.5)
}

/** The t that |T| exceeds with this probability, 0 < p < 1: what a confidence interval of 1 - p is wide by. */
export function criticalT(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a probability is between 0 and 1, not ${p}`)
  let high = 1
  while (twoSidedTail(high, df) > p && high < Number.MAX_VALUE / 2) high *= 2
  let low = 0
  for (let step = 0; step < 100 && high - low > 1e-13 * high; step++) {
    const middle = (low + high) / 2
    if (twoSidedTail(middle, df) > p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
