// How many windows in a row say the same thing: what a store does in one second it mostly still does in the next.
//
// Windows of a run are no independent draws, so n of them are worth only n / τ, where τ = 1 + 2 · Σ ρ(k) is the integrated
// autocorrelation time. The sum is cut where it turns to noise by Geyer's rule for reversible chains (1992, initial monotone
// sequence: sums of adjacent pairs of lags stay positive and do not grow), which asks for no model of the noise. Taking away
// the mean that was itself estimated lowers every ρ by about τ/n; that is put back.

/** Windows are never counted for fewer than this many independent ones a series: a τ beyond can't be estimated from them. */
const INDEPENDENT_MIN = 4
const BIAS_ROUNDS = 3

/** Covariances at lags 0 … `lags` of several series of one kind, each about its own mean. */
function covariances(series: readonly (readonly number[])[], lags: number): readonly number[] {
  const centred = series.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
    return values.map((value) => value - mean)
  })
  return Array.from({ length: lags + 1 }, (_, lag) => centred.reduce((total, values) => {
    let sum = 0
    for (let at = lag; at < values.length; at++) sum += (values[at] ?? 0) * (values[at - lag] ?? 0)
    return total + sum
  }, 0))
}

/** τ from correlations by lag. */
function monotoneSum(correlations: readonly number[]): number {
  let sum = 0
  let before = Infinity
  for (let lag = 0; lag + 1 < correlations.length; lag += 2) {
    const pair = Math.min(before, (correlations[lag] ?? 0) + (correlations[lag + 1] ?? 0))
    if (pair <= 0) break
    sum += pair
    before = pair
  }
  return Math.max(1, 2 * sum - 1)
}

/**
 * The integrated autocorrelation time of series that were made alike (the windows of two runs), in windows, at least 1: n windows
 * are worth n / τ independent ones. 1 where nothing varies.
 */
export function autocorrelationTime(series: readonly (readonly number[])[]): number {
  const lengths = series.map(({ length }) => length).filter((length) => length > 1)
  if (lengths.length === 0) return 1
  const shortest = Math.min(...lengths)
  const most = Math.max(1, shortest / INDEPENDENT_MIN)
  const [variance = 0, ...others] = covariances(series, Math.max(1, Math.floor(shortest / 2)))
  if (!(variance > 0)) return 1
  const correlations = [1, ...others.map((covariance) => covariance / variance)]
  let time = Math.min(most, monotoneSum(correlations))
  for (let round = 0; round < BIAS_ROUNDS; round++) {
    const back = time / shortest
    time = Math.min(most, monotoneSum(correlations.map((correlation) => correlation + back * (1 - correlation))))
  }
  return time
}
