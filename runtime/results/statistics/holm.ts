// Holm's correction: with many rows compared at once, how sure is each, so that the whole has no more false alarms than one?

/**
 * Each p as it counts among all of them: the smallest times their number, the next times one fewer …, never below one before it
 * and at most 1. A row that is then below α is one of a family with false alarms in at most a share α of comparisons, however
 * the rows depend on each other. In the order given.
 */
export function holm(ps: readonly number[]): readonly number[] {
  const order = ps.map((_, at) => at).sort((a, b) => (ps[a] ?? 1) - (ps[b] ?? 1))
  const corrected = new Array<number>(ps.length).fill(1)
  let before = 0
  order.forEach((at, rank) => {
    before = Math.max(before, Math.min(1, (ps[at] ?? 1) * (ps.length - rank)))
    corrected[at] = before
  })
  return corrected
}
