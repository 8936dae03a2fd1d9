// Whether values that follow each other are steady: how far apart they are, and whether they rise or fall.

export interface Steadiness {
  readonly mean: number
  /** The largest less the smallest, as a part of the mean. */
  readonly range: number
  /** How far the line of least squares rises or falls from the first value to the last, as a part of the mean. */
  readonly slope: number
}

/** Of two values or more; undefined where the mean is 0, for nothing is a part of nothing. */
export function steadinessOf(values: readonly number[]): Steadiness | undefined {
  const count = values.length
  if (count < 2) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  if (mean === 0) return undefined
  const middle = (count - 1) / 2
  let above = 0
  let below = 0
  values.forEach((value, at) => {
    above += (at - middle) * (value - mean)
    below += (at - middle) ** 2
  })
  return { mean, range: (Math.max(...values) - Math.min(...values)) / mean, slope: Math.abs(above / below * (count - 1)) / mean }
}
