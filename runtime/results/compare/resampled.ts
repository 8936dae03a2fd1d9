// What an operation's figures might have been: a run's windows drawn again and again, each figure taken from each draw.
import type { Random } from '../../../bindings/sdk/index.ts'
import { bucketMiddle } from '../../metrics/histogram.ts'
import { drawWindows } from '../statistics/bootstrap.ts'
import type { OperationWindow } from './counted-windows.ts'
import type { Figure, FigureName } from './figures.ts'

/** Durations of all windows as one table: a row a window, a column a bucket. Durations of 0 and below are in the first column. */
class BucketTable {
  readonly #first: number
  readonly #width: number
  readonly #counts: Float64Array
  readonly #sum: Float64Array

  constructor(windows: readonly OperationWindow[]) {
    const spans = windows.flatMap(({ duration }) => duration?.histogram.positive ?? [])
    const firsts = spans.map(({ first }) => first)
    this.#first = firsts.length === 0 ? 0 : Math.min(...firsts)
    this.#width = firsts.length === 0 ? 1 : Math.max(...spans.map(({ first, counts }) => first + counts.length)) - this.#first + 1
    this.#counts = new Float64Array(this.#width * windows.length)
    this.#sum = new Float64Array(this.#width)
    windows.forEach(({ duration }, row) => {
      if (duration === undefined) return
      const { positive, zero } = duration.histogram
      this.#counts[row * this.#width] = zero
      if (positive !== undefined) this.#counts.set(positive.counts, row * this.#width + 1 + positive.first - this.#first)
    })
  }

  /** Durations at these shares of a draw; NaN where it has none. */
  at(times: Float64Array, shares: readonly number[]): readonly number[] {
    const [sum, width, counts] = [this.#sum, this.#width, this.#counts]
    sum.fill(0)
    let total = 0
    for (let row = 0; row < times.length; row++) {
      const weight = times[row] ?? 0
      if (weight === 0) continue
      const from = row * width
      for (let at = 0; at < width; at++) sum[at] = (sum[at] ?? 0) + weight * (counts[from + at] ?? 0)
    }
    for (const count of sum) total += count
    return shares.map((share) => this.#value(total, share))
  }

  #value(total: number, share: number): number {
    if (total === 0) return NaN
    let seen = 0
    for (let at = 0; at < this.#width; at++) {
      seen += this.#sum[at] ?? 0
      if (seen > share * (total - 1)) return at === 0 ? 0 : bucketMiddle(this.#first + at - 1)
    }
    return NaN
  }
}

/** Each figure in each of so many draws; windows of `blockLength` in a row are drawn together. */
export function resampled(
  windows: readonly OperationWindow[], figures: readonly Figure[], { draws, blockLength }: { draws: number; blockLength: number },
  random: Random,
): ReadonlyMap<FigureName, readonly number[]> {
  const all = new Map<FigureName, number[]>(figures.map(({ name }) => [name, []]))
  if (windows.length === 0) return all
  const table = new BucketTable(windows)
  const percentiles = figures.filter(({ p }) => p !== undefined)
  for (let draw = 0; draw < draws; draw++) {
    const times = drawWindows(windows.length, blockLength, random)
    const values = table.at(times, percentiles.map(({ p = 0 }) => p / 100))
    percentiles.forEach(({ name }, at) => all.get(name)?.push(values[at] ?? NaN))
    let [count, failed, lengthMs] = [0, 0, 0]
    windows.forEach((window, at) => {
      const weight = times[at] ?? 0
      count += weight * window.count
      failed += weight * window.failed
      lengthMs += weight * window.lengthMs
    })
    for (const figure of figures) {
      if (figure.p === undefined) all.get(figure.name)?.push(figure.of({ count, failed, lengthMs, duration: undefined }) ?? NaN)
    }
  }
  return all
}
